"""Split a group that no wave holds into parts that one does, where the links are cheapest."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from airshift.plan.coupling import Link
from airshift.plan.units import Group, Limits, Unit

_ROUNDS = 4
"""Rounds of moving single units between parts; later ones find next to nothing."""


def split(group: Group, limits: Limits) -> list[tuple[Unit, ...]]:
    """Parts of a group, each within the limits and with one pinned wave at most."""
    if len(group.units) == 1:
        return [group.units]
    parts = _Parts(group.units, group.links, limits)
    parts.join()
    parts.refine()
    return parts.result()


class _Parts:
    """Parts under construction: every unit is one at first, the most linked ones are joined."""

    def __init__(self, units: Sequence[Unit], links: Sequence[Link], limits: Limits) -> None:
        self.units = units
        self.limits = limits
        number = {unit.names[0]: place for place, unit in enumerate(units)}
        self.near: list[dict[int, int]] = [{} for _ in units]
        for link in links:
            first, second = number[link.first], number[link.second]
            self.near[first][second] = self.near[second][first] = link.cost
        self.part = list(range(len(units)))
        self.inside: dict[int, list[int]] = {place: [place] for place in range(len(units))}
        self.size = {place: unit.size for place, unit in enumerate(units)}
        self.minutes = {place: unit.minutes for place, unit in enumerate(units)}
        self.pin = {place: unit.pin for place, unit in enumerate(units)}

    def join(self) -> None:
        """Join parts, those first whose link weighs most for their size."""
        weight: dict[int, dict[int, int]] = {place: dict(near) for place, near in enumerate(self.near)}
        version = [0] * len(self.units)
        heap = [
            (-cost / 2, one, other, 0, 0)
            for one, near in weight.items()
            for other, cost in near.items()
            if one < other
        ]
        heapq.heapify(heap)
        while heap:
            _, one, other, first, second = heapq.heappop(heap)
            if version[one] != first or version[other] != second or not self._joinable(one, other):
                continue
            self._merge(one, other, weight)
            version[one] += 1
            version[other] += 1
            for third, cost in weight[one].items():
                rate = -cost / (self.size[one] + self.size[third])
                low, high = min(one, third), max(one, third)
                heapq.heappush(heap, (rate, low, high, version[low], version[high]))

    def _joinable(self, one: int, other: int) -> bool:
        if one not in self.inside or other not in self.inside:
            return False
        pins = {self.pin[one], self.pin[other]} - {None}
        fits = self.limits.hold(self.size[one] + self.size[other], self.minutes[one] + self.minutes[other])
        return fits and len(pins) < 2

    def _merge(self, one: int, other: int, weight: dict[int, dict[int, int]]) -> None:
        for unit in self.inside[other]:
            self.part[unit] = one
        self.inside[one] += self.inside.pop(other)
        self.size[one] += self.size.pop(other)
        self.minutes[one] += self.minutes.pop(other)
        pin = self.pin.pop(other)
        self.pin[one] = pin if self.pin[one] is None else self.pin[one]
        for third, cost in weight.pop(other).items():
            del weight[third][other]
            if third != one:
                total = weight[one].get(third, 0) + cost
                weight[one][third] = weight[third][one] = total

    def refine(self) -> None:
        """Move single units to the part that most of their links lead to."""
        for _ in range(_ROUNDS):
            moved = [unit for unit in range(len(self.units)) if self._improve(unit)]
            if not moved:
                return

    def _improve(self, unit: int) -> bool:
        pull: dict[int, int] = {}
        for other, cost in self.near[unit].items():
            pull[self.part[other]] = pull.get(self.part[other], 0) + cost
        here = self.part[unit]
        for part, cost in sorted(pull.items(), key=lambda item: (-item[1], item[0])):
            if cost <= pull.get(here, 0):
                return False
            if part != here and self._takes(part, unit):
                self._move(unit, here, part)
                return True
        return False

    def _takes(self, part: int, unit: int) -> bool:
        one = self.units[unit]
        free = self.limits.hold(self.size[part] + one.size, self.minutes[part] + one.minutes)
        return free and (one.pin is None or one.pin == self.pin[part])

    def _move(self, unit: int, here: int, there: int) -> None:
        one = self.units[unit]
        self.part[unit] = there
        self.inside[here].remove(unit)
        self.inside[there].append(unit)
        for part, sign in ((here, -1), (there, 1)):
            self.size[part] += sign * one.size
            self.minutes[part] += sign * one.minutes

    def result(self) -> list[tuple[Unit, ...]]:
        """The parts, in order of their first names."""
        found = [
            tuple(self.units[unit] for unit in sorted(inside)) for inside in self.inside.values() if inside
        ]
        return sorted(found, key=lambda units: units[0].names)
