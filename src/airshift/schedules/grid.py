"""The moments a schedule is made of: cron ticks, or multiples of a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from airshift.schedules.cron import Cron
from airshift.schedules.timetables import CronIntervals, DeltaIntervals, DeltaTriggers, Schedule

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

Grid = CronIntervals | DeltaIntervals | Cron | DeltaTriggers


def following(grid: Grid, moment: datetime) -> datetime:
    """The next of them after a moment."""
    match grid:
        case CronIntervals(cron):
            return cron.following(moment)
        case Cron():
            return grid.following(moment)
        case DeltaIntervals(delta) | DeltaTriggers(delta):
            return moment + delta
        case _:
            assert_never(grid)


def aligned_up(grid: Grid, moment: datetime) -> datetime:
    """The moment itself where it is one of them, else the next; a period begins anywhere."""
    cron = _cron_of(grid)
    return moment if cron is None else cron.at_or_after(moment)


def aligned_down(grid: Grid, moment: datetime) -> datetime:
    """The moment itself where it is one of them, else the one before; a period begins anywhere."""
    cron = _cron_of(grid)
    return moment if cron is None else cron.at_or_before(moment)


def _cron_of(grid: Grid) -> Cron | None:
    if isinstance(grid, CronIntervals):
        return grid.cron
    return grid if isinstance(grid, Cron) else None


def period_floor(schedule: Schedule, delta: timedelta | relativedelta, now: datetime) -> datetime:
    """`now` rounded down to the grid of a period: counted from 1970, months by version from the start date."""
    if not isinstance(delta, timedelta):
        if schedule.rules.months_from_start and (delta.months or delta.years):
            return _last_step(schedule.start or now, delta, now)
        seconds = _seconds(delta)
    else:
        seconds = delta.total_seconds()
    elapsed = now.timestamp()
    return datetime.fromtimestamp(elapsed - elapsed % seconds, UTC)


def _last_step(boundary: datetime, delta: relativedelta, now: datetime) -> datetime:
    while (following := boundary + delta) <= now:
        boundary = following
    return boundary


def _seconds(delta: relativedelta) -> float:
    days = delta.years * 365 + delta.months * 30 + delta.days
    return ((days * 24 + delta.hours) * 60 + delta.minutes) * 60 + delta.seconds
