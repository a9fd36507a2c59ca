"""One report, reduced to what a later one is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from airshift.findings import Kind
from airshift.report.model import Verdict


@dataclass(frozen=True, slots=True)
class SeenFinding:
    """A finding as a report tells it."""

    code: str
    kind: Kind
    path: str
    line: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Waves:
    """How far a plan has been carried out."""

    total: int
    done: int
    moved: frozenset[str]
    """DAGs of the waves that are done."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An estate at one time."""

    taken: datetime
    root: str
    target: str
    platform: str
    dags: Mapping[str, Verdict]
    findings: tuple[SeenFinding, ...]
    titles: Mapping[str, str]
    """Rule titles by code."""
    minutes: int
    unread: int
    waves: Waves | None
    """None where the report has no plan beside it."""

    def count(self, verdict: Verdict) -> int:
        """DAGs of one verdict that have not moved yet."""
        return sum(found is verdict and dag not in self.moved for dag, found in self.dags.items())

    @property
    def moved(self) -> frozenset[str]:
        """DAGs that live on the new environment already."""
        return self.waves.moved & self.dags.keys() if self.waves else frozenset()
