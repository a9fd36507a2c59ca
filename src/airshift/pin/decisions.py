"""What happens to each requirement, and what was asked and answered on the way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airshift.findings import Problem
from airshift.pin.document import Document
from airshift.pin.grammar import Package
from airshift.pin.homes import Use
from airshift.pin.imports import Scan
from airshift.pin.pins import Pins
from airshift.pin.store import Image
from airshift.pin.tables import Tables
from airshift.targets import Target


class Action(StrEnum):
    """What the new file does with the line."""

    KEEP = "keep"
    PIN = "pin"
    CHANGE = "change"
    DROP = "drop"
    ADD = "add"
    CONFLICT = "conflict"
    MANUAL = "manual"


class Kind(StrEnum):
    """Why."""

    AIRFLOW = "airflow"
    BACKPORT = "backport"
    CONFLICT = "conflict"
    CONSTRAINED = "constrained"
    CONSTRAINT_FILE = "constraint_file"
    DIRECT = "direct"
    DUPLICATE = "duplicate"
    ESSENTIAL = "essential"
    IMPORTS_AIRFLOW = "imports_airflow"
    INVALID = "invalid"
    MARKER = "marker"
    MOVED = "moved"
    NO_WHEEL = "no_wheel"
    NOT_FOUND = "not_found"
    OPTION = "option"
    PREINSTALLED = "preinstalled"
    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    YANKED = "yanked"


_UNUSABLE = (Kind.INVALID, Kind.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Decision:
    """One requirement's fate. `after` is the new line, or None where the new file has none."""

    name: str
    path: str
    line: int
    """0 for an added line."""
    before: str
    after: str | None
    action: Action
    kind: Kind
    reason: str
    notes: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    """Of a conflict: what this estate asks for, and what stands against it."""
    explanation: str = ""
    """Of a conflict: all that the resolver said."""


@dataclass(frozen=True, slots=True)
class Release:
    """The files of one version on the index."""

    yanked: str | None = None
    """The reason, possibly empty, where every file is yanked."""
    wheel: bool = False
    """A wheel for the target's Python and platform exists."""
    source: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What the package index and the resolver said; the default is that nobody was asked."""

    asked: bool = False
    why_not: str = "the package index was not asked"
    versions: Mapping[str, str] = field(default_factory=dict)
    """The versions chosen for packages outside the constraints."""
    relaxed: Mapping[str, str] = field(default_factory=dict)
    """Name to the bound that had to be lifted."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Name to why no version fits."""
    fits: Mapping[str, str] = field(default_factory=dict)
    """Of the failed ones: the version that fits without the upper bound."""
    releases: Mapping[str, Mapping[str, Release]] = field(default_factory=dict)
    """Name to its releases on the index; an empty mapping where it has none."""
    needs_airflow: frozenset[str] = frozenset()
    """Packages that depend on apache-airflow."""
    lock: tuple[str, ...] = ()
    problem: str = ""
    """Why there is no lock although one was asked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that decides, except the answers."""

    documents: tuple[Document, ...]
    target: Target
    pins: Pins
    tables: Tables
    source: Pins
    """The constraints the estate lives under today."""
    scan: Scan = field(default_factory=Scan)
    uses: tuple[Use, ...] = ()
    """What the scan's names are on the target."""
    essentials: Mapping[str, str] = field(default_factory=dict)
    image: Image | None = None
    constraint_url: str = ""
    """What the `--constraint` line of the new file says."""
    keep_preinstalled: bool = False

    @property
    def python(self) -> str:
        """The target's Python."""
        return self.pins.python


@dataclass(frozen=True, slots=True)
class Trap:
    """Something about the file as a whole that bites on MWAA (or elsewhere)."""

    trap: str
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The decisions in file order, added lines last."""

    decisions: tuple[Decision, ...]
    open: tuple[Package, ...] = ()
    """Requirements that only the index can answer, as they are to be asked."""
    traps: tuple[Trap, ...] = ()
    problems: tuple[Problem, ...] = ()
    unanswered: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Tell whether every requirement could be judged."""
        return not self.problems and not self.unanswered

    @property
    def has_changes(self) -> bool:
        """Tell whether the new file differs from the old, or a line of it cannot be installed."""
        return any(one.after != one.before or one.kind in _UNUSABLE for one in self.decisions)
