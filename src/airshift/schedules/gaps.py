"""Quiet slots: stretches of time in which no DAG of a group starts a run or is busy with one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from airshift.schedules.sequence import runs
from airshift.schedules.timetables import Continuous, CronIntervals, CronTriggers, Schedule


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time; the end is not part of it."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start


def gaps(
    schedules: Sequence[Schedule],
    window: Slot,
    *,
    durations: Sequence[timedelta] = (),
    shortest: timedelta = timedelta(minutes=1),
) -> Iterator[Slot]:
    """The slots of a window, in order, in which none of the DAGs starts or runs.

    `durations` says how long a run of the schedule at the same place lasts; what is missing counts as an
    instant. A slot begins where the last run before it has ended and ends where the next one starts.
    `@continuous` leaves no slot; asset schedules and unreadable ones say nothing about time and limit nothing.
    """
    free_from = window.start.astimezone(UTC)
    end = window.end.astimezone(UTC)
    for begin, finish in sorted(_busy(schedules, durations, Slot(free_from, end))):
        if begin - free_from >= shortest:
            yield Slot(free_from, begin)
        free_from = max(free_from, finish)
    if end - free_from >= shortest:
        yield Slot(free_from, end)


def _busy(
    schedules: Sequence[Schedule], durations: Iterable[timedelta], window: Slot
) -> Iterator[tuple[datetime, datetime]]:
    """Each different schedule once, with the longest of its DAGs' durations."""
    longest: dict[Schedule, timedelta] = {}
    for schedule, duration in zip(schedules, chain(durations, repeat(timedelta())), strict=False):
        plain = _without_start(schedule, window.start - duration)
        longest[plain] = max(duration, longest.get(plain, timedelta()))
    for schedule, duration in longest.items():
        if isinstance(schedule.timetable, Continuous):
            yield window.start, window.end
        for run in runs(schedule, window.start - duration, window.end):
            yield run.run_after, run.run_after + duration


def _without_start(schedule: Schedule, since: datetime) -> Schedule:
    """The same for all DAGs that share a cron and had begun by then."""
    match schedule.timetable:
        case CronIntervals(cron) if schedule.start is not None and schedule.start <= cron.preceding(since):
            return replace(schedule, start=None, catchup=False)
        case CronTriggers() if schedule.start is not None and schedule.start <= since:
            return replace(schedule, start=None, catchup=False)
        case _:
            return schedule
