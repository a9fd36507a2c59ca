"""What the imported names of Airflow need on the target: the move tables and the name index tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airshift.pin.imports import Scan
from airshift.targets import Target

if TYPE_CHECKING:
    from airshift.index import Index
    from airshift.rules.moves import MoveTable

_PROVIDERS = "airflow.providers."


@dataclass(frozen=True, slots=True)
class Use:
    """One imported name or module, as the target needs it."""

    imported: str
    """Dotted, as the DAGs import it."""
    module: str
    """The provider's module that has it on the target, as far as anybody knows."""
    also: tuple[str, ...] = ()
    """Distributions that are needed beside the module's."""
    gone: bool = False
    """The target's release of the provider does not have it."""
    instead: str = ""
    """What replaces a name that is gone."""


def uses_on(scan: Scan, target: Target) -> tuple[Use, ...]:
    """Return, sorted, what the estate imports from providers and what moved to one."""
    from airshift.catalogue import Catalogue
    from airshift.index import Index
    from airshift.rules.moves import move_table

    finder = _Finder(target, Index.load(), move_table(Catalogue.load()))
    return tuple(sorted(finder.uses(scan), key=lambda use: (use.imported, use.module)))


@dataclass(frozen=True, slots=True)
class _Finder:
    target: Target
    index: Index
    moves: MoveTable

    def uses(self, scan: Scan) -> Iterator[Use]:
        for pair in scan.names:
            module, _, name = pair.partition(":")
            if _is_airflow(module):
                yield from self._module(module) if name == "*" else self._name(module, name)
        for module in scan.modules:
            if _is_airflow(module):
                yield from self._module(module)

    def _name(self, module: str, name: str) -> Iterator[Use]:
        from airshift.index import NameStatus

        if self.moves.has(f"{module}.{name}"):
            yield from self._module(f"{module}.{name}")
            return
        status = self.index.status(module, name, self.target.version)
        of_provider = module.startswith(_PROVIDERS)
        imported = f"{module}.{name}"
        if status is NameStatus.IMPORTABLE or (of_provider and status is not NameStatus.MISSING):
            if of_provider:
                yield Use(imported, module)
            return
        if status is NameStatus.UNKNOWN and not self.moves.has(module):
            return
        move = self.moves.resolve(module, name, self.index, self.target)
        home = move.home.module if move.home else ""
        if home.startswith(_PROVIDERS) or of_provider:
            goes_on = home if home.startswith(_PROVIDERS) else module
            yield Use(imported, goes_on, move.also, of_provider, str(move.home or ""))

    def _module(self, module: str) -> Iterator[Use]:
        """Follow a whole module to the provider that carries it on."""
        from airshift.index import NameStatus

        if module.startswith(_PROVIDERS):
            gone = self.index.status(module, None, self.target.version) is NameStatus.MISSING
            yield Use(module, self._home(module) or module, gone=gone)
            return
        home = self._home(module)
        if home:
            yield Use(module, home)

    def _home(self, module: str) -> str:
        seen: set[str] = set()
        while module not in seen:
            seen.add(module)
            row = self.moves.row(module, "") if self.moves.has(module) else None
            homes = list(row.homes("")) if row else []
            if not homes:
                return ""
            module = next(
                (home.module for home in homes if home.module.startswith(_PROVIDERS)), homes[0].module
            )
            if module.startswith(_PROVIDERS):
                return module
        return ""


def _is_airflow(module: str) -> bool:
    return module == "airflow" or module.startswith("airflow.")
