"""Code that is written for Airflow 2 and 3 at once: a test, a handler or a fallback shows that both are expected."""

from __future__ import annotations

import ast

from airshift.engine.blocks import Guard, guard_of_if
from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk

_ASKING = frozenset({"hasattr", "getattr"})


def serves_both_sides(facts: ModuleFacts, node: ast.expr, name: str, error: str) -> bool:
    """Whether the read of `name` at `node`, which raises `error` on Airflow 3, is expected to fail there."""
    current: ast.AST = node
    parent = facts.parents.get(id(node))
    while parent is not None and not isinstance(parent, FunctionNode | ast.ClassDef):
        if (
            _is_arm(parent, current, name)
            or _is_tried(parent, current, error)
            or _is_fallback(parent, current)
        ):
            return True
        current, parent = parent, facts.parents.get(id(parent))
    return False


def _is_arm(parent: ast.AST, child: ast.AST, name: str) -> bool:
    if not isinstance(parent, ast.If | ast.IfExp):
        return False
    if child is parent.test:
        return bool(parent.orelse) and _asks(parent.test, name)
    return guard_of_if(parent.test) is Guard.VERSION or _asks(parent.test, name)


def _asks(test: ast.expr, name: str) -> bool:
    """Whether a test asks for the presence of the name, or of a key of the context."""
    for inner in walk(test):
        match inner:
            case ast.Compare(left=ast.Constant(value=str()), ops=[ast.In() | ast.NotIn()]):
                return True
            case ast.Call(func=ast.Name(id=asked), args=[_, ast.Constant(value=wanted), *_]):
                if asked in _ASKING and wanted == name:
                    return True
    return False


def _is_tried(parent: ast.AST, child: ast.AST, error: str) -> bool:
    if isinstance(parent, ast.ExceptHandler):
        return child in parent.body and _catches(parent, error)
    if not isinstance(parent, ast.Try) or child not in parent.body:
        return False
    return any(_catches(handler, error) for handler in parent.handlers)


def _catches(handler: ast.ExceptHandler, error: str) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(item, ast.Name) and item.id == error for item in caught)


def _is_fallback(parent: ast.AST, child: ast.AST) -> bool:
    """`new or old`: a later operand is only read where the earlier ones gave nothing."""
    if not isinstance(parent, ast.BoolOp) or not isinstance(parent.op, ast.Or):
        return False
    if child is not parent.values[0]:
        return True
    reads_softly = (
        isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr == "get"
    )
    return reads_softly and any(isinstance(value, ast.Subscript | ast.Call) for value in parent.values[1:])
