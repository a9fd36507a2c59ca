"""What every check yields: findings with a place, a meaning and, where possible, a fix."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from operator import attrgetter
from typing import Any

from airshift.records import dataclass


class Kind(StrEnum):
    """When the finding bites."""

    PARSE = "parse"
    """The DAG file (or plugin) no longer imports."""
    RUNTIME = "runtime"
    """The task fails when it runs."""
    BEHAVIOUR = "behaviour"
    """Nothing fails, but something else happens than before."""
    DEPRECATION = "deprecation"
    """It still works on the target and will stop working later."""


class Severity(StrEnum):
    """How much the finding matters on the chosen target."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Applicability(StrEnum):
    """Whether and how the finding can be fixed by `airshift fix`."""

    SAFE = "safe"
    """A verified rewrite exists that keeps the meaning."""
    UNSAFE = "unsafe"
    """A verified rewrite exists that may change the meaning; needs `--unsafe-fixes`."""
    MANUAL = "manual"
    """A person has to decide."""


class Origin(StrEnum):
    """Which tool reported the finding."""

    AIRSHIFT = "airshift"
    RUFF = "ruff"


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the bytes `start:end` of the UTF-8 text, which must be `expected`, by `text`."""

    start: int
    end: int
    expected: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that are applied together or not at all."""

    edits: tuple[Edit, ...]
    applicability: Applicability
    note: str = ""
    """Why the fix is unsafe, or what it leaves to be checked."""
    requires: tuple[str, ...] = ()
    """Distributions the rewritten code needs, e.g. `apache-airflow-providers-standard>=1.0.0`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A range in a file; lines and columns count from 1, columns in characters, end exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __reduce__(self) -> tuple[type[Place], tuple[object, ...]]:
        """Plain construction: many thousands of places travel between processes and out of caches."""
        return Place, (self.path, self.line, self.column, self.end_line, self.end_column)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks or changes on the target."""

    code: str
    place: Place
    kind: Kind
    severity: Severity
    message: str
    symbol: str = ""
    """Dotted name, keyword or key concerned, if any."""
    applicability: Applicability = Applicability.MANUAL
    fix: Fix | None = None
    effort: int = 0
    """Minutes a person needs, from rules/effort.toml; 0 for what `airshift fix` does."""
    origin: Origin = Origin.AIRSHIFT
    also: tuple[str, ...] = field(default=())
    """Codes of other tools that report the same place."""
    reference: str = ""

    def __reduce__(self) -> tuple[type[Finding], tuple[object, ...]]:
        """Plain construction, as for places."""
        return Finding, self._values()

    def at(self, path: str) -> Finding:
        """The same finding in a file of another name."""
        place = self.place
        moved = Place(path, place.line, place.column, place.end_line, place.end_column)
        return Finding(self.code, moved, *self._values()[2:])

    def _values(self) -> tuple[Any, ...]:
        return _values_of(self)

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order by place, then code: output never depends on the number of processes."""
        return (self.place.path, self.place.line, self.place.column, self.code, self.symbol)


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that could not be read or analysed, with the reason."""

    path: str
    reason: str
    line: int = 1


_values_of = attrgetter(*Finding.__slots__)
