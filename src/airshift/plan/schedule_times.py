"""When the DAGs of an estate run, from their schedules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from airshift.estate.model import Dag
from airshift.schedules import (
    Assets,
    Continuous,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Never,
    Once,
    Schedule,
    Unreadable,
    coming_run,
    runs,
    schedule_of,
)
from airshift.targets import Target

_SHORTEST = timedelta(minutes=1)
"""A `@continuous` DAG is taken to start again at once, but not more often than this."""
_MOST = 2000
"""Runs looked at in one stretch of time; no schedule has more in a day."""


@dataclass(slots=True)
class ScheduleTimes:
    """`Times` of an estate's DAGs on the source version."""

    schedules: Mapping[str, Schedule]
    default: timedelta
    durations: Mapping[str, timedelta] = field(default_factory=dict)
    _known: dict[tuple[Schedule, datetime, datetime], tuple[datetime, ...]] = field(default_factory=dict)

    def runs(self, dag_id: str, start: datetime, end: datetime) -> Sequence[datetime]:
        """The runs a clock starts from `start` on and before `end`."""
        schedule = self.schedules.get(dag_id)
        if schedule is None:
            return ()
        key = (schedule, start, end)
        if key not in self._known:
            self._known[key] = tuple(islice(self._moments(schedule, dag_id, start, end), _MOST))
        return self._known[key]

    def _moments(self, schedule: Schedule, dag_id: str, start: datetime, end: datetime) -> Iterator[datetime]:
        if not isinstance(schedule.timetable, Continuous):
            yield from (run.run_after for run in runs(schedule, start, end))
            return
        while start < end:
            yield start
            start += max(self.duration(dag_id), _SHORTEST)

    def duration(self, dag_id: str) -> timedelta:
        """How long a run takes."""
        return self.durations.get(dag_id, self.default)

    def per_day(self, dag_id: str, day: datetime) -> float:
        """Runs a day; rarer ones as a fraction."""
        day = day.astimezone(UTC)
        found = self.runs(dag_id, day, day + timedelta(days=1))
        if found:
            return float(len(found))
        schedule = self.schedules.get(dag_id)
        first = coming_run(schedule, day) if schedule is not None else None
        second = coming_run(schedule, first.run_after) if schedule is not None and first else None
        if first is None or second is None:
            return 0.0
        return round(timedelta(days=1) / (second.run_after - first.run_after), 6)

    def hours(self, dag_id: str, day: datetime) -> list[int]:
        """How many runs start in each hour (UTC) of the day that begins then."""
        counts = [0] * 24
        start = day.astimezone(UTC)
        for moment in self.runs(dag_id, start, start + timedelta(days=1)):
            counts[moment.hour] += 1
        return counts


def schedule_times(
    dags: Sequence[Dag], source: Target, now: datetime, default: timedelta, durations: Mapping[str, timedelta]
) -> ScheduleTimes:
    """The times of an estate's DAGs; of several DAGs with one key the first counts."""
    schedules: dict[str, Schedule] = {}
    for dag in dags:
        schedules.setdefault(dag.key, schedule_of(dag, source, now))
    return ScheduleTimes(schedules, default, durations)


def kind_of(schedule: Schedule) -> str:
    """The kind of a schedule in one word."""
    match schedule.timetable:
        case CronIntervals() | CronTriggers():
            return "cron"
        case DeltaIntervals() | DeltaTriggers():
            return "period"
        case Assets():
            return "asset"
        case Never():
            return "none"
        case Once():
            return "once"
        case Unreadable():
            return "unknown"
        case _:
            return "timetable"
