"""A first plan: parts by level into as few waves as they need, the work spread evenly."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from airshift.plan.units import Limits, Unit

Part = tuple[Unit, ...]


@dataclass(slots=True)
class Bin:
    """A wave that is being filled."""

    parts: list[Part] = field(default_factory=list)
    size: int = 0
    minutes: int = 0

    def add(self, part: Part) -> None:
        """Take a part in."""
        self.parts.append(part)
        self.size += size_of(part)
        self.minutes += minutes_of(part)


def size_of(part: Part) -> int:
    """The DAGs of a part."""
    return sum(unit.size for unit in part)


def minutes_of(part: Part) -> int:
    """The work of a part."""
    return sum(unit.minutes for unit in part)


def rank_of(part: Part) -> int:
    """The level's place of its most critical DAG."""
    return max(unit.rank for unit in part)


def fill(parts: Sequence[Part], limits: Limits) -> list[Bin]:
    """Waves for all parts, the least critical first.

    Large parts are placed first, single DAGs last and in order of their work: a DAG that joins an estate is
    then mostly the last to be placed and moves no other.
    """
    found: list[Bin] = []
    for _, of_rank in groupby(sorted(parts, key=_order), key=rank_of):
        found += _fill_level(list(of_rank), limits)
    return found


def _order(part: Part) -> tuple[int, bool, int, int, str]:
    size = size_of(part)
    return rank_of(part), size == 1, -size, -minutes_of(part), part[0].names[0]


def _fill_level(parts: Sequence[Part], limits: Limits) -> list[Bin]:
    size, minutes = sum(map(size_of, parts)), sum(map(minutes_of, parts))
    bins = [Bin() for _ in range(max(-(-size // limits.dags), -(-minutes // limits.minutes)))]
    least = [(0, 0, number) for number in range(len(bins))]
    for part in parts:
        number = _take_least(least, bins, part, limits)
        bins[number].add(part)
        heapq.heappush(least, (bins[number].minutes, bins[number].size, number))
    return [one for one in bins if one.parts]


def _take_least(least: list[tuple[int, int, int]], bins: list[Bin], part: Part, limits: Limits) -> int:
    """Take the wave with the least work that has room off the heap, or a new one."""
    size, minutes = size_of(part), minutes_of(part)
    passed: list[tuple[int, int, int]] = []
    found = -1
    while least and found < 0:
        entry = heapq.heappop(least)
        if limits.hold(entry[1] + size, entry[0] + minutes):
            found = entry[2]
        elif entry[1] < limits.dags:
            passed.append(entry)
    for entry in passed:
        heapq.heappush(least, entry)
    if found < 0:
        bins.append(Bin())
        found = len(bins) - 1
    return found
