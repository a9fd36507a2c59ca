"""Which run a timetable makes next: Airflow's own decision, as a pure function of the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from airshift.schedules.cron import Cron
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
    Timetable,
    Unreadable,
)
from airshift.schedules.versions import Rules

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """A DAG's timetable on one version of Airflow, with the limits that its dates set."""

    timetable: Timetable
    rules: Rules
    start: datetime | None = None
    end: datetime | None = None
    catchup: bool = False


def next_run(schedule: Schedule, last: Run | None, now: datetime) -> Run | None:
    """The run that the scheduler plans at `now` after the `last` one it made; None when there is none.

    It may lie in the past (it starts at once then) or in the future.
    """
    timetable = schedule.timetable
    match timetable:
        case CronIntervals() | DeltaIntervals():
            return _next_interval(schedule, timetable, last, now)
        case CronTriggers() | DeltaTriggers():
            return _next_trigger(schedule, timetable, last, now)
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


def _next_interval(
    schedule: Schedule, timetable: CronIntervals | DeltaIntervals, last: Run | None, now: datetime
) -> Run | None:
    earliest = _earliest_interval(schedule, timetable, now)
    if last is None and earliest is None:
        return None
    start = earliest
    if last is not None:
        aligned = _aligned_down(timetable, last.data_interval_end)
        start = aligned if earliest is None else max(aligned, earliest)
        if schedule.rules.skips_repeated_start and last.data_interval_end == last.logical_date == start:
            start = _following(timetable, start)
    assert start is not None
    if schedule.end is not None and start > schedule.end:
        return None
    end = _following(timetable, start)
    return Run(end, start, end)


def _earliest_interval(
    schedule: Schedule, timetable: CronIntervals | DeltaIntervals, now: datetime
) -> datetime | None:
    start = schedule.start
    if not schedule.catchup:
        latest = _latest_complete(schedule, timetable, now)
        return latest if start is None else max(latest, _aligned_up(timetable, start))
    return None if start is None else _aligned_up(timetable, start)


def _latest_complete(
    schedule: Schedule, timetable: CronIntervals | DeltaIntervals, now: datetime
) -> datetime:
    """The start of the newest interval that has ended, which is where a DAG without catchup begins."""
    if isinstance(timetable, DeltaIntervals):
        return period_floor(schedule, timetable.delta, now) - timetable.delta
    cron = timetable.cron
    last_start = cron.preceding(now)
    return last_start if cron.following(last_start) == now else cron.preceding(last_start)


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


def _next_trigger(
    schedule: Schedule, timetable: CronTriggers | DeltaTriggers, last: Run | None, now: datetime
) -> Run | None:
    found = [_next_tick(schedule, timetable, part, last, now) for part in _parts(timetable)]
    ticks = [tick for tick in found if tick is not None and not _is_over(schedule, tick)]
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
            return _following(part, last.data_interval_end)
        return _first_tick(schedule, timetable, part, now) if start is None else _aligned_up(part, start)
    candidates = [_aligned_down(part, now)]
    if last is not None:
        candidates.append(_following(part, last.data_interval_end))
    elif start is None and schedule.rules.trigger_without_start:
        candidates.append(_first_without_start(timetable, part, now))
    if start is not None:
        candidates.append(_aligned_up(part, start))
    return max(candidates)


def _first_tick(
    schedule: Schedule, timetable: CronTriggers | DeltaTriggers, part: Part, now: datetime
) -> datetime | None:
    if not schedule.rules.trigger_without_start:
        return None
    return _first_without_start(timetable, part, now)


def _first_without_start(timetable: CronTriggers | DeltaTriggers, part: Part, now: datetime) -> datetime:
    """The last tick when it is recent enough for `run_immediately`, else the next one."""
    past, coming = _aligned_down(part, now), _aligned_up(part, now)
    if isinstance(timetable, DeltaTriggers) or timetable.immediately is True:
        return past
    patience = max((coming - past) / 10, timedelta(minutes=5))
    if isinstance(timetable.immediately, timedelta):
        patience = timetable.immediately
    return past if now - past <= patience else coming


def _once(schedule: Schedule, last: Run | None, now: datetime) -> Run | None:
    start = schedule.start
    if start is None and schedule.rules.once_without_start:
        start = now
    if last is not None or start is None or _is_over(schedule, start):
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
    return None if _is_over(schedule, end) else Run(end, start, end)


def _next_event(
    schedule: Schedule, dates: tuple[datetime, ...], last: Run | None, now: datetime
) -> Run | None:
    start = schedule.start
    if not schedule.catchup and (start is None or now > start):
        start = now
    for date in dates:
        is_done = last is not None and date <= last.data_interval_end
        if not is_done and (start is None or date >= start):
            return None if _is_over(schedule, date) else Run(date, date, date)
    return None


def _is_over(schedule: Schedule, moment: datetime) -> bool:
    return schedule.end is not None and moment > schedule.end


Grid = CronIntervals | DeltaIntervals | Cron | DeltaTriggers


def _following(grid: Grid, moment: datetime) -> datetime:
    match grid:
        case CronIntervals(cron):
            return cron.following(moment)
        case Cron():
            return grid.following(moment)
        case DeltaIntervals(delta) | DeltaTriggers(delta):
            return moment + delta
        case _:
            assert_never(grid)


def _aligned_up(grid: Grid, moment: datetime) -> datetime:
    cron = _cron_of(grid)
    return moment if cron is None else cron.at_or_after(moment)


def _aligned_down(grid: Grid, moment: datetime) -> datetime:
    cron = _cron_of(grid)
    return moment if cron is None else cron.at_or_before(moment)


def _cron_of(grid: Grid) -> Cron | None:
    if isinstance(grid, CronIntervals):
        return grid.cron
    return grid if isinstance(grid, Cron) else None
