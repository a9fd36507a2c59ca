"""The runs of a DAG that is never paused, over a stretch of time."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, assert_never

from airshift.schedules.cron import Cron
from airshift.schedules.grid import period_floor
from airshift.schedules.timetables import (
    Assets,
    Continuous,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Events,
    Never,
    Once,
    Run,
    Schedule,
    Unreadable,
)

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

_LONGEST = timedelta(days=366 * 8)
"""No cron pauses for longer: a 29 February may be eight years away."""


def runs(schedule: Schedule, after: datetime, until: datetime) -> Iterator[Run]:
    """The scheduled runs with `after <= run_after < until`, oldest first.

    Periods (`timedelta`) count from the start date, except that without catchup data intervals lie on the grid
    which Airflow itself takes for a DAG that is first unpaused after its start date (multiples of the period
    since 1970). `@continuous`, asset schedules and what cannot be read have no runs that a clock tells.
    """
    after, until = after.astimezone(UTC), until.astimezone(UTC)
    for run in takewhile(lambda run: run.run_after < until, _from(schedule, after)):
        if schedule.end is not None and _limited(schedule, run) > schedule.end:
            return
        yield run


def last_run(schedule: Schedule, at: datetime) -> Run | None:
    """The newest run that a never-paused DAG has started by `at`."""
    reach = timedelta(hours=1)
    moment = at.astimezone(UTC) + timedelta.resolution
    while reach < 4 * _LONGEST:
        newest = deque(runs(schedule, moment - reach, moment), maxlen=1)
        if newest:
            return newest[0]
        if schedule.start is not None and moment - reach < schedule.start:
            return None
        reach *= 4
    return None


def coming_run(schedule: Schedule, at: datetime) -> Run | None:
    """The first run that a never-paused DAG starts after `at`."""
    return next(runs(schedule, at + timedelta.resolution, at + 2 * _LONGEST), None)


def _limited(schedule: Schedule, run: Run) -> datetime:
    """What the end date limits: the interval's start, or the moment of a triggered run."""
    is_interval = isinstance(schedule.timetable, CronIntervals | DeltaIntervals)
    return run.logical_date if is_interval else run.run_after


def _from(schedule: Schedule, after: datetime) -> Iterator[Run]:
    timetable = schedule.timetable
    start = schedule.start
    match timetable:
        case CronIntervals(cron):
            first = cron.preceding(after)
            if start is not None:
                first = max(first, cron.at_or_after(start))
            yield from _intervals(_cron_ticks(cron, first), after)
        case DeltaIntervals(delta):
            yield from _intervals(_steps(_phase(schedule, delta, after), delta, after), after)
        case CronTriggers(crons, interval):
            first = after if start is None else max(after, start)
            merged = heapq.merge(*(_cron_ticks(cron, cron.at_or_after(first)) for cron in crons))
            yield from (Run(tick, tick - interval, tick) for tick, _ in groupby(merged))
        case DeltaTriggers(delta, interval):
            ticks = (tick for tick in _steps(start or after, delta, after) if tick >= after)
            yield from (Run(tick, tick - interval, tick) for tick in ticks)
        case Once():
            if start is not None and start >= after:
                yield Run(start, start, start)
        case Events(dates):
            first = after if start is None else max(after, start)
            yield from (Run(date, date, date) for date in dates if date >= first)
        case Continuous() | Never() | Assets() | Unreadable():
            return
        case _:
            assert_never(timetable)


def _cron_ticks(cron: Cron, tick: datetime) -> Iterator[datetime]:
    while True:
        yield tick
        tick = cron.following(tick)


def _intervals(ticks: Iterator[datetime], after: datetime) -> Iterator[Run]:
    begin = next(ticks)
    for end in ticks:
        if end >= after:
            yield Run(end, begin, end)
        begin = end


def _phase(schedule: Schedule, delta: timedelta | relativedelta, after: datetime) -> datetime:
    start = schedule.start
    has_months = not isinstance(delta, timedelta) and (delta.months or delta.years)
    if start is None:
        return period_floor(schedule, delta, after) - delta
    if schedule.catchup or has_months:
        return start
    floor = period_floor(schedule, delta, start)
    return floor if floor == start else floor + delta


def _steps(tick: datetime, delta: timedelta | relativedelta, after: datetime) -> Iterator[datetime]:
    if isinstance(delta, timedelta):
        tick += max(0, (after - tick) // delta - 1) * delta
    while True:
        yield tick
        tick += delta
