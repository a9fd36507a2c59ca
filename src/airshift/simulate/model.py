"""The forecast for one DAG, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from airshift.estate.model import Dag
from airshift.schedules import Run, Schedule


class Hazard(StrEnum):
    """What goes wrong at the unpause; the first of several is the one to look at first."""

    UNKNOWN = "unknown"
    NEVER_RUNS = "never_runs"
    BACKFILL = "backfill"
    DUPLICATE = "duplicate"
    PHASE_SHIFT = "phase_shift"
    SKIPPED_INTERVAL = "skipped_interval"
    NONE = "none"


class Action(StrEnum):
    """What to do about it."""

    UNPAUSE = "unpause"
    WAIT = "wait"
    PIN = "pin"
    START_DATE = "start_date"
    SEED = "seed"
    LIMIT = "limit"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: why in a sentence, and the exact code or commands."""

    kind: Action
    text: str
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Green:
    """What a scheduler without history does: the runs it starts at once, and the next one after them."""

    due: tuple[Run, ...] = ()
    coming: Run | None = None
    capped: bool = False
    """There are more runs due than were counted."""

    @property
    def first(self) -> Run | None:
        """The first run of all."""
        return self.due[0] if self.due else self.coming


@dataclass(frozen=True, slots=True)
class Blue:
    """The last run that the old environment has started, and its next one."""

    last: Run | None = None
    coming: Run | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the unpause of one DAG does, and what to do instead."""

    dag: Dag
    blue_schedule: Schedule
    green_schedule: Schedule
    blue: Blue
    green: Green
    hazards: tuple[Hazard, ...]
    reason: str
    steps: tuple[Step, ...]
    then: Run | None
    """Green's first run when the steps are followed."""

    @property
    def hazard(self) -> Hazard:
        """The hazard to look at first."""
        return self.hazards[0]

    @property
    def action(self) -> str:
        """The steps as one text."""
        return " ".join(step.text for step in self.steps)
