"""Which DAGs may start some minutes earlier or later without anybody noticing, and which may not, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from airshift.estate.model import Edge, EdgeKind
from airshift.plan.coupling import groups
from airshift.schedules import CronIntervals, CronTriggers
from airshift.sizing.estate import Estate
from airshift.sizing.minutes import Minutes, minutes_of
from airshift.sizing.model import Flow

DAY = 24 * 60
_FOLLOWS = frozenset({EdgeKind.TRIGGER, EdgeKind.ASSET, EdgeKind.SUBDAG})
"""A DAG that follows from another one like this moves with it."""
_COUPLES = _FOLLOWS | {EdgeKind.SENSOR, EdgeKind.MARKER, EdgeKind.API}


class Kept(StrEnum):
    """Why the minute of a DAG stays."""

    NO_CLOCK = "no cron schedule"
    MINUTES = "its minutes are no plain numbers"
    WISHED = "kept by --keep"
    READS_TIME = "a task reads the time of its run"
    COUPLED = "its order with other DAGs depends on the minute"
    LIMITED = "its limits hold its runs back"


@dataclass(frozen=True, slots=True)
class Unit:
    """A DAG that may be moved, with the DAGs that follow from it."""

    key: str
    minutes: Minutes
    members: tuple[Flow, ...]
    shifts: tuple[int, ...]
    """In the order in which they are tried."""


def units_of(
    estate: Estate, held_back: Collection[str], keep: Sequence[str]
) -> tuple[tuple[Unit, ...], Mapping[str, Kept]]:
    """The units of an estate, and why the other DAGs stay where they are."""
    flows = {flow.key: flow for flow in estate.flows}
    kept: dict[str, Kept] = {}
    units: list[Unit] = []
    edges = [edge for edge in estate.edges if edge.kind in _COUPLES and edge.source != edge.target]
    inside = _inside(groups(flows, _pairs(edges, flows)), edges)
    for members, own in inside:
        clocked = [key for key in members if _has_clock(estate, key)]
        for key in clocked:
            minutes = minutes_of(estate.dags[key].schedule)
            reason = _why_kept(estate, key, members, clocked, own, held_back, keep)
            if reason is not None or minutes is None:
                kept[key] = reason or Kept.MINUTES
                continue
            moving = tuple(flows[name] for name in members)
            units.append(Unit(key, minutes, moving, _shifts(estate, flows[key], minutes)))
        kept |= {key: Kept.NO_CLOCK for key in members if key not in clocked}
    return tuple(units), kept


def _pairs(edges: Iterable[Edge], flows: Mapping[str, Flow]) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in edges if edge.source in flows and edge.target in flows]


def _inside(
    found: Iterable[tuple[str, ...]], edges: Iterable[Edge]
) -> list[tuple[tuple[str, ...], list[Edge]]]:
    """Each group with the edges that touch it, those to DAGs elsewhere included."""
    groups_ = list(found)
    number = {key: place for place, members in enumerate(groups_) for key in members}
    own: list[list[Edge]] = [[] for _ in groups_]
    for edge in edges:
        place = number.get(edge.source, number.get(edge.target))
        if place is not None:
            own[place].append(edge)
    return list(zip(groups_, own, strict=True))


def _has_clock(estate: Estate, key: str) -> bool:
    match estate.schedules[key].timetable:
        case CronIntervals():
            return True
        case CronTriggers(crons):
            return len(crons) == 1
        case _:
            return False


def _why_kept(
    estate: Estate,
    key: str,
    members: Sequence[str],
    clocked: Sequence[str],
    edges: Sequence[Edge],
    held_back: Collection[str],
    keep: Sequence[str],
) -> Kept | None:
    if any(fnmatchcase(name, pattern) for name in members for pattern in keep):
        return Kept.WISHED
    if len(clocked) > 1 or any(edge.kind not in _FOLLOWS or not edge.certain for edge in edges):
        return Kept.COUPLED
    if any(_other_clock(estate, name) for name in members if name != key):
        return Kept.COUPLED
    if any(estate.dags[name].reads_time for name in members):
        return Kept.READS_TIME
    return Kept.LIMITED if set(held_back) & set(members) else None


def _other_clock(estate: Estate, key: str) -> bool:
    """Whether a DAG that follows from another one also runs by something else that is not a plain cron."""
    return type(estate.schedules[key].timetable).__name__ not in ("Never", "Assets")


def _shifts(estate: Estate, flow: Flow, minutes: Minutes) -> tuple[int, ...]:
    """Shifts that leave every run on its day (UTC), which `{{ ds }}` is made of."""
    first = (estate.start.hour * 60 + estate.start.minute - estate.lead) % DAY
    of_day = [(first + tick) % DAY for tick in flow.ticks]
    earliest, latest = min(of_day, default=0), max(of_day, default=0)
    return tuple(by for by in minutes.shifts() if earliest + by >= 0 and latest + by < DAY)
