"""What `isinstance` says about an object: a row of Airflow's database keeps what the Task SDK's object lost.

Listeners get such rows where the API server reports the state: https://github.com/apache/airflow/pull/44899.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode

_ROWS = "airflow.models."
_SDK = "airflow.sdk."
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def is_database_row(facts: ModuleFacts, owner: ast.expr) -> bool:
    """Whether a test that was passed on the way to `owner` says that it is a row of the database."""
    if not isinstance(owner, ast.Name):
        return False
    return any(_says_row(facts, test, owner.id, passed) for test, passed in _tests_before(facts, owner))


def _tests_before(facts: ModuleFacts, node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """Every test around and before a node in its function, and whether it was passed."""
    parent = facts.parents.get(id(node))
    while parent is not None and not isinstance(node, FunctionNode | ast.ClassDef):
        match parent:
            case ast.If(test=test, body=body, orelse=orelse) if node is not test:
                yield test, node in body
                yield from _left_early(body if node in body else orelse, node)
            case ast.IfExp(test=test, body=body) if node is not test:
                yield test, node is body
            case ast.BoolOp(op=ast.And(), values=values):
                yield from ((value, True) for value in values[: values.index(node)])  # type: ignore[arg-type]
            case _:
                around = getattr(parent, "body", None)
                yield from _left_early(around if isinstance(around, list) else [], node)
        node, parent = parent, facts.parents.get(id(parent))


def _left_early(body: list[ast.stmt], node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    for statement in body[: body.index(node)] if node in body else ():
        if isinstance(statement, ast.If) and not statement.orelse and isinstance(statement.body[-1], _LEAVES):
            yield statement.test, False


def _says_row(facts: ModuleFacts, test: ast.expr, name: str, passed: bool) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _says_row(facts, operand, name, not passed)
        case ast.BoolOp(op=ast.And(), values=values) if passed:
            return any(_says_row(facts, value, name, True) for value in values)
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=asked), kind]) if asked == name:
            wanted = _ROWS if passed else _SDK
            names = facts.names_of(kind)
            return bool(names) and all(found.startswith(wanted) for found in names)
    return False
