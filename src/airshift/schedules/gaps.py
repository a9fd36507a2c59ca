"""Quiet slots: stretches of time in which no DAG of a group starts a run or is busy with one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

from airshift.schedules.sequence import runs
from airshift.schedules.timetables import Continuous, CronIntervals, CronTriggers, Schedule

_SETTLED = timedelta(days=366 * 8)


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
    plain = [_without_start(schedule, window.start) for schedule in schedules]
    for schedule, duration in _longest(plain, durations).items():
        if isinstance(schedule.timetable, Continuous):
            yield window.start, window.end
        for run in runs(schedule, window.start - duration, window.end):
            yield run.run_after, run.run_after + duration


def _longest(schedules: Sequence[Schedule], durations: Iterable[timedelta]) -> dict[Schedule, timedelta]:
    """Each different schedule once, with the longest of its DAGs' durations."""
    found: dict[Schedule, timedelta] = {}
    known = list(durations)[: len(schedules)]
    for schedule, duration in zip_longest(schedules, known, fillvalue=timedelta()):
        assert isinstance(schedule, Schedule)
        assert isinstance(duration, timedelta)
        found[schedule] = max(duration, found.get(schedule, timedelta()))
    return found


def _without_start(schedule: Schedule, moment: datetime) -> Schedule:
    """The same schedule for all DAGs that share a cron and began long ago."""
    is_cron = isinstance(schedule.timetable, CronIntervals | CronTriggers)
    if not is_cron or schedule.start is None or moment - schedule.start < _SETTLED:
        return schedule
    return replace(schedule, start=None, catchup=False)
