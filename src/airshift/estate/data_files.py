"""Files of the estate that a DAG file reads itself: paths, listings and the content of YAML and JSON.

A path is followed when it leads from the DAG file, or when its end is one file of the estate; anything else,
and everything a file outside of the estate would say, stays unknown.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airshift.estate.model import Unknown
from airshift.estate.values import Instance, Method

if TYPE_CHECKING:
    from airshift.estate.state import State

MOST = 100_000
"""Values of one file that are worked with; anchors let a small YAML file stand for a huge one."""
_LOADERS = frozenset(
    {"yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "json.load", "json.loads"}
)
_PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"})
_SAME = frozenset({"os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "builtins.str"})
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "__str__"})


class FileName(str):
    """`__file__`: its end is known, what stands before the estate's root is not."""


@dataclass(frozen=True, slots=True)
class Located:
    """A file or folder by its path below the estate's root."""

    path: PurePosixPath


@dataclass(frozen=True, slots=True)
class TextFile:
    """An open file of the estate."""

    text: str


class Files:
    """The estate's files that are not Python: their paths, and their text."""

    def __init__(
        self, paths: Iterable[str] = (), read: Callable[[str], str | None] = lambda path: None
    ) -> None:
        self._paths = frozenset(paths)
        self._children: dict[str, list[PurePosixPath]] = {}
        for path in map(PurePosixPath, self._paths):
            self._children.setdefault(path.parent.as_posix(), []).append(path)
        self.read = read

    def below(self, folder: PurePosixPath, pattern: str, *, deep: bool = False) -> list[Located]:
        """The files in a folder (or anywhere below it) whose path from there matches, sorted."""
        is_plain = not deep and "/" not in pattern
        near = self._children.get(folder.as_posix(), []) if is_plain else map(PurePosixPath, self._paths)
        found = [
            Located(path)
            for path in near
            if path.is_relative_to(folder) and _matches(path.relative_to(folder), pattern, deep=deep)
        ]
        return sorted(found, key=lambda one: one.path.as_posix())

    def named(self, text: str, beside: PurePosixPath) -> Located | None:
        """The one file that a written path can mean: beside the DAG file, from the root, or by its end."""
        pure = PurePosixPath(text)
        if ".." in pure.parts or not text:
            return None
        if not pure.is_absolute():
            fits = [base / pure for base in (beside, PurePosixPath(), PurePosixPath("dags"))]
            exact = [path for path in dict.fromkeys(fits) if path.as_posix() in self._paths]
            return Located(exact[0]) if len(exact) == 1 else None
        parts = pure.parts[1:]
        starts = [number + 1 for number, part in enumerate(parts) if part == "dags"] or range(
            1, len(parts) - 1
        )
        tails = [PurePosixPath(*parts[start:]) for start in (0, *starts) if parts[start:]]
        for tail in tails:
            for path in (tail, PurePosixPath("dags") / tail):
                if path.as_posix() in self._paths:
                    return Located(path)
        return None

    def only(self, text: str) -> Located | None:
        """The only file whose path ends in a written one, or in its name."""
        if ".." in PurePosixPath(text).parts:
            return None
        for tail in (text.lstrip("/"), PurePosixPath(text).name):
            found = [path for path in self._paths if f"/{path}".endswith(f"/{tail}")] if tail else []
            if len(found) == 1:
                return Located(PurePosixPath(found[0]))
        return None


def _matches(path: PurePosixPath, pattern: str, *, deep: bool) -> bool:
    if pattern.startswith("**/"):
        deep, pattern = True, pattern.removeprefix("**/")
    wanted = PurePosixPath(pattern).parts
    if len(path.parts) < len(wanted) or (len(path.parts) > len(wanted) and not deep):
        return False
    return all(fnmatchcase(part, want) for part, want in zip(path.parts[-len(wanted) :], wanted, strict=True))


@dataclass(frozen=True)
class Ending(Unknown):
    """A path of which only the end is known: what comes before it is found at run time."""

    tail: str


class Outside(Unknown):
    """A path that leads out of the estate."""


