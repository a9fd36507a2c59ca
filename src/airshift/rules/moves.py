"""Where names live now: the rows of rules/moves*.toml, followed until a name imports on the target.

A row names candidates; the index decides which of them the target has. So one row serves every target,
and a chain (contrib, then 2.x, then a provider) is three rows that know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.index import Index, NameStatus
from airshift.targets import Target

STEMS = ("moves", "moves_providers", "moves_1_10")
LEGACY = "moves_1_10"
"""The table of 1.10 modules, which Airflow 2 only forwarded."""

_KEYS = {
    "from", "to", "renamed", "note", "unsafe", "inline", "advise", "also",
    "keywords", "defaults", "into", "add",
}  # fmt: skip
_INLINE = ("days_ago", "drop_decorator")
_WORKS = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)


@dataclass(frozen=True, slots=True)
class Home:
    """A place a name can be imported from; `attribute` is read off it (`conf.get`)."""

    module: str
    name: str
    attribute: str = ""

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
class Move:
    """What the rows say about one old name on one target; `home` is None when nothing replaces it."""

    home: Home | None = None
    note: str = ""
    unsafe: str = ""
    inline: str = ""
    advise: bool = False
    calls: CallChange = field(default_factory=CallChange)
    also: tuple[str, ...] = ()
    legacy: bool = False


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
    advise: bool
    also: tuple[str, ...]
    calls: dict[str, CallChange]
    source: str

    def homes(self, name: str) -> Iterator[Home]:
        """Candidates for a name, in order of preference."""
        for home in self.renamed.get(name, self.to):
            yield home if home.name else replace(home, name=name)


class MoveTable:
    """All rows, found by the name they are about."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows
        self._exact = {(row.module, row.name): row for row in reversed(rows)}

    def row(self, module: str, name: str) -> Row | None:
        """The row for a name: its own, its module's, or advice for a package around it."""
        found = self._exact.get((module, name)) or self._exact.get((module, None))
        package = module.rpartition(".")[0]
        while found is None and package:
            around = self._exact.get((package, None))
            found = around if around is not None and not around.to and not around.renamed else None
            package = package.rpartition(".")[0]
        return found

    def has(self, module: str) -> bool:
        """Whether rows are about a module itself."""
        return (module, None) in self._exact

    def module_home(self, module: str, index: Index, target: Target) -> str | None:
        """The module that took over all names of a gone one, when it exists on the target."""
        seen: set[str] = set()
        while module not in seen:
            seen.add(module)
            row = self._exact.get((module, None))
            if row is None or row.renamed or len(row.to) != 1 or row.to[0].name or row.advise:
                return None
            module = row.to[0].module
            if index.status(module, None, target.version) is NameStatus.IMPORTABLE:
                return module
        return None

    def resolve(self, module: str, name: str, index: Index, target: Target) -> Move:
        """Follow the rows from an old name to its home on the target."""
        found = self._follow(module, name, index, target.version, frozenset())
        row = self.row(module, name)
        legacy = row is not None and row.table == LEGACY
        if found is None:
            return Move(note=row.note if row else "", inline=row.inline if row else "", legacy=legacy)
        return replace(found, legacy=legacy)

    def _follow(
        self, module: str, name: str, index: Index, version: str, seen: frozenset[tuple[str, str]]
    ) -> Move | None:
        if (module, name) in seen:
            return None
        seen |= {(module, name)}
        row = self.row(module, name)
        homes = [home for home in row.homes(name)] if row else []
        own = Home(module, name)
        weak: Move | None = None
        for home in homes:
            status = self._status(home, index, version)
            if home != own and status is NameStatus.IMPORTABLE:
                return _step(row, name, Move(home))
            if home != own and status is NameStatus.DEPRECATED and weak is None:
                weak = _step(row, name, Move(home))
        for home in homes:
            later = self._follow(home.module, home.name, index, version, seen)
            if later is not None and later.home is not None:
                return _step(row, name, later)
            if later is not None and weak is None and later.note:
                weak = later
        return weak or self._redirected(row, module, name, index, version)

    def _status(self, home: Home, index: Index, version: str) -> NameStatus:
        if home.module.partition(".")[0] != "airflow":
            return NameStatus.IMPORTABLE
        status = index.status(home.module, home.name, version)
        unseen = status is NameStatus.UNKNOWN and not index.covers(home.module, version)
        return NameStatus.IMPORTABLE if unseen and not self._moves_on(home) else status

    def _moves_on(self, home: Home) -> bool:
        row = self.row(home.module, home.name)
        return row is not None and all(next_ != home for next_ in row.homes(home.name))

    def _redirected(self, row: Row | None, module: str, name: str, index: Index, version: str) -> Move | None:
        """The home that Airflow's own forwarding names, when it is public."""
        target = index.redirect(f"{module}.{name}")
        if target and not any(part.startswith("_") for part in target.split(".")):
            home = Home(*target.rpartition(".")[::2])
            if index.status(home.module, home.name, version) is NameStatus.IMPORTABLE:
                return _step(row, name, Move(home))
        return Move(note=row.note, inline=row.inline) if row and (row.note or row.inline) else None


def _step(row: Row | None, name: str, later: Move) -> Move:
    if row is None:
        return later
    calls = row.calls.get(name)
    return replace(
        later,
        note=later.note or row.note,
        unsafe=later.unsafe or row.unsafe,
        inline=later.inline or row.inline,
        advise=later.advise or row.advise,
        calls=calls.then(later.calls) if calls else later.calls,
        also=(*row.also, *later.also),
    )


@lru_cache(maxsize=2)
def move_table(catalogue: Catalogue) -> MoveTable:
    """The table of a catalogue, read and validated once."""
    return MoveTable(tuple(_rows(catalogue)))


def _rows(catalogue: Catalogue) -> Iterator[Row]:
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
    inline = _text(table, "inline", where)
    if inline and inline not in _INLINE:
        raise DataError(f"{where}: inline must be one of {', '.join(_INLINE)}")
    renamed = {
        old: tuple(home for text in _texts(new, where, f"renamed.{old}") for home in _renamed(text, to, where))
        for old, new in table.get("renamed", {}).items()
    }
    note = _text(table, "note", where)
    if not (to or renamed or note or inline):
        raise DataError(f"{where}: a row needs to, renamed or note")
    classes = {name for key in ("keywords", "defaults", "into", "add") for name in table.get(key, {})}
    calls = {
        name: CallChange(*(table.get(key, {}).get(name, {}) for key in ("keywords", "defaults", "into", "add")))
        for name in sorted(classes)
    }
    also = _texts(table.get("also", []), where, "also")
    unsafe = _text(table, "unsafe", where)
    advise = bool(table.get("advise", False))
    return Row(stem, module, name or None, to, renamed, note, unsafe, inline, advise, also, calls, source)


def _renamed(text: str, to: tuple[Home, ...], where: str) -> Iterator[Home]:
    """A plain new name lives in the row's modules; `module:Name` says where."""
    if ":" in text:
        yield _home(text, where)
        return
    for home in to:
        yield replace(home, name=text)


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
