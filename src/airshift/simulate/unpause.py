"""The runs that a scheduler without history makes when a DAG is unpaused."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice

from airshift.schedules import Continuous, Run, Schedule, coming_run, next_run, runs
from airshift.simulate.model import Green

MOST = 10_000
"""Runs counted at most; a backlog of that size is a decision, not a number."""


@lru_cache(maxsize=4096)
def unpause(schedule: Schedule, now: datetime, last: Run | None = None) -> Green:
    """What happens at the unpause, optionally after a marker run was seeded."""
    first = next_run(schedule, last, now)
    if first is None or first.run_after > now:
        return Green(coming=first)
    if isinstance(schedule.timetable, Continuous):
        return Green((first,))
    due = _backlog(schedule, first, now) if schedule.catchup else (first,)
    following = next_run(schedule, due[-1], now)
    while len(due) < MOST and following is not None and following.run_after <= now:
        due = (*due, following)
        following = next_run(schedule, following, now)
    if len(due) >= MOST:
        return Green(due, coming_run(schedule, now), capped=True)
    return Green(due, following)


def _backlog(schedule: Schedule, first: Run, now: datetime) -> tuple[Run, ...]:
    """All runs of a DAG with catchup, from the first to now; the sequence is that of a DAG never paused."""
    missed = runs(schedule, first.run_after, now + timedelta.resolution)
    return tuple(islice((run for run in missed if run.logical_date >= first.logical_date), MOST)) or (first,)
