"""What a plan is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from airshift.estate.model import Edge, EdgeKind


@dataclass(frozen=True, slots=True)
class Member:
    """A DAG as the planner sees it."""

    dag_id: str
    path: str = ""
    line: int = 1
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    tasks: int = 1
    schedule: str = ""
    """As people read it; empty for none."""
    kind: str = "none"
    """Cron, period, asset, none ...: what makes pilots differ."""
    level: int = 0
    level_reasons: tuple[str, ...] = ()
    history: bool = False
    """Whether its runs need the runs before them."""
    minutes: int = 0
    """Work until and with its move."""
    runs_per_day: float = 0.0
    misfits: int = 0
    """Bit n is set when the n-th part of the cutover window does not suit it."""
    hours: tuple[float, ...] = ()
    """Concurrent tasks it adds in each hour of a day; empty for none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A DAG that is in no wave, and why."""

    dag_id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """A DAG in its wave, and why there."""

    dag_id: str
    reasons: tuple[str, ...]
    moved: str = ""
    """How far `airshift wave` has come with it; empty before."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How a DAG stands to the cutover slot of its wave."""

    dag_id: str
    start: datetime | None
    end: datetime | None
    """The quiet time around the slot; None where nothing limits it."""
    fits: bool
    missed: tuple[datetime, ...] = ()
    """Runs that fall into the slot: green has to make up for them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When a wave is cut over."""

    start: datetime
    end: datetime


class WaveState(StrEnum):
    """Whether a wave can still change."""

    PLANNED = "planned"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Load:
    """What green holds once a wave is done."""

    dags: int
    busiest: float
    """Concurrent tasks in the busiest hour, estimated."""
    dag_capacity: int | None = None
    task_capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Wave:
    """DAGs that move together in time."""

    number: int
    name: str
    start: datetime
    dags: tuple[Placement, ...]
    minutes: int
    cutover: Slot | None = None
    gaps: tuple[Gap, ...] = ()
    skipped: tuple[str, ...] = ()
    """Starts the calendar offered before, and why they were passed over."""
    load: Load | None = None
    state: WaveState = WaveState.PLANNED


@dataclass(frozen=True, slots=True)
class Bridge:
    """A dependency that a wave boundary cuts, kept alive by code until both sides have moved."""

    source: str
    target: str
    kind: EdgeKind
    wave: int
    """The wave whose cutover needs it."""
    until: int | None
    """The wave whose cutover makes it superfluous; None while one side stays behind."""
    source_moves_first: bool
    path: str
    line: int
    asset: str = ""
    task: str = ""
    """The task of the trigger or the sensor."""

    @property
    def name(self) -> str:
        """What the work item is called."""
        return f"bridge {self.kind.value} {self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class Objective:
    """How good a plan is; smaller is better."""

    terms: Mapping[str, float]

    @property
    def total(self) -> float:
        """The sum of the terms."""
        return round(sum(self.terms.values()), 6)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan: every DAG is in one wave or in one of the three lists."""

    waves: tuple[Wave, ...]
    blocked: tuple[Standing, ...]
    retire: tuple[Standing, ...]
    excluded: tuple[Standing, ...]
    bridges: tuple[Bridge, ...]
    objective: Objective
    members: Mapping[str, Member]
    edges: tuple[Edge, ...] = ()
    """Dependencies between DAGs of the estate."""
    warnings: tuple[str, ...] = ()
    wave_of: Mapping[str, int] = field(default_factory=dict)
