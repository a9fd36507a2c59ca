"""Paths below the estate's root: where a DAG file is, what lies beside it, and what a written path can mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airshift.estate.model import Unknown

if TYPE_CHECKING:
    from airshift.estate.state import State


class FileName(str):
    """`__file__`: its end is known, what stands before the estate's root is not."""


@dataclass(frozen=True, slots=True)
class Located:
    """A file or folder by its path below the estate's root."""

    path: PurePosixPath


@dataclass(frozen=True)
class Ending(Unknown):
    """A path of which only the end is known: what comes before it is found at run time."""

    tail: str


class Outside(Unknown):
    """A path that leads out of the estate."""


class Files:
    """The estate's files that are not Python, and what else code reads from around it."""

    def __init__(
        self,
        paths: Iterable[str] = (),
        read: Callable[[str], str | None] = lambda path: None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._paths = frozenset(paths)
        self._children: dict[str, list[PurePosixPath]] = {}
        for path in map(PurePosixPath, self._paths):
            self._children.setdefault(path.parent.as_posix(), []).append(path)
        self.read = read
        self.variables = variables
        """Environment variables as code may read them, its own defaults counting for others; None: unknown."""

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


def joined(here: Located, parts: list[Any], unknown: Unknown) -> Located | Unknown:
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


def ending(start: Unknown, text: str, *, known: bool = True) -> Unknown:
    before = f"{start.tail}/" if isinstance(start, Ending) else ""
    return Ending(start.expression, before + text.strip("/")) if known and text.strip("/") else start


def ended(start: Unknown, text: Any) -> Unknown | None:
    """`unknown + "/text"`, `unknown / "text"` or `f"{unknown}/text"`, when it may be a path."""
    if isinstance(start, Outside):
        return start
    return ending(start, text) if isinstance(text, str) and "/" in f"/{text}" else None


def divided(here: Located, part: Any, unknown: Unknown) -> Located | Unknown:
    """`path / part`."""
    return joined(here, [part], unknown)


def continued(here: Located, text: Any, unknown: Unknown) -> Located | Unknown:
    """`f"{path}/text"` or `path + "/text"`."""
    is_below = isinstance(text, str) and text.startswith("/")
    return joined(here, [text.lstrip("/")], unknown) if is_below else unknown
