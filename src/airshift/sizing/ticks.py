"""When runs start, as minutes since the beginning of the simulation: by the clock, and by what other DAGs do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from airshift.estate.model import Edge, EdgeKind
from airshift.schedules import (
    Assets,
    Continuous,
    CronIntervals,
    CronTriggers,
    Schedule,
    runs,
)
from airshift.sizing.shape import Shape

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Clock:
    """Ticks of schedules in a stretch of time; DAGs that share a schedule share one tuple of ticks."""

    start: datetime
    minutes: int
    _known: dict[Schedule, tuple[int, ...]] = field(default_factory=dict)

    def ticks(self, schedule: Schedule, length: int) -> tuple[int, ...]:
        """When a DAG runs whose runs take `length` minutes, which only `@continuous` asks for."""
        if isinstance(schedule.timetable, Continuous):
            return tuple(range(0, self.minutes, max(1, length)))
        plain = self._plain(schedule)
        if plain not in self._known:
            end = self.start + self.minutes * MINUTE
            moments = (run.run_after for run in runs(plain, self.start, end))
            self._known[plain] = tuple((moment - self.start) // MINUTE for moment in moments)
        return self._known[plain]

    def _plain(self, schedule: Schedule) -> Schedule:
        """The same for all DAGs with one cron that have begun by then and do not end."""
        end = schedule.end
        if end is not None and end > self.start + (self.minutes + 1) * MINUTE:
            schedule = replace(schedule, end=None)
        match schedule.timetable:
            case CronIntervals(cron) if schedule.start and schedule.start <= cron.preceding(self.start):
                return replace(schedule, start=None, catchup=False)
            case CronTriggers() if schedule.start and schedule.start <= self.start:
                return replace(schedule, start=None, catchup=False)
            case _:
                return schedule


@dataclass(slots=True)
class Ticking:
    """Ticks of all DAGs of an estate: a run that is triggered, or that an asset starts, follows from others."""

    clock: Clock
    schedules: Mapping[str, Schedule]
    shapes: Mapping[str, Shape]
    task_ids: Mapping[str, Sequence[str]]
    edges: Mapping[str, Sequence[Edge]]
    """By their target."""
    needs_all: Mapping[str, bool]
    """Whether a DAG waits for an event of each of its producers, or runs with any."""
    circles: set[str] = field(default_factory=set)
    _found: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def ticks(self, key: str) -> tuple[int, ...]:
        """When a DAG's runs start."""
        if key in self._found:
            return self._found[key]
        if key in self._open:
            self.circles.add(key)
            return self.clock.ticks(self.schedules[key], self.shapes[key].length)
        self._open.add(key)
        ticks = self._ticks(key)
        self._open.discard(key)
        self._found[key] = ticks
        return ticks

    def _ticks(self, key: str) -> tuple[int, ...]:
        own = self.clock.ticks(self.schedules[key], self.shapes[key].length)
        edges = [edge for edge in self.edges.get(key, ()) if edge.source in self.schedules]
        triggered: list[Sequence[int]] = [
            self._events(edge) for edge in edges if edge.kind is EdgeKind.TRIGGER
        ]
        # The tasks of a SubDAG run within those of its parent.
        triggered += [self.ticks(edge.source) for edge in edges if edge.kind is EdgeKind.SUBDAG]
        produced = {
            (edge.via, edge.source): self._events(edge) for edge in edges if edge.kind is EdgeKind.ASSET
        }
        if not triggered and not produced:
            return own
        by_asset: dict[str, set[int]] = {}
        for (asset, _), events in produced.items():
            by_asset.setdefault(asset, set()).update(events)
        is_asset = isinstance(self.schedules[key].timetable, Assets)
        wait = is_asset and self.needs_all.get(key, True)
        started = _when_all(by_asset) if wait else [tick for events in by_asset.values() for tick in events]
        return tuple(sorted({*own, *started, *(tick for events in triggered for tick in events)}))

    def _events(self, edge: Edge) -> list[int]:
        """When runs of an edge's source reach the task that makes the edge; at their end where that is not known."""
        shape, names = self.shapes[edge.source], self.task_ids[edge.source]
        offset = shape.ends[names.index(edge.via)] if edge.via in names else shape.length
        return [tick + offset for tick in self.ticks(edge.source) if tick + offset < self.clock.minutes]


def _when_all(events: Mapping[str, set[int]]) -> list[int]:
    """The moments at which every asset has had an event since the last time."""
    found: list[int] = []
    missing = set(events)
    for tick, name in sorted((tick, name) for name, ticks in events.items() for tick in ticks):
        missing.discard(name)
        if not missing:
            found.append(tick)
            missing = set(events)
    return found