def located(interpreter: State, value: Any, *, loose: bool = False) -> Located | None:
    """The place in the estate that a path value means; `loose` also takes the only file of a written name."""
    if isinstance(value, Located):
        return value
    if loose and isinstance(value, str | Ending) and not isinstance(value, FileName):
        only = interpreter.files.only(value.tail if isinstance(value, Ending) else value)
        return located(interpreter, value) or only
    if isinstance(value, Ending):
        return interpreter.files.named("/" + value.tail, PurePosixPath())
    if isinstance(value, FileName):
        return Located(PurePosixPath(value.removeprefix("/")))
    if isinstance(value, str):
        return interpreter.files.named(value, PurePosixPath(interpreter.path).parent)
    return None


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
        return _ending(
            arguments[0], "/".join(str(part) for part in arguments[1:]), known=is_text(arguments[1:])
        )
    if not arguments or not isinstance(arguments[0], Located | FileName | Ending):
        return NotImplemented
    if isinstance(arguments[0], Ending):
        return arguments[0] if dotted in _SAME or dotted in _PATHS else NotImplemented
    here = located(interpreter, arguments[0])
    assert here is not None
    if dotted == "os.path.join" or dotted in _PATHS:
        return _joined(here, arguments[1:], interpreter.unknown(node))
    if dotted == "os.path.dirname":
        return Located(here.path.parent) if here.path.parts else interpreter.unknown(node)
    if dotted == "os.path.basename":
        return here.path.name or interpreter.unknown(node)
    if dotted == "os.path.splitext":
        return (Unknown("path"), here.path.suffix)
    if dotted in _SAME:
        return arguments[0]
    return NotImplemented


def _joined(here: Located, parts: list[Any], unknown: Unknown) -> Located | Unknown:
    path = here.path
    for part in parts:
        if not isinstance(part, str) or part.startswith("/"):
            return unknown
        for step in PurePosixPath(part).parts:
            if step == ".." and not path.parts:
                return Outside(unknown.expression)
            path = path.parent if step == ".." else path / step
    return Located(path)


def is_text(values: Iterable[Any]) -> bool:
    """Whether all values are known texts."""
    return all(isinstance(value, str) for value in values)


def _ending(start: Unknown, text: str, *, known: bool = True) -> Unknown:
    before = f"{start.tail}/" if isinstance(start, Ending) else ""
    return Ending(start.expression, before + text.strip("/")) if known and text.strip("/") else start


def ended(start: Unknown, text: Any) -> Unknown | None:
    """`unknown + "/text"`, `unknown / "text"` or `f"{unknown}/text"`, when it may be a path."""
    if isinstance(start, Outside):
        return start
    return _ending(start, text) if isinstance(text, str) and "/" in f"/{text}" else None


def divided(here: Located, part: Any, unknown: Unknown) -> Located | Unknown:
    """`path / part`."""
    return _joined(here, [part], unknown)


def continued(here: Located, text: Any, unknown: Unknown) -> Located | Unknown:
    """`f"{path}/text"` or `path + "/text"`."""
    is_below = isinstance(text, str) and text.startswith("/")
    return _joined(here, [text.lstrip("/")], unknown) if is_below else unknown


def attribute(interpreter: State, here: Located, node: ast.Attribute) -> Any:
    """The value of `path.attr`."""
    name, path = node.attr, here.path
    if name in ("name", "stem", "suffix"):
        return getattr(path, name) if path.parts else interpreter.unknown(node)
    if name == "parent":
        return Located(path.parent) if path.parts else interpreter.unknown(node)
    if name == "joinpath":
        return Method(lambda args, kw, call: _joined(here, args, interpreter.unknown(call)))
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
        content = json.loads(text) if dotted.startswith("json.") else _yaml(text)
        return _plain(content, [MOST])
    except (ValueError, RecursionError, OverflowError):
        return interpreter.unknown(node)


def parse_yaml(text: str) -> Any:
    """Plain values of a YAML text; raise ValueError when it is none, or stands for too much."""
    return _plain(_yaml(text), [MOST])


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _plain(value: Any, left: list[int]) -> Any:
    """A value of a file as the interpreter knows values; raise ValueError when there are too many."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("too many values")
    match value:
        case dict():
            return {
                key if isinstance(key, str | int | float) or key is None else Unknown(str(key)): _plain(
                    item, left
                )
                for key, item in value.items()
            }
        case list() | tuple() | set():
            return [_plain(item, left) for item in value]
        case datetime():
            numbers = (value.year, value.month, value.day, value.hour, value.minute, value.second)
            return Instance("datetime.datetime", numbers, {}, f"datetime{numbers}")
        case date():
            day = (value.year, value.month, value.day)
            return Instance("datetime.date", day, {}, f"date{day}")
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return Unknown(str(value)[:120])
