"""Files of the estate that a DAG file reads itself: paths, listings and the content of YAML and JSON.

A path is followed when it leads from the DAG file, or when its end is one file of the estate; anything else,
and everything a file outside of the estate would say, stays unknown.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airshift.estate.contents import parse_json, parse_yaml
from airshift.estate.model import Unknown
from airshift.estate.places import Ending, FileName, Located, ending, is_text, joined, located
from airshift.estate.values import Method

if TYPE_CHECKING:
    from airshift.estate.state import State

_LOADERS = frozenset(
    {"yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "json.load", "json.loads"}
)
_PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"})
_SAME = frozenset({"os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "builtins.str"})
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "__str__"})


@dataclass(frozen=True, slots=True)
class TextFile:
    """An open file of the estate."""

    text: str


def call(interpreter: State, dotted: str, arguments: list[Any], node: ast.Call) -> Any:
    """Call a function that handles paths or reads files; NotImplemented for any other."""
    if dotted in _LOADERS and arguments:
        return _loaded(interpreter, dotted, arguments[0], node)
    if dotted in ("builtins.open", "io.open") and arguments:
        return _opened(interpreter, arguments[0], node)
    if dotted == "glob.glob" and arguments:
        return _globbed(interpreter, arguments[0], node)
    if dotted in ("os.listdir", "os.scandir"):
        folder = located(interpreter, arguments[0]) if arguments else None
        names = [found.path.name for found in interpreter.files.below(folder.path, "*")] if folder else None
        return names or interpreter.unknown(node)
    if dotted in _PATHS and len(arguments) == 1 and isinstance(arguments[0], str):
        return located(interpreter, arguments[0]) or NotImplemented
    if dotted == "os.path.join" and arguments and isinstance(arguments[0], Unknown):
        return ending(
            arguments[0], "/".join(str(part) for part in arguments[1:]), known=is_text(arguments[1:])
        )
    if not arguments or not isinstance(arguments[0], Located | FileName | Ending):
        return NotImplemented
    if isinstance(arguments[0], Ending):
        return arguments[0] if dotted in _SAME or dotted in _PATHS else NotImplemented
    here = located(interpreter, arguments[0])
    assert here is not None
    if dotted == "os.path.join" or dotted in _PATHS:
        return joined(here, arguments[1:], interpreter.unknown(node))
    if dotted == "os.path.dirname":
        return Located(here.path.parent) if here.path.parts else interpreter.unknown(node)
    if dotted == "os.path.basename":
        return here.path.name or interpreter.unknown(node)
    if dotted == "os.path.splitext":
        return (Unknown("path"), here.path.suffix)
    if dotted in _SAME:
        return arguments[0]
    return NotImplemented


def attribute(interpreter: State, here: Located, node: ast.Attribute) -> Any:
    """The value of `path.attr`."""
    name, path = node.attr, here.path
    if name in ("name", "stem", "suffix"):
        return getattr(path, name) if path.parts else interpreter.unknown(node)
    if name == "parent":
        return Located(path.parent) if path.parts else interpreter.unknown(node)
    if name == "joinpath":
        return Method(lambda args, kw, call: joined(here, args, interpreter.unknown(call)))
    if name in _SAME_METHODS:
        return Method(lambda args, kw, call: here)
    if name in ("glob", "rglob", "iterdir"):
        return Method(
            lambda args, kw, call: (
                interpreter.files.below(path, args[0] if args else "*", deep=name == "rglob")
                or interpreter.unknown(call)
            )
        )
    if name == "open":
        return Method(lambda args, kw, call: _opened(interpreter, here, call))
    if name == "read_text":
        return Method(lambda args, kw, call: _text(interpreter, here, call))
    if name == "endswith":
        return Method(lambda args, kw, call: path.as_posix().endswith(args[0]))
    return interpreter.unknown(node)


def file_attribute(interpreter: State, file: TextFile, node: ast.Attribute) -> Any:
    """The value of `open_file.attr`."""
    if node.attr == "read":
        return Method(lambda args, kw, call: file.text)
    if node.attr == "readlines":
        return Method(lambda args, kw, call: file.text.splitlines(keepends=True))
    return interpreter.unknown(node)


def _globbed(interpreter: State, value: Any, node: ast.Call) -> Any:
    """`glob.glob(pattern)`: a pattern below a known folder."""
    if not isinstance(value, Located):
        return interpreter.unknown(node)
    plain = [part for part in value.path.parts if not set(part) & set("*?[")]
    if plain != list(value.path.parts[: len(plain)]):
        return interpreter.unknown(node)
    pattern = "/".join(value.path.parts[len(plain) :])
    return interpreter.files.below(PurePosixPath(*plain), pattern) or interpreter.unknown(node)


def _opened(interpreter: State, value: Any, node: ast.Call) -> Any:
    text = _text(interpreter, value, node)
    return TextFile(text) if isinstance(text, str) else text


def _text(interpreter: State, value: Any, node: ast.Call) -> str | Unknown:
    place = located(interpreter, value)
    text = interpreter.files.read(place.path.as_posix()) if place is not None else None
    return text if text is not None else interpreter.unknown(node)


def _loaded(interpreter: State, dotted: str, value: Any, node: ast.Call) -> Any:
    text = value.text if isinstance(value, TextFile) else value
    if not isinstance(text, str):
        return interpreter.unknown(node)
    try:
        return parse_json(text) if dotted.startswith("json.") else parse_yaml(text)
    except (ValueError, RecursionError, OverflowError):
        return interpreter.unknown(node)
