"""Which run a timetable makes next: Airflow's own decision, as a pure function of the time."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from airshift.schedules.intervals import next_interval
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
from airshift.schedules.triggers import next_trigger


def next_run(schedule: Schedule, last: Run | None, now: datetime) -> Run | None:
    """The run that the scheduler plans at `now` after the `last` one it made; None when there is none.

    It may lie in the past (it starts at once then) or in the future.
    """
    timetable = schedule.timetable
    match timetable:
        case CronIntervals() | DeltaIntervals():
            return next_interval(schedule, timetable, last, now)
        case CronTriggers() | DeltaTriggers():
            return next_trigger(schedule, timetable, last, now)
        case Once():
            return _once(schedule, last, now)
        case Continuous():
            return _continuous(schedule, last, now)
        case Events():
            return _next_event(schedule, timetable.dates, last, now)
        case Never() | Assets() | Unreadable():
            return None
        case _:
            assert_never(timetable)


def _once(schedule: Schedule, last: Run | None, now: datetime) -> Run | None:
    start = schedule.start
    if start is None and schedule.rules.once_without_start:
        start = now
    if last is not None or start is None or schedule.is_over(start):
        return None
    return Run(start, start, start)


def _continuous(schedule: Schedule, last: Run | None, now: datetime) -> Run | None:
    start = schedule.start
    if start is None and schedule.rules.continuous_without_start:
        start = now
    if start is None:
        return None
    end = max(start, now)
    if last is not None and schedule.rules.continuous_waits and last.data_interval_end > now:
        end = start + (last.data_interval_end - last.data_interval_start)
    elif last is not None:
        start, end = last.data_interval_end, now
    return None if schedule.is_over(end) else Run(end, start, end)


def _next_event(
    schedule: Schedule, dates: tuple[datetime, ...], last: Run | None, now: datetime
) -> Run | None:
    start = schedule.start
    if not schedule.catchup and (start is None or now > start):
        start = now
    for date in dates:
        is_done = last is not None and date <= last.data_interval_end
        if not is_done and (start is None or date >= start):
            return None if schedule.is_over(date) else Run(date, date, date)
    return None
