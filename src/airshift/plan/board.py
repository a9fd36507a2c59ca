"""Units in waves, with the cost of the whole and of every single move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from airshift.plan.objective import CUT, TOGETHER, WAVE, WINDOW, Scale
from airshift.plan.units import Limits, Unit


class Board:
    """Waves stand in slots; an empty slot is no wave. Units outside (`slot` -1) cost nothing."""

    def __init__(
        self,
        units: Sequence[Unit],
        near: Sequence[Mapping[int, int]],
        slots: int,
        limits: Limits,
        scale: Scale,
    ) -> None:
        self.units = units
        self.near = near
        self.slots = slots
        self.limits = limits
        self.scale = scale
        self.where = [-1] * len(units)
        self.inside: list[set[int]] = [set() for _ in range(slots)]
        self.size = [0] * slots
        self.minutes = [0] * slots
        parts = max((len(unit.misfits) for unit in units), default=0)
        self._misfits = [[0] * parts for _ in range(slots)]
        self._ranks = max((unit.rank for unit in units), default=0) + 1
        self._before = [[0] * (slots + 1) for _ in range(self._ranks)]
        """DAGs of a rank in all slots before one."""

    def fits(self, unit: int, slot: int) -> bool:
        """Whether the limits allow the unit there too."""
        one = self.units[unit]
        return self.limits.hold(self.size[slot] + one.size, self.minutes[slot] + one.minutes)

    def put(self, unit: int, slot: int) -> None:
        """Place or move a unit; -1 takes it off."""
        one, here = self.units[unit], self.where[unit]
        for place, sign in ((here, -1), (slot, 1)):
            if place < 0:
                continue
            self.size[place] += sign * one.size
            self.minutes[place] += sign * one.minutes
            (self.inside[place].add if sign > 0 else self.inside[place].remove)(unit)
            for part, count in enumerate(one.misfits):
                self._misfits[place][part] += sign * count
        self._count(one, here, slot)
        self.where[unit] = slot

    def _count(self, one: Unit, here: int, there: int) -> None:
        before, slots = self._before[one.rank], self.slots
        here, there = (slots if place < 0 else place for place in (here, there))
        step = one.size if there < here else -one.size
        for place in range(min(here, there) + 1, max(here, there) + 1):
            before[place] += step

    def delta(self, unit: int, slot: int) -> float:
        """What moving a placed unit to another slot adds to the cost."""
        one, here = self.units[unit], self.where[unit]
        scale = self.scale
        change = scale.imbalance(self.minutes[here] - one.minutes) - scale.imbalance(self.minutes[here])
        change += scale.imbalance(self.minutes[slot] + one.minutes) - scale.imbalance(self.minutes[slot])
        change += WAVE * ((self.size[slot] == 0) - (self.size[here] == one.size))
        change += scale.inversions(self._pairs(one, slot, here) - self._pairs(one, here, here))
        change += CUT * sum(
            cost * ((self.where[other] != slot) - (self.where[other] != here))
            for other, cost in self.near[unit].items()
            if self.where[other] >= 0
        )
        return change + WINDOW * self._window_change(one, here, slot)

    def _pairs(self, one: Unit, slot: int, own: int) -> float:
        """Pairs in the wrong order that the unit has with all others when it stands in a slot."""
        total = 0.0
        for rank, before in enumerate(self._before):
            if rank == one.rank:
                continue
            together = before[slot + 1] - before[slot]
            others = before[slot] if rank > one.rank else before[self.slots] - before[slot + 1]
            total += abs(rank - one.rank) * (others + TOGETHER * together)
        return total * one.size

    def _window_change(self, one: Unit, here: int, slot: int) -> int:
        if not one.misfits:
            return 0
        left = [count - own for count, own in zip(self._misfits[here], one.misfits, strict=True)]
        joined = [count + own for count, own in zip(self._misfits[slot], one.misfits, strict=True)]
        return min(left) - min(self._misfits[here]) + min(joined) - min(self._misfits[slot])

    def terms(self) -> dict[str, float]:
        """The cost by term."""
        placed = [(self.units[unit], slot) for unit, slot in enumerate(self.where) if slot >= 0]
        pairs = sum(self._pairs(one, slot, slot) for one, slot in placed) / 2
        cuts = sum(
            cost
            for unit, near in enumerate(self.near)
            for other, cost in near.items()
            if unit < other and self._apart(unit, other)
        )
        return {
            "waves": WAVE * sum(size > 0 for size in self.size),
            "criticality_inversions": self.scale.inversions(pairs),
            "cut_edges": CUT * cuts,
            "effort_imbalance": sum(self.scale.imbalance(minutes) for minutes in self.minutes),
            "window_fit": WINDOW * sum(min(counts, default=0) for counts in self._misfits),
        }

    def cost(self) -> float:
        """The sum of all terms."""
        return sum(self.terms().values())

    def _apart(self, unit: int, other: int) -> bool:
        here, there = self.where[unit], self.where[other]
        return here >= 0 and there >= 0 and here != there

    def used(self) -> Iterator[int]:
        """The slots that hold units, in order."""
        return (slot for slot, size in enumerate(self.size) if size)
