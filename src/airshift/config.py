"""What counts for a run: the command line, then the estate's settings, then the defaults; and where each value is from.

Patterns and file names in a settings file are relative to its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from airshift.errors import UsageError
from airshift.files import SKIPPED, Walk, root_of
from airshift.records import dataclass
from airshift.select import PerFile, Selection, checked_selection
from airshift.settings import Settings, load_settings
from airshift.targets import Target, default_target, parse_target, parse_version

_T = TypeVar("_T")


class Origin(StrEnum):
    """Where a value is from, unless it is from a file, which is then named."""

    DEFAULT = "default"
    COMMAND_LINE = "command line"
    ESTATE = "found in the estate"


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says; what is empty or None it does not say."""

    target: str = ""
    source: str = ""
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    extend_select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    extend_exclude: Sequence[str] = ()
    respect_gitignore: bool | None = None
    respect_airflowignore: bool | None = None
    force_exclude: bool = False
    baseline: Path | None = None
    config: Path | None = None
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A setting in force, as JSON has it, and where it is from."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """What counts for a run."""

    settings: Settings
    target: Target
    source: Target | None
    """None when the estate's own files have to say."""
    selection: Selection
    walk: Walk
    respect_airflowignore: bool
    baseline: Path | None
    values: Mapping[str, Value] = field(compare=False)
    """By key, in the order in which they are shown."""


def effective(paths: Sequence[Path], given: Given) -> Config:
    """The configuration for these paths; raise UsageError for what is wrong in it."""
    root = root_of(list(paths))
    settings = Settings() if given.isolated else load_settings(root, given.config)
    return _Reader(settings, given, root).config()


class _Reader:
    """Reads each key once, from the command line or the file, and notes where its value is from."""

    def __init__(self, settings: Settings, given: Given, root: Path) -> None:
        self._file = settings.file
        self._settings = settings
        self._given = given
        self._root = root
        self._top = settings.top
        self._base = _base(settings.file, root)
        self._values: dict[str, Value] = {}

    def config(self) -> Config:
        """Everything that counts, checked."""
        given = self._given
        return Config(
            settings=self._settings,
            target=self._version("target", given.target, parse_target) or default_target(),
            source=self._version("source", given.source, parse_version),
            selection=self._selection(),
            walk=self._walk(),
            respect_airflowignore=self._flag("respect-airflowignore", given.respect_airflowignore),
            baseline=self._baseline(),
            values=self._values,
        )

    def _version(self, key: str, given: str, parse: Callable[[str], Target]) -> Target | None:
        text = self._pick(key, given, self._top.get(key, str, ""), "")
        if text:
            return self._checked(key, lambda: parse(text))
        is_target = key == "target"
        shown = Value(str(default_target()), Origin.DEFAULT) if is_target else Value(None, Origin.ESTATE)
        self._values[key] = shown
        return None

    def _selection(self) -> Selection:
        given = self._given
        select = self._codes("select", given.select)
        more = self._codes("extend-select", given.extend_select)
        if given.select and not given.extend_select:
            more, self._values["extend-select"] = (), Value([], Origin.COMMAND_LINE)
        if more and not select:
            select = ("",)
        return Selection((*select, *more), self._codes("ignore", given.ignore), self._per_file())

    def _codes(self, key: str, given: Sequence[str]) -> tuple[str, ...]:
        texts = self._pick(key, _split(given), self._top.texts(key), ())
        return self._checked(key, lambda: checked_selection(texts, ())).select

    def _per_file(self) -> tuple[PerFile, ...]:
        key = "per-file-ignores"
        rows = self._pick(key, {}, self._top.mapping(key), {})
        base, root = self._base, self._root
        prefix = "" if base == root else root.relative_to(base).as_posix() + "/"
        return tuple(self._one_pattern(pattern, codes, prefix) for pattern, codes in rows.items())

    def _one_pattern(self, pattern: str, codes: object, prefix: str) -> PerFile:
        key = "per-file-ignores"
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise self._top.error(f"{key}: {pattern!r} has to be a list of rule codes")
        self._check_patterns(key, (pattern,))
        return PerFile(pattern, self._checked(key, lambda: checked_selection(codes, ())).select, prefix)

    def _walk(self) -> Walk:
        given = self._given
        exclude = self._pick("exclude", _split(given.exclude), self._top.texts("exclude"), None)
        more = self._pick(
            "extend-exclude", _split(given.extend_exclude), self._top.texts("extend-exclude"), ()
        )
        self._check_patterns("exclude", exclude or ())
        self._check_patterns("extend-exclude", more)
        if exclude is None:
            self._values["exclude"] = Value(sorted(SKIPPED), Origin.DEFAULT)
        return Walk(
            folders=SKIPPED if exclude is None else frozenset(),
            patterns=(*(exclude or ()), *more),
            base=self._base,
            gitignore=self._flag("respect-gitignore", given.respect_gitignore),
            forced=given.force_exclude,
        )

    def _baseline(self) -> Path | None:
        given = str(self._given.baseline or "")
        text = self._pick("baseline", given, self._top.get("baseline", str, ""), "")
        if not text:
            self._values["baseline"] = Value(None, Origin.DEFAULT)
            return None
        return Path(text) if given else self._base / text

    def _flag(self, key: str, given: bool | None) -> bool:
        found: bool = self._pick(key, None, self._top.get(key, bool, True), True)
        if given is None:
            return found
        self._values[key] = Value(given, Origin.COMMAND_LINE)
        return given

    def _pick(self, key: str, given: Any, written: Any, default: Any) -> Any:
        """The value that counts, noted with where it is from."""
        if given:
            value, origin = given, str(Origin.COMMAND_LINE)
        elif self._file is not None and key in self._settings.content:
            value, origin = written, self._file.name
        else:
            value, origin = default, str(Origin.DEFAULT)
        self._values[key] = Value(list(value) if isinstance(value, tuple) else value, origin)
        return value

    def _check_patterns(self, key: str, patterns: Iterable[str]) -> None:
        for pattern in patterns:
            from pathspec import GitIgnoreSpec

            try:
                GitIgnoreSpec.from_lines([pattern])
            except ValueError as error:
                raise UsageError(
                    f"{self._where(key)} {pattern!r} is not a pattern as in .gitignore"
                ) from error

    def _checked(self, key: str, read: Callable[[], _T]) -> _T:
        try:
            return read()
        except UsageError as error:
            if self._values[key].origin == Origin.COMMAND_LINE:
                raise
            raise UsageError(f"{self._where(key)} {error}") from error

    def _where(self, key: str) -> str:
        by_file = self._values[key].origin != Origin.COMMAND_LINE
        return f"{self._top.where} {key}:" if by_file else f"--{key}:"


def _base(file: Path | None, root: Path) -> Path:
    """The folder that patterns are relative to: that of the settings, or the root where these are elsewhere."""
    folder = root if file is None else file.absolute().parent
    return folder if root.is_relative_to(folder) else root


def _split(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.strip() for text in given for part in text.split(",") if part.strip())
