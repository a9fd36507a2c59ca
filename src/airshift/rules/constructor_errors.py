"""Handlers that expect AirflowException where Airflow 3 raises TypeError or ValueError."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors

CODES: tuple[str, ...] = ("AS218",)
TRIGGERS: tuple[bytes, ...] = (b"AirflowException",)

_ERROR = "airflow.exceptions.AirflowException"
_RAISES = frozenset({"pytest.raises", "unittest.TestCase.assertRaises"})
_WIDER = frozenset({"Exception", "BaseException", "TypeError", "ValueError"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield handlers of AirflowException around the construction of a DAG or a task."""
    calls = [c.call for c in constructors(facts) if c.role is Role.DAG or c.role.makes_task]
    seen: set[int] = set()
    for call in calls:
        for caught in _handlers(facts, call):
            if id(caught) not in seen:
                seen.add(id(caught))
                yield _hit(facts, context, caught)


def _handlers(facts: ModuleFacts, call: ast.Call) -> Iterator[ast.expr]:
    """The exception expressions of what guards the call, up to the function it stands in."""
    node: ast.AST = call
    while (parent := facts.parents.get(id(node))) is not None:
        match parent:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return
            case ast.Try(body=body, handlers=handlers) if any(node is statement for statement in body):
                yield from _expected(facts, [handler.type for handler in handlers])
            case ast.With(items=items, body=body) if any(node is statement for statement in body):
                yield from _expected(facts, [_raises(facts, item.context_expr) for item in items])
        node = parent


def _raises(facts: ModuleFacts, node: ast.expr) -> ast.expr | None:
    if not isinstance(node, ast.Call) or not node.args:
        return None
    is_unittest = isinstance(node.func, ast.Attribute) and node.func.attr == "assertRaises"
    return node.args[0] if is_unittest or facts.names_of(node.func) & _RAISES else None


def _expected(facts: ModuleFacts, types: list[ast.expr | None]) -> Iterator[ast.expr]:
    """Those that name AirflowException, unless some handler catches the new errors too."""
    parts: list[ast.expr] = []
    for type_ in types:
        if type_ is not None:
            parts += type_.elts if isinstance(type_, ast.Tuple) else [type_]
    if any(isinstance(part, ast.Name) and part.id in _WIDER for part in parts):
        return
    yield from (part for part in parts if _ERROR in facts.names_of(part))


def _hit(facts: ModuleFacts, context: RuleContext, node: ast.expr) -> Hit:
    return Hit(
        code="AS218",
        span=span_of(facts, node),
        message=(
            f"Airflow {context.target.version} raises TypeError or ValueError for wrong arguments, ids and "
            "trigger rules of DAGs and operators: catch those as well as AirflowException."
        ),
        symbol="AirflowException",
    )
