"""The load of an estate: flows that no limit holds back are added up, the others are run against their limits.

Where no limit is ever reached, a limited simulation and one without limits are the same. So each flow counts as
the sum of its runs until a limit is seen to be exceeded; then the flows that share this limit are run together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from airshift.sizing.engine import Usage, simulate
from airshift.sizing.model import Flow, Limits
from airshift.sizing.shape import Changes, Shape, shape_of


@dataclass(frozen=True, slots=True)
class Load:
    """Tasks that hold a worker slot in each minute, and which flows a limit has held back."""

    tasks: tuple[int, ...]
    held_back: frozenset[str] = frozenset()
    full_pools: tuple[str, ...] = ()
    """Pools that more tasks wanted to use than they have slots."""


def load_of(flows: Sequence[Flow], limits: Limits, horizon: int) -> Load:
    """The load of the flows in the minutes before the horizon."""
    flows = [flow for flow in flows if flow.jobs and flow.ticks]
    shapes = [shape_of(flow) for flow in flows]
    starts = [_starts(flow, shape.length) for flow, shape in zip(flows, shapes, strict=True)]
    free = {
        number: starts[number]
        for number, flow in enumerate(flows)
        if not _exceeds_own(flow, shapes[number], starts[number])
    }
    bound = [number for number in range(len(flows)) if number not in free]
    groups = [_Group.of([number], flows, limits, horizon) for number in bound]
    full: set[str] = set()
    while True:
        usage = _together(shapes, free, groups)
        joined = _joined(flows, usage, limits, groups, horizon, full)
        if joined is None:
            break
        groups = [group for group in groups if not group.members <= joined]
        groups.append(_Group.of(sorted(joined), flows, limits, horizon))
        free = {number: ticks for number, ticks in free.items() if number not in joined}
    held = {number for group in groups for number in group.members}
    held |= {number for number, ticks in free.items() if ticks is not flows[number].ticks}
    return Load(
        tuple(curve(usage.tasks, horizon)),
        frozenset(flows[number].key for number in held),
        tuple(sorted(full)),
    )


def curve(changes: Changes, horizon: int) -> list[int]:
    """Changes as the level of each minute."""
    steps = [0] * horizon
    for minute, by in changes.items():
        if minute < horizon:
            steps[minute] += by
    return list(accumulate(steps))


@dataclass(frozen=True, slots=True)
class _Group:
    """Flows that are run together against the limits they share."""

    members: frozenset[int]
    usage: Usage

    @classmethod
    def of(cls, members: Sequence[int], flows: Sequence[Flow], limits: Limits, horizon: int) -> _Group:
        return cls(frozenset(members), simulate([flows[number] for number in members], limits, horizon))


def _starts(flow: Flow, length: int) -> tuple[int, ...]:
    """When runs of this length start where only `most_runs` makes them wait; the ticks themselves if none waits."""
    if flow.most_runs < 1:
        return ()
    found: list[int] = []
    for number, tick in enumerate(flow.ticks):
        before = number - flow.most_runs
        found.append(tick if before < 0 else max(tick, found[before] + length))
    starts = tuple(found)
    return flow.ticks if starts == flow.ticks else starts


def _exceeds_own(flow: Flow, shape: Shape, starts: Sequence[int]) -> bool:
    """Whether runs with these starts would exceed the DAG's own limits of tasks."""
    if any(job.most == 0 for job in flow.jobs) or _peak(shape.tasks, (0,)) > flow.most_tasks:
        return True
    if all(second - first >= shape.length for first, second in pairwise(starts)):
        return False
    if not flow.tasks_by_run and _peak(shape.tasks, starts) > flow.most_tasks:
        return True
    return any(job.most is not None for job in flow.jobs)


def _peak(shape: Changes, starts: Iterable[int]) -> int:
    changes: dict[int, int] = defaultdict(int)
    _spread(shape, tuple(starts), changes)
    return max(accumulate(changes[minute] for minute in sorted(changes)), default=0)


def _together(
    shapes: Sequence[Shape], free: Mapping[int, tuple[int, ...]], groups: Sequence[_Group]
) -> Usage:
    """What all flows hold; those with the same ticks are added up first."""
    by_ticks: dict[int, _Bundle] = {}
    for number, ticks in free.items():
        by_ticks.setdefault(id(ticks), _Bundle(ticks)).add(shapes[number])
    usage = Usage()
    for bundle in by_ticks.values():
        _spread(bundle.tasks, bundle.ticks, usage.tasks)
        for pool, changes in bundle.pools.items():
            _spread(changes, bundle.ticks, usage.pools[pool])
    for group in groups:
        _spread(group.usage.tasks, (0,), usage.tasks)
        for pool, changes in group.usage.pools.items():
            _spread(changes, (0,), usage.pools[pool])
    return usage


@dataclass(slots=True)
class _Bundle:
    """The shapes of flows with the same ticks, added up."""

    ticks: tuple[int, ...]
    tasks: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    pools: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, shape: Shape) -> None:
        _spread(shape.tasks, (0,), self.tasks)
        for pool, changes in shape.pools.items():
            _spread(changes, (0,), self.pools[pool])


def _spread(changes: Changes, ticks: Sequence[int], into: dict[int, int]) -> None:
    for offset, by in changes.items():
        if by:
            for tick in ticks:
                into[tick + offset] += by


def _joined(
    flows: Sequence[Flow],
    usage: Usage,
    limits: Limits,
    groups: Sequence[_Group],
    horizon: int,
    full: set[str],
) -> frozenset[int] | None:
    """The flows that have to be run together next; None when every limit is kept."""
    if limits.parallelism is not None and max(curve(usage.tasks, horizon), default=0) > limits.parallelism:
        return frozenset(range(len(flows)))
    for pool, size in sorted(limits.pools.items()):
        if max(curve(usage.pools.get(pool, {}), horizon), default=0) > size:
            full.add(pool)
            users = frozenset(
                number for number, flow in enumerate(flows) if any(job.pool == pool for job in flow.jobs)
            )
            return users.union(*(group.members for group in groups if group.members & users))
    return None
