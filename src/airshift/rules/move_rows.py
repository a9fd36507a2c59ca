"""The rows of rules/moves*.toml, read and validated: where names of Airflow 2 can be imported from now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.records import dataclass

STEMS = ("moves", "moves_providers", "moves_1_10")
LEGACY = "moves_1_10"
"""The table of 1.10 modules, which Airflow 2 only forwarded."""

ANYWHERE = "*"
"""`from` of the row about well-known names, whichever module of core they were taken from."""

LIBRARY = "library"
"""`from` of the row about names of the standard library, whichever module they were taken from."""

_CALL_KEYS = ("keywords", "defaults", "into", "add")
_KEYS = {
    "from",
    "to",
    "renamed",
    "note",
    "unsafe",
    "inline",
    "template",
    "needs",
    "advise",
    "also",
    *_CALL_KEYS,
}
_INLINE = ("days_ago", "drop_decorator", "template")


@dataclass(frozen=True, slots=True)
class Home:
    """A place a name can be imported from; `attribute` is read off it (`conf.get`)."""

    module: str
    name: str
    attribute: str = ""

    def named(self, name: str) -> Home:
        """The same place with another name."""
        return Home(self.module, name, self.attribute)

    def __str__(self) -> str:
        return ".".join(part for part in (self.module, self.name, self.attribute) if part)


@dataclass(frozen=True, slots=True)
class CallChange:
    """What has to change in calls of a moved class."""

    keywords: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    into: dict[str, dict[str, str]] = field(default_factory=dict)
    add: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.keywords or self.defaults or self.into or self.add)

    def then(self, later: CallChange) -> CallChange:
        """This change followed by a later one."""
        keywords = {old: later.keywords.get(new, new) for old, new in self.keywords.items()}
        return CallChange(
            {**later.keywords, **keywords},
            {**self.defaults, **later.defaults},
            {**self.into, **later.into},
            {**self.add, **later.add},
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the tables, validated."""

    table: str
    module: str
    name: str | None
    to: tuple[Home, ...]
    """Homes with an empty name stand for modules that keep the name."""
    renamed: dict[str, tuple[Home, ...]]
    note: str
    unsafe: str
    inline: str
    templates: dict[str, str]
    needs: tuple[str, ...]
    """Modules that the templates use as {0}, {1} ...; pendulum unless given."""
    advise: bool
    also: tuple[str, ...]
    calls: dict[str, CallChange]
    source: str

    def homes(self, name: str) -> Iterator[Home]:
        """Candidates for a name, in order of preference."""
        for home in self.renamed.get(name, self.to):
            yield home if home.name else home.named(name)


def read_rows(catalogue: Catalogue) -> Iterator[Row]:
    """Every row of every table, in order of precedence."""
    for stem in STEMS:
        for number, group in enumerate(catalogue.rows(stem, "group"), 1):
            where = f"rules/{stem}.toml: group {number}"
            source = _text(group, "source", where)
            if not source:
                raise DataError(f"{where}: source is missing")
            for table in group.get("rows", ()):
                yield _row(table, stem, source, f"{where}: {table.get('from', 'row without from')}")


def _row(table: Table, stem: str, source: str, where: str) -> Row:
    if unknown := sorted(set(table) - _KEYS):
        raise DataError(f"{where}: unknown key {', '.join(unknown)}")
    module, _, name = _text(table, "from", where).partition(":")
    if not module:
        raise DataError(f"{where}: from is missing")
    to = tuple(_home(text, where) for text in _texts(table.get("to", []), where, "to"))
    templates = table.get("template", {})
    inline = _text(table, "inline", where) or ("template" if templates else "")
    if inline and inline not in _INLINE:
        raise DataError(f"{where}: inline must be one of {', '.join(_INLINE)}")
    renamed = {old: _renamed(new, to, f"{where}: {old}") for old, new in table.get("renamed", {}).items()}
    note = _text(table, "note", where)
    if not (to or renamed or note or inline):
        raise DataError(f"{where}: a row needs to, renamed or note")
    tables = [table.get(key, {}) for key in _CALL_KEYS]
    calls = {name: CallChange(*(t.get(name, {}) for t in tables)) for t in tables for name in t}
    also = _texts(table.get("also", []), where, "also")
    needs = _texts(table.get("needs", ["pendulum"]), where, "needs")
    unsafe = _text(table, "unsafe", where)
    advise = bool(table.get("advise", False))
    return Row(
        stem,
        module,
        name or None,
        to,
        renamed,
        note,
        unsafe,
        inline,
        templates,
        needs,
        advise,
        also,
        calls,
        source,
    )


def _renamed(value: object, to: tuple[Home, ...], where: str) -> tuple[Home, ...]:
    """A plain new name lives in the row's modules; `module:Name` says where."""
    found: list[Home] = []
    for text in _texts(value, where, "renamed"):
        found += [_home(text, where)] if ":" in text else [home.named(text) for home in to]
    return tuple(found)


def _home(text: str, where: str) -> Home:
    module, colon, rest = text.partition(":")
    name, _, attribute = rest.partition(".")
    if not module or (colon and not name):
        raise DataError(f"{where}: {text!r} is not a module or module:Name")
    return Home(module, name, attribute)


def _text(table: Table, key: str, where: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise DataError(f"{where}: {key} must be a string")
    return value


def _texts(value: object, where: str, key: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) and item for item in values):
        raise DataError(f"{where}: {key} must be a string or a list of strings")
    return tuple(values)
