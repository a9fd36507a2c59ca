"""What the estate's own operators and DAG classes hand on to Airflow's: the arguments of `super().__init__(...)`."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airshift.engine.names import FunctionNode
from airshift.estate.values import Class, Function

if TYPE_CHECKING:
    from airshift.estate.state import State

DEPTH = 8
STEPS = 2_000


def constructed(
    interpreter: State, owner: Class, arguments: list[Any], keywords: dict[str, Any], depth: int = 0
) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments as they reach the first class that is not the estate's."""
    if depth > DEPTH:
        return arguments, keywords
    inner = interpreter.apart(owner.facts, owner.scopes)
    inner.limit = STEPS
    own = next((n for n in owner.node.body if isinstance(n, FunctionNode) and n.name == "__init__"), None)
    if own is not None:
        with suppress(*inner.Stopped):
            inner.inline(Function(own, owner.scopes, facts=owner.facts), [owner, *arguments], keywords, own)
        if inner.handed_on is None:
            return arguments, keywords
        arguments, handed = inner.handed_on
        keywords = {**{name: keywords[name] for name in keywords if name != "**"}, **handed}
    base = _base(inner, owner)
    return constructed(interpreter, base, arguments, keywords, depth + 1) if base else (arguments, keywords)


def _base(inner: State, owner: Class) -> Class | None:
    with suppress(*inner.Stopped):
        for node in owner.node.bases:
            value = inner.value(node)
            if isinstance(value, Class):
                return value
    return None


def is_super_init(node: ast.Call) -> bool:
    """Whether a call is `super().__init__(...)`."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "__init__":
        return False
    owner = node.func.value
    return isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super"
