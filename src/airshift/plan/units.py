"""What is placed into waves: DAGs that cannot be separated, as one unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from airshift.plan.coupling import COST, Link, groups
from airshift.plan.levels import HIGH
from airshift.plan.model import Member
from airshift.plan.policy import UNLIMITED

INSEPARABLE = COST[max(COST, key=lambda kind: COST[kind])]
"""A link of at least this cost is never cut (SubDAGs)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one wave holds."""

    dags: int
    minutes: int

    def hold(self, dags: int, minutes: int) -> bool:
        """Whether a wave of this size is allowed."""
        return dags <= self.dags and minutes <= self.minutes

    def __str__(self) -> str:
        hours = f" and {self.minutes / 60:g} hours" if self.minutes < UNLIMITED else ""
        return f"{self.dags} DAGs{hours}"


@dataclass(frozen=True, slots=True)
class Unit:
    """DAGs that move together whatever the plan; `names` are sorted."""

    names: tuple[str, ...]
    minutes: int
    rank: int
    """Place of its level among the levels of the estate, from 0."""
    misfits: tuple[int, ...] = ()
    """For each part of the cutover window, how many of its DAGs it does not suit."""
    pin: int | None = None

    @property
    def size(self) -> int:
        """How many DAGs it has."""
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Group:
    """Units that hard edges connect: one when they fit into a wave, else several to be split up."""

    units: tuple[Unit, ...]
    links: tuple[Link, ...] = ()
    """Links between its units, by the first name of each; empty for a single unit."""


def lateness(member: Member) -> float:
    """Order of moving: by level; a DAG that needs its history moves after the normal ones of any level."""
    return max(member.level, HIGH) + 0.5 if member.history else float(member.level)


def ranks(members: Iterable[Member]) -> dict[float, int]:
    """The place of every lateness that occurs, from 0."""
    return {value: place for place, value in enumerate(sorted({lateness(member) for member in members}))}


@dataclass(frozen=True, slots=True)
class Grouping:
    """Makes units and groups of members."""

    members: Mapping[str, Member]
    limits: Limits
    pins: Mapping[str, int]
    slots: int
    """Parts of the cutover window that are told apart."""
    before: Mapping[str, int] = field(default_factory=dict)
    """Waves of an earlier plan; what it separated stays separate."""

    def groups(self, links: Sequence[Link]) -> list[Group]:
        """The groups of all members, in order of their first names."""
        by_root: dict[str, list[Link]] = {}
        found = groups(self.members, ((link.first, link.second) for link in links))
        root = {name: names[0] for names in found for name in names}
        for link in links:
            by_root.setdefault(root[link.first], []).append(link)
        order = ranks(self.members.values())
        return [self._group(names, by_root.get(names[0], []), order) for names in found]

    def _group(self, names: tuple[str, ...], links: Sequence[Link], order: Mapping[float, int]) -> Group:
        if len(self._decided(names)) < 2 and self.limits.hold(len(names), self._minutes(names)):
            return Group((self._unit(names, order),))
        inseparable = [(link.first, link.second) for link in links if link.cost >= INSEPARABLE]
        parts = groups(names, inseparable)
        first = {name: part[0] for part in parts for name in part}
        between: dict[tuple[str, str], int] = {}
        for link in links:
            pair = (first[link.first], first[link.second])
            if pair[0] != pair[1]:
                pair = (min(pair), max(pair))
                between[pair] = between.get(pair, 0) + link.cost
        return Group(
            tuple(self._unit(part, order) for part in parts),
            tuple(Link(one, other, cost) for (one, other), cost in sorted(between.items())),
        )

    def _decided(self, names: Iterable[str]) -> set[int | None]:
        """Waves decided before; beside DAGs of an earlier plan, None stands for those that are new."""
        decided = {name: self.pins.get(name, self.before.get(name)) for name in names}
        is_again = any(name in self.before for name in decided)
        return {wave for wave in decided.values() if is_again or wave is not None}

    def _minutes(self, names: Iterable[str]) -> int:
        return sum(self.members[name].minutes for name in names)

    def _unit(self, names: tuple[str, ...], order: Mapping[float, int]) -> Unit:
        members = [self.members[name] for name in names]
        misfits = tuple(sum(member.misfits >> slot & 1 for member in members) for slot in range(self.slots))
        return Unit(
            names,
            self._minutes(names),
            max(order[lateness(member)] for member in members),
            misfits if any(misfits) else (),
            min((self.pins[name] for name in names if name in self.pins), default=None),
        )
