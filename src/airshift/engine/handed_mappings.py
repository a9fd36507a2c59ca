"""Which dictionaries of other modules a module hands to DAGs and tasks, whole or unpacked.

The value is followed through merges, copies and local variables to the imported name behind it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.names import Names

_DAGS = (".DAG", ".dag")
_TASKS = ("Operator", "Sensor", "OperatorAsync", "SensorAsync", ".partial", ".task")
_DEPTH = 5


def default_args(names: Names, call: ast.Call) -> Iterator[str]:
    """Dotted names of other modules that reach the call as `default_args`."""
    for keyword in call.keywords:
        if keyword.arg == "default_args":
            yield from _sources(names, keyword.value, _DEPTH)


def unpacked(names: Names, call: ast.Call) -> Iterator[tuple[str, bool]]:
    """Dotted names that the call of a DAG (True) or a task (False) unpacks with `**`."""
    mappings = [keyword.value for keyword in call.keywords if keyword.arg is None]
    callees = names.resolve(call.func).names if mappings else frozenset()
    ours = [name for name in callees if name.startswith("airflow.") and name.endswith((*_DAGS, *_TASKS))]
    if not ours or len(ours) != len(callees):
        return
    for mapping in mappings:
        for name in _sources(names, mapping, _DEPTH):
            yield name, ours[0].endswith(_DAGS)


def _sources(names: Names, node: ast.expr, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(node, ast.Name | ast.Attribute):
        yield from _named(names, node, depth)
    for inner in _merged(node):
        yield from _sources(names, inner, depth - 1)


def _merged(node: ast.expr) -> list[ast.expr]:
    """The mappings an expression is put together from; for a call the function that may return one."""
    match node:
        case ast.Dict(keys=keys, values=values):
            return [value for key, value in zip(keys, values, strict=True) if key is None]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return [left, right]
        case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]):
            return [inner]
        case ast.Call(func=func, args=args, keywords=keywords):
            return [func, *args, *(keyword.value for keyword in keywords if keyword.arg is None)]
        case _:
            return []


def _named(names: Names, node: ast.Name | ast.Attribute, depth: int) -> Iterator[str]:
    found = names.resolve(node)
    if any(binding.is_import for binding in found.bindings):
        yield from sorted(name for name in found.names if not name.startswith("airflow."))
    for binding in found.bindings:
        if binding.value is not None and isinstance(node, ast.Name):
            yield from _sources(names, binding.value, depth - 1)
