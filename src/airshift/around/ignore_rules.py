"""What .airflowignore files leave of a tree, read as regular expressions and as glob patterns.

Follows the walk of Airflow itself: regular expressions are searched in the path relative to the DAG folder,
glob patterns with a separator are relative to the folder of their file, patterns are inherited by folders
below, and an ignored folder is not entered. tests/around/test_ignore_oracle.py compares with real installs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache

from airshift.records import dataclass

_NEWLINE = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"\s*#.*")
_MOST_REPEATS = 4


class Syntax(StrEnum):
    """How the lines are read."""

    REGEXP = "regexp"
    GLOB = "glob"


@dataclass(frozen=True, slots=True)
class Line:
    """A pattern and where it stands: the folder of its file (relative to the DAG folder) and its line."""

    folder: str
    number: int
    pattern: str


class UnsafeError(Exception):
    """A regular expression that may take forever to evaluate."""


@dataclass(frozen=True, slots=True)
class _Regexp:
    line: Line
    compiled: re.Pattern[str]
    include: bool = True

    def matches(self, path: str, *, is_folder: bool) -> bool:
        return self.compiled.search(path) is not None


@dataclass(frozen=True, slots=True)
class _Glob:
    line: Line
    compiled: re.Pattern[str]
    include: bool
    anchored: bool
    minor: tuple[int, int]

    def matches(self, path: str, *, is_folder: bool) -> bool:
        only_folders = self.line.pattern.lstrip("!").rstrip().endswith("/")
        if only_folders and not is_folder and self.minor >= (3, 2):
            return False
        prefix = f"{self.line.folder}/" if self.line.folder else ""
        relative = path.removeprefix(prefix) if self.anchored else path.rpartition("/")[2]
        if is_folder and (self.minor >= (3, 1) or self.line.pattern.endswith("/")):
            relative += "/"
        return self.compiled.match(relative) is not None


_Rule = _Regexp | _Glob


def read_lines(folder: str, text: str) -> tuple[Line, ...]:
    """The patterns of an ignore file, comments removed as Airflow does."""
    lines = ((number, _COMMENT.sub("", line)) for number, line in enumerate(_NEWLINE.split(text), 1))
    return tuple(Line(folder, number, line) for number, line in lines if line)


def kept(
    paths: Sequence[str],
    ignore: Mapping[str, Sequence[Line]],
    syntax: Syntax,
    minor: tuple[int, int] = (3, 3),
) -> dict[str, Line | None]:
    """For each file (path relative to the DAG folder), the line that ignores it, or None if it is parsed.

    `ignore` maps folders ("" is the DAG folder) to the lines of their ignore file. Raises UnsafeError.
    """
    rules = {folder: _compile(lines, syntax, minor) for folder, lines in ignore.items()}
    inherited: dict[str, tuple[_Rule, ...]] = {}
    entered: dict[str, Line | None] = {"": None}
    result: dict[str, Line | None] = {}
    for path in paths:
        folder = path.rpartition("/")[0]
        line = _enter(folder, rules, inherited, entered)
        result[path] = line or _ignored(path, inherited[folder], is_folder=False)
    return result


def _enter(
    folder: str,
    rules: Mapping[str, tuple[_Rule, ...]],
    inherited: dict[str, tuple[_Rule, ...]],
    entered: dict[str, Line | None],
) -> Line | None:
    """The line that keeps the walk out of a folder, if any; fills the rules in force there."""
    for part in _folders(folder):
        if part in inherited:
            continue
        above = part.rpartition("/")[0] if part else None
        if above is None:
            inherited[part] = rules.get(part, ())
            continue
        inherited[part] = (*inherited[above], *rules.get(part, ()))
        entered[part] = entered[above] or _ignored(part, inherited[above], is_folder=True)
    return entered[folder]


def _folders(folder: str) -> Iterator[str]:
    yield ""
    parts = folder.split("/") if folder else []
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])


def _ignored(path: str, rules: Sequence[_Rule], *, is_folder: bool) -> Line | None:
    found: Line | None = None
    for rule in rules:
        if rule.matches(path, is_folder=is_folder):
            found = rule.line if rule.include else None
            if isinstance(rule, _Regexp):
                return found
    return found


def _compile(lines: Sequence[Line], syntax: Syntax, minor: tuple[int, int]) -> tuple[_Rule, ...]:
    if syntax is Syntax.REGEXP:
        compiled = ((line, _regexp(line.pattern)) for line in lines)
        return tuple(_Regexp(line, pattern) for line, pattern in compiled if pattern is not None)
    return tuple(rule for line in lines if (rule := _glob(line, minor)) is not None)


@cache
def _regexp(pattern: str) -> re.Pattern[str] | None:
    """The compiled expression; None when it is invalid, which Airflow skips with a warning."""
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    if _is_costly(pattern):
        raise UnsafeError(pattern)
    return compiled


def _glob(line: Line, minor: tuple[int, int]) -> _Glob | None:
    pattern = line.pattern
    if pattern.strip() == "/":
        return None
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    compiled, include = _wild(pattern)
    return (
        _Glob(line, compiled, include, anchored, minor)
        if compiled is not None and include is not None
        else None
    )


@cache
def _wild(pattern: str) -> tuple[re.Pattern[str] | None, bool | None]:
    try:
        from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern as Wild
    except ImportError:
        from pathspec.patterns.gitwildmatch import GitWildMatchPattern as Wild
    try:
        found = Wild(pattern)
    except ValueError:
        return None, None
    return found.regex, found.include


def _is_costly(pattern: str) -> bool:
    """Whether backtracking may explode: nested or many unbounded repeats."""
    text = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "x", pattern)
    repeats = re.findall(r"[*+]|\{\d*,\d*\}", text)
    nested = re.search(r"\([^()]*(?:[*+]|\{\d*,\d*\})[^()]*(?:\([^()]*\)[^()]*)*\)(?:[*+]|\{)", text)
    grouped = re.search(r"\)(?:[*+]|\{)", text) and len(repeats) > 1
    return len(repeats) > _MOST_REPEATS or bool(nested) or bool(grouped)
