"""The margins of a wave, and the clock it goes by."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The operator's clock."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Settings:
    """How careful and how patient a wave is."""

    margin: timedelta = timedelta(seconds=60)
    """A run that is due sooner closes the gap."""
    settle: timedelta = timedelta(seconds=10)
    """After a change, until what is read counts: longer than a scheduler's loop, and than any reading is old."""
    uncertain: timedelta = timedelta(seconds=30)
    """The same after a call without an answer: it has had its effect by then, or never will."""
    fresh: timedelta = timedelta(seconds=20)
    """How old a reading may be that something is decided by."""
    poll: timedelta = timedelta(seconds=5)
    patience: timedelta = timedelta(minutes=60)
    """How long to wait for a gap, or for a run to end, before going back."""
    watch: timedelta = timedelta(minutes=30)
    """How long to wait for first runs after the last unpause."""
    judged_every: timedelta = timedelta(seconds=60)
    max_skew: timedelta = timedelta(seconds=10)
    """How far the clocks of operator and environments may be apart."""
    heartbeat_lag: timedelta = timedelta(seconds=60)
    """How old the newest heartbeat may be, which is all that an environment says of its clock."""
    attempts: int = 5
    """Refused calls in a row before a DAG turns back."""
    auto_rollback: bool = False
