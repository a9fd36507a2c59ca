"""Built-in functions, methods and operators on known values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airshift.estate.builder import nodes_in
from airshift.estate.data_files import TextFile
from airshift.estate.model import Unknown
from airshift.estate.places import Located
from airshift.estate.values import Opaque

if TYPE_CHECKING:
    from airshift.estate.state import State

LONGEST = 10_000
"""Items of a sequence that is still worked out."""

_PLAIN = (str, int, float, bool, type(None), bytes)
_SEQUENCES = (list, tuple, dict, str)
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitOr: operator.or_,
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "str": str, "int": int, "float": float, "bool": bool, "len": len, "min": min, "max": max, "abs": abs,
    "sum": sum, "repr": repr, "round": round,
}  # fmt: skip
_STRING_METHODS = frozenset(
    """
    format replace lower upper strip lstrip rstrip split rsplit title capitalize join startswith endswith
    removeprefix removesuffix zfill center swapcase partition rpartition find count
    """.split()
)
_NAMES = _FUNCTIONS.keys() | frozenset(
    """
    list tuple dict set range enumerate zip sorted reversed print map filter isinstance globals locals any all open
    """.split()
)


def is_builtin(name: str) -> bool:
    """Whether a name is a built-in function that is worked out."""
    return name in _NAMES


def is_known(value: Any) -> bool:
    """Whether a value is made of plain values only."""
    if isinstance(value, list | tuple):
        return all(is_known(item) for item in value)
    if isinstance(value, dict):
        return all(is_known(key) and is_known(item) for key, item in value.items())
    return isinstance(value, _PLAIN)


def iterate(value: Any) -> list[Any] | None:
    """The items of a known sequence; None when they are not known."""
    if isinstance(value, dict):
        return None if any(isinstance(key, Unknown) for key in value) else list(value)
    if isinstance(value, list | tuple | str) and len(value) <= LONGEST:
        return list(value)
    if isinstance(value, range) and len(value) <= LONGEST:
        return list(value)
    if isinstance(value, TextFile):
        return list(value.text.splitlines(keepends=True)[:LONGEST])
    return None


def binary(op: ast.operator, left: Any, right: Any) -> Any:
    """The result of a binary operator; NotImplemented when it is not known."""
    function = _BINARY.get(type(op))
    if function is None:
        return NotImplemented
    if isinstance(op, ast.Mod) and isinstance(left, str) and not is_known(right):
        return NotImplemented
    plain = isinstance(left, _PLAIN) and (isinstance(right, _PLAIN) or isinstance(op, ast.Mod))
    lists = (
        isinstance(op, ast.Add | ast.BitOr)
        and type(left) is type(right)
        and isinstance(left, list | tuple | dict)
    )
    if not plain and not lists:
        return NotImplemented
    if isinstance(op, ast.Mult) and (_size(left) * (right if isinstance(right, int) else 1) > LONGEST):
        return NotImplemented
    try:
        return function(left, right)
    except (TypeError, ValueError, ArithmeticError, KeyError):
        return NotImplemented


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes) else 1


def compare(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    """The result of a comparison; None when it is not known."""
    if isinstance(op, ast.Is | ast.IsNot) and (left is None or right is None):
        if isinstance(left, Unknown | Opaque) or isinstance(right, Unknown | Opaque):
            return None
        return (left is right) is isinstance(op, ast.Is)
    if not is_known(left) or not is_known(right):
        return None
    try:
        if isinstance(op, ast.In | ast.NotIn):
            return (left in right) is isinstance(op, ast.In)
        function = _COMPARE.get(type(op))
        return bool(function(left, right)) if function is not None else None
    except TypeError:
        return None


def call(
    interpreter: State, name: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call
) -> Any:
    """Call a built-in function."""
    if name in ("globals", "locals"):
        return interpreter.module if name == "globals" else interpreter.scopes[-1]
    if name == "dict" and all(isinstance(argument, dict) for argument in arguments) and "**" not in keywords:
        return {**(arguments[0] if arguments else {}), **keywords}
    sequences = [iterate(argument) for argument in arguments]
    if name in ("list", "tuple", "set", "sorted", "reversed", "enumerate", "zip"):
        return _sequence(interpreter, name, sequences, keywords, node)
    if name == "range" and arguments and all(isinstance(argument, int) for argument in arguments):
        span = range(*arguments[:3])
        return list(span) if len(span) <= LONGEST else interpreter.unknown(node)
    if name == "len" and sequences and sequences[0] is not None:
        return len(sequences[0])
    function = _FUNCTIONS.get(name)
    if function is None or not all(is_known(argument) for argument in arguments) or keywords:
        inside = list(nodes_in(arguments)) if name not in ("str", "repr", "len", "bool") else []
        return Opaque(tuple(inside), interpreter.text(node)) if inside else interpreter.unknown(node)
    try:
        return function(*arguments)
    except (TypeError, ValueError):
        return interpreter.unknown(node)


def _sequence(
    interpreter: State,
    name: str,
    sequences: list[list[Any] | None],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    known = [items for items in sequences if items is not None]
    if len(known) != len(sequences):
        return interpreter.unknown(node)
    if name == "zip":
        return list(zip(*known, strict=False))
    items = known[0] if known else []
    if name == "enumerate":
        start = keywords.get("start", 0)
        return list(enumerate(items, start)) if isinstance(start, int) else interpreter.unknown(node)
    if name == "reversed":
        return items[::-1]
    if name == "sorted":
        if items and not keywords and all(isinstance(item, Located) for item in items):
            return items
        if keywords or not is_known(items):
            return interpreter.unknown(node)
        try:
            return sorted(items)
        except TypeError:
            return interpreter.unknown(node)
    return tuple(items) if name == "tuple" else items


def method(
    interpreter: State,
    owner: Any,
    name: str,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    """Call a method of a known string, list or dict."""
    if isinstance(owner, str) and name in _STRING_METHODS:
        if is_known(arguments) and is_known(keywords):
            try:
                return getattr(owner, name)(*arguments, **keywords)
            except (TypeError, ValueError, KeyError, IndexError, AttributeError):
                return interpreter.unknown(node)
    elif isinstance(owner, list):
        return _list_method(interpreter, owner, name, arguments, node)
    elif isinstance(owner, dict):
        return _dict_method(interpreter, owner, name, arguments, keywords, node)
    return interpreter.unknown(node)


def _list_method(
    interpreter: State, owner: list[Any], name: str, arguments: list[Any], node: ast.Call
) -> Any:
    if name == "append" and len(arguments) == 1:
        owner.append(arguments[0])
        return None
    if name == "extend" and len(arguments) == 1 and (items := iterate(arguments[0])) is not None:
        owner.extend(items)
        return None
    if name == "insert" and len(arguments) == 2 and isinstance(arguments[0], int):
        owner.insert(arguments[0], arguments[1])
        return None
    if name == "pop" and owner and (not arguments or isinstance(arguments[0], int)):
        return owner.pop(*arguments[:1])
    if name == "copy":
        return list(owner)
    return interpreter.unknown(node)


def _dict_method(
    interpreter: State,
    owner: dict[Any, Any],
    name: str,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    unclear = any(isinstance(key, Unknown) for key in owner)
    if name == "get" and arguments and isinstance(arguments[0], str | int) and not unclear:
        return owner.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
    if name in ("items", "keys", "values") and not unclear:
        found = {"items": owner.items, "keys": owner.keys, "values": owner.values}[name]()
        return [tuple(item) if name == "items" else item for item in found]
    if name == "update" and (not arguments or isinstance(arguments[0], dict)):
        owner.update(arguments[0] if arguments else {}, **{k: v for k, v in keywords.items() if k != "**"})
        return None
    if name == "copy":
        return dict(owner)
    if name == "setdefault" and len(arguments) == 2 and isinstance(arguments[0], str | int):
        return owner.setdefault(arguments[0], arguments[1])
    if name == "pop" and arguments and isinstance(arguments[0], str | int):
        return owner.pop(arguments[0], arguments[1] if len(arguments) > 1 else interpreter.unknown(node))
    return interpreter.unknown(node)
