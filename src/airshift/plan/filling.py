"""A first plan: parts by level into as few waves as they need."""

from __future__ import annotations

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


def rank_of(part: Part) -> float:
    """The place of its level; of parts of a split group, the mean over their DAGs."""
    return round(sum(unit.rank * unit.size for unit in part) / size_of(part), 1)


def fill(parts: Sequence[Part], limits: Limits) -> list[Bin]:
    """Waves for all parts, the least critical first; each part goes into the first wave with room.

    Large parts are placed first, single DAGs last and by name: a DAG that joins an estate is then often the
    last to be placed and moves no other.
    """
    found: list[Bin] = []
    for _, of_rank in groupby(sorted(parts, key=_order), key=rank_of):
        found += _fill_level(list(of_rank), limits)
    return found


def _order(part: Part) -> tuple[float, int, int, str]:
    size = size_of(part)
    work = minutes_of(part) if size > 1 else 0
    return rank_of(part), -size, -work, part[0].names[0]


def _fill_level(parts: Sequence[Part], limits: Limits) -> list[Bin]:
    bins: list[Bin] = []
    first_open = 0
    for part in parts:
        size, minutes = size_of(part), minutes_of(part)
        while first_open < len(bins) and bins[first_open].size >= limits.dags:
            first_open += 1
        fitting = (one for one in bins[first_open:] if limits.hold(one.size + size, one.minutes + minutes))
        chosen = next(fitting, None)
        if chosen is None:
            chosen = Bin()
            bins.append(chosen)
        chosen.add(part)
    return bins
