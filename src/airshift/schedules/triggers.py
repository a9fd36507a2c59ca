"""The next run of timetables that fire at points in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from airshift.schedules.cron import Cron
from airshift.schedules.grid import aligned_down, aligned_up, following
from airshift.schedules.timetables import CronTriggers, DeltaTriggers, Run, Schedule


def next_trigger(
    schedule: Schedule, timetable: CronTriggers | DeltaTriggers, last: Run | None, now: datetime
) -> Run | None:
    """The run at the next tick; of several crons the one that Airflow chooses."""
    found = [_next_tick(schedule, timetable, part, last, now) for part in _parts(timetable)]
    ticks = [tick for tick in found if tick is not None and not schedule.is_over(tick)]
    if not ticks:
        return None
    # Airflow compares logical dates here, so an `interval` lets a tick that is yet to come count as past.
    past = [tick for tick in ticks if tick - timetable.interval <= now]
    tick = max(past) if past and not schedule.catchup else min(ticks)
    return Run(tick, tick - timetable.interval, tick)


Part = Cron | DeltaTriggers
"""What has its own sequence of ticks: one cron of several, or a period."""


def _parts(timetable: CronTriggers | DeltaTriggers) -> Iterable[Part]:
    return timetable.crons if isinstance(timetable, CronTriggers) else (timetable,)


def _next_tick(
    schedule: Schedule, timetable: CronTriggers | DeltaTriggers, part: Part, last: Run | None, now: datetime
) -> datetime | None:
    start = schedule.start
    if schedule.catchup:
        if last is not None:
            return following(part, last.data_interval_end)
        return _first_tick(schedule, timetable, part, now) if start is None else aligned_up(part, start)
    candidates = [aligned_down(part, now)]
    if last is not None:
        candidates.append(following(part, last.data_interval_end))
    elif start is None and schedule.rules.trigger_without_start:
        candidates.append(_first_without_start(timetable, part, now))
    if start is not None:
        candidates.append(aligned_up(part, start))
    return max(candidates)


def _first_tick(
    schedule: Schedule, timetable: CronTriggers | DeltaTriggers, part: Part, now: datetime
) -> datetime | None:
    if not schedule.rules.trigger_without_start:
        return None
    return _first_without_start(timetable, part, now)


def _first_without_start(timetable: CronTriggers | DeltaTriggers, part: Part, now: datetime) -> datetime:
    """The last tick when it is recent enough for `run_immediately`, else the next one."""
    past, coming = aligned_down(part, now), aligned_up(part, now)
    if isinstance(timetable, DeltaTriggers) or timetable.immediately is True:
        return past
    patience = max((coming - past) / 10, timedelta(minutes=5))
    if isinstance(timetable.immediately, timedelta):
        patience = timetable.immediately
    return past if now - past <= patience else coming
