"""The policy of a plan: what the people who own the estate decided, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from airshift.plan.cadence import Cadence
from airshift.plan.levels import LevelRule

UNLIMITED = 1_000_000_000
TUESDAYS = Cadence(frozenset({1}), time(10))


class Block(StrEnum):
    """Which open findings keep a DAG out of the waves."""

    ERRORS = "errors"
    """Every manual error."""
    DECISIONS = "decisions"
    """Manual errors that ask for another design; smaller ones are work within the wave."""
    NEVER = "never"
    """None; all work is done within the wave."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A stretch of time in which nothing is cut over; the end is exclusive."""

    start: datetime
    end: datetime
    reason: str

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether the stretch and another one share time."""
        return self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class Policy:
    """What the people who own the estate decided."""

    start: date
    cadence: Cadence = TUESDAYS
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    validation_days: int = 2
    freeze: tuple[Closed, ...] = ()
    """Freeze windows and holidays."""
    away: tuple[tuple[str, Closed], ...] = ()
    """When the people of an owner cannot take part."""
    max_dags: int = 50
    max_minutes: int = UNLIMITED
    pilot_size: int = 3
    criticality: tuple[LevelRule, ...] = ()
    fan_out_high: int = 5
    frequent_runs_per_day: int = 48
    pin: Mapping[str, int] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    retire: tuple[str, ...] = ()
    block: Block = Block.ERRORS
    source_environment: str = "blue"
    green_environment: str = "green"
    green_class: str | None = None
    green_max_workers: int = 10
    task_seconds: int = 60
    """How long a task is taken to last where nobody says."""
    window_hours: int = 4
    cutover_minutes: int = 15
    default_duration_minutes: int = 10
