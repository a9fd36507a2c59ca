"""Where names live now: rows of rules/moves*.toml, followed until a name imports on the target.

A row names candidates; the index decides which of them the target has. So one row serves every target,
and a chain (contrib, then 2.x, then a provider) is three rows that know nothing of each other.
"""

from __future__ import annotations

from dataclasses import field, replace
from functools import lru_cache

from airshift.catalogue import Catalogue
from airshift.index import Index, NameStatus
from airshift.records import dataclass
from airshift.rules.move_rows import ANYWHERE, LEGACY, LIBRARY, CallChange, Home, Row, read_rows
from airshift.targets import Target


@dataclass(frozen=True, slots=True)
class Move:
    """What the rows say about one old name on one target; `home` is None when nothing replaces it."""

    home: Home | None = None
    note: str = ""
    unsafe: str = ""
    inline: str = ""
    templates: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    advise: bool = False
    calls: CallChange = field(default_factory=CallChange)
    also: tuple[str, ...] = ()
    legacy: bool = False


class MoveTable:
    """All rows, found by the name they are about."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows
        self._resolved: dict[tuple[str, str, Index, str], Move] = {}
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
        """The last module in the row of successors that took over all names and exists on the target."""
        seen: set[str] = set()
        found: str | None = None
        while module not in seen:
            seen.add(module)
            row = self._exact.get((module, None))
            if row is None or row.renamed or len(row.to) != 1 or row.to[0].name or row.advise:
                break
            module = row.to[0].module
            works = self._status(Home(module, ""), index, target.version) is NameStatus.IMPORTABLE
            found = module if works and module not in seen else found
        return found

    def resolve(self, module: str, name: str, index: Index, target: Target) -> Move:
        """Follow the rows from an old name to its home on the target."""
        asked = (module, name, index, target.version)
        if asked not in self._resolved:
            self._resolved[asked] = self._resolve(module, name, index, target)
        return self._resolved[asked]

    def _resolve(self, module: str, name: str, index: Index, target: Target) -> Move:
        library = self._exact[LIBRARY, None].renamed if (LIBRARY, None) in self._exact else {}
        if name in library and (module, name) not in self._exact:
            return Move(library[name][0])
        found = self._follow(module, name, index, target.version, frozenset())
        row = self.row(module, name)
        if (found is None or found.home is None) and not module.startswith("airflow.providers."):
            well_known = self._by_name(name, index, target.version)
            found = well_known if well_known and well_known.home != Home(module, name) else found
        legacy = row is not None and row.table == LEGACY
        if found is None:
            return replace(_advice(row), legacy=legacy) if row else Move(legacy=legacy)
        return replace(found, legacy=legacy)

    def _follow(
        self, module: str, name: str, index: Index, version: str, seen: frozenset[tuple[str, str]]
    ) -> Move | None:
        if (module, name) in seen:
            return None
        seen |= {(module, name)}
        row = self.row(module, name)
        homes = list(row.homes(name)) if row else []
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

    def _by_name(self, name: str, index: Index, version: str) -> Move | None:
        """The home of a well-known name, whichever module it was taken from."""
        anywhere = self._exact.get((ANYWHERE, None))
        if anywhere is None or name not in anywhere.renamed:
            return None
        return self._follow(ANYWHERE, name, index, version, frozenset())

    def _status(self, home: Home, index: Index, version: str) -> NameStatus:
        if home.module.partition(".")[0] != "airflow":
            return NameStatus.IMPORTABLE
        status = index.status(home.module, home.name or None, version)
        if status is not NameStatus.UNKNOWN:
            return status
        return NameStatus.MISSING if self._moves_on(home) else NameStatus.IMPORTABLE

    def _moves_on(self, home: Home) -> bool:
        row = self.row(home.module, home.name)
        return row is not None and all(next_ != home for next_ in row.homes(home.name))

    def _redirected(self, row: Row | None, module: str, name: str, index: Index, version: str) -> Move | None:
        """The home that Airflow's own forwarding names, when it is public."""
        target = index.redirect(f"{module}.{name}")
        if target and not any(part.startswith("_") for part in target.split(".")):
            home = Home(*target.rpartition(".")[::2])
            if home.name == name and index.status(home.module, home.name, version) is NameStatus.IMPORTABLE:
                return _step(row, name, Move(home))
        return _advice(row) if row and (row.note or row.inline) else None


def _advice(row: Row) -> Move:
    """What a row says where none of its homes is there."""
    return Move(note=row.note, unsafe=row.unsafe, inline=row.inline, templates=row.templates, needs=row.needs)


def _step(row: Row | None, name: str, later: Move) -> Move:
    if row is None:
        return later
    calls = row.calls.get(name)
    return replace(
        later,
        note=later.note or row.note,
        unsafe=later.unsafe or row.unsafe,
        inline=later.inline or row.inline,
        templates=later.templates or row.templates,
        needs=later.needs or row.needs,
        advise=later.advise or row.advise,
        calls=calls.then(later.calls) if calls else later.calls,
        also=(*row.also, *later.also),
    )


@lru_cache(maxsize=2)
def move_table(catalogue: Catalogue) -> MoveTable:
    """The table of a catalogue, read and validated once."""
    return MoveTable(tuple(read_rows(catalogue)))
