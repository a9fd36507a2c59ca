"""Dates and schedules as text without the variables of the file they stand in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from airshift.engine.syntax import children
from airshift.estate.model import Unknown
from airshift.estate.values import Instance, Name


def spelled(value: Instance) -> str:
    """The call as written, or with the values of its variables: `timedelta(hours=N)` is `timedelta(hours=6)`."""
    tree = _parsed(value.text)
    if tree is None or not _has_variables(tree, value):
        return value.text
    if isinstance(tree, ast.BinOp) and len(value.arguments) == 2:
        left, right = (_part(part) for part in value.arguments)
        return ast.unparse(ast.BinOp(ast.Name(left), tree.op, ast.Name(right)))
    if not value.dotted:
        return value.text
    parts = [_part(argument) for argument in value.arguments]
    parts += [f"{name}={_part(argument)}" for name, argument in value.keywords.items()]
    return f"{_last_names(value.dotted)}({', '.join(parts)})"


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _has_variables(tree: ast.expr, value: Instance) -> bool:
    if isinstance(tree, ast.Call) and value.dotted:
        named = ast.unparse(tree.func).rpartition(".")[2]
        if named != value.dotted.rpartition(".")[2]:
            return True
    return next(_names(tree), None) is not None


def _names(tree: ast.expr) -> Iterator[ast.Name]:
    """Names outside of what is called."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node
        if isinstance(node, ast.Call):
            waiting += [*node.args, *node.keywords]
        else:
            waiting += children(node)


def _part(value: Any) -> str:
    match value:
        case Instance():
            return spelled(value)
        case Unknown(expression):
            return expression
        case Name(dotted):
            return dotted
        case list() | tuple():
            return "[" + ", ".join(_part(item) for item in value) + "]"
        case _:
            return repr(value)


def _last_names(dotted: str) -> str:
    """The class or function, with its class in front where it is a method of one (`datetime.now`)."""
    owner, _, name = dotted.rpartition(".")
    return f"datetime.{name}" if owner == "datetime.datetime" else name
