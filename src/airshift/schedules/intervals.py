"""The next run of timetables with data intervals."""

from __future__ import annotations

from datetime import datetime

from airshift.schedules.grid import aligned_down, aligned_up, following, period_floor
from airshift.schedules.timetables import CronIntervals, DeltaIntervals, Run, Schedule


def next_interval(
    schedule: Schedule, timetable: CronIntervals | DeltaIntervals, last: Run | None, now: datetime
) -> Run | None:
    """The run for the interval after the last one, or for the first that the dates allow."""
    earliest = _earliest_interval(schedule, timetable, now)
    if last is None and earliest is None:
        return None
    start = earliest
    if last is not None:
        aligned = aligned_down(timetable, last.data_interval_end)
        start = aligned if earliest is None else max(aligned, earliest)
        if schedule.rules.skips_repeated_start and last.data_interval_end == last.logical_date == start:
            start = following(timetable, start)
    assert start is not None
    if schedule.is_over(start):
        return None
    end = following(timetable, start)
    return Run(end, start, end)


def _earliest_interval(
    schedule: Schedule, timetable: CronIntervals | DeltaIntervals, now: datetime
) -> datetime | None:
    start = schedule.start
    if not schedule.catchup:
        latest = _latest_complete(schedule, timetable, now)
        return latest if start is None else max(latest, aligned_up(timetable, start))
    return None if start is None else aligned_up(timetable, start)


def _latest_complete(
    schedule: Schedule, timetable: CronIntervals | DeltaIntervals, now: datetime
) -> datetime:
    """The start of the newest interval that has ended, which is where a DAG without catchup begins."""
    if isinstance(timetable, DeltaIntervals):
        return period_floor(schedule, timetable.delta, now) - timetable.delta
    cron = timetable.cron
    last_start = cron.preceding(now)
    return last_start if cron.following(last_start) == now else cron.preceding(last_start)
