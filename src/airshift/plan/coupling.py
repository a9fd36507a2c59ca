"""Which DAGs depend on each other so much that they move together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from airshift.estate.model import Edge, EdgeKind

COST: Mapping[EdgeKind, int] = {
    EdgeKind.SUBDAG: 1000,
    EdgeKind.SENSOR: 4,
    EdgeKind.TRIGGER: 3,
    EdgeKind.ASSET: 2,
    EdgeKind.MARKER: 0,
    EdgeKind.API: 0,
    EdgeKind.MODULE: 0,
    EdgeKind.RESOURCE: 0,
}
"""What a bridge over an edge of this kind costs; 0 for kinds that need none."""
IN_CYCLE = 2
"""An edge of a cycle costs this many times as much: both directions would need a bridge."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two DAGs that should move together; `first < second`, `cost` is what separating them costs."""

    first: str
    second: str
    cost: int


def is_hard(edge: Edge) -> bool:
    """Whether the edge stops working when only one of its DAGs has moved."""
    return COST[edge.kind] > 0 and edge.certain and edge.source != edge.target


def links(edges: Iterable[Edge], members: Collection[str]) -> list[Link]:
    """One link for each pair of members that a hard edge joins, in order of their names."""
    hard = [edge for edge in edges if is_hard(edge) and edge.source in members and edge.target in members]
    cyclic = _cycles({(edge.source, edge.target) for edge in hard})
    costs: dict[tuple[str, str], int] = {}
    for kind, source, target in sorted({(edge.kind, edge.source, edge.target) for edge in hard}):
        pair = (min(source, target), max(source, target))
        times = IN_CYCLE if cyclic.get(source, source) == cyclic.get(target, target) else 1
        costs[pair] = costs.get(pair, 0) + COST[kind] * times
    return [Link(first, second, cost) for (first, second), cost in sorted(costs.items())]


def groups(names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The names in sets that the pairs connect; sets in order of their first name."""
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for first, second in pairs:
        a, b = root(first), root(second)
        parent[max(a, b)] = min(a, b)
    found: dict[str, list[str]] = {}
    for name in sorted(parent):
        found.setdefault(root(name), []).append(name)
    return [tuple(found[name]) for name in sorted(found)]


def _cycles(arcs: Collection[tuple[str, str]]) -> dict[str, str]:
    """The smallest name of its cycle for every DAG on one (strongly connected components, iteratively)."""
    after: dict[str, list[str]] = {}
    for source, target in sorted(arcs):
        after.setdefault(source, []).append(target)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: dict[str, str] = {}
    for start in sorted(after):
        if start in index:
            continue
        work = [(start, iter(after[start]))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            name, waiting = work[-1]
            following = next(waiting, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    cycle = _popped(stack, on_stack, name)
                    found.update(dict.fromkeys(cycle, min(cycle)) if len(cycle) > 1 else {})
            elif following not in index:
                index[following] = low[following] = len(index)
                stack.append(following)
                on_stack.add(following)
                work.append((following, iter(after.get(following, ()))))
            elif following in on_stack:
                low[name] = min(low[name], index[following])
    return found


def _popped(stack: list[str], on_stack: set[str], until: str) -> list[str]:
    taken = []
    while True:
        name = stack.pop()
        on_stack.discard(name)
        taken.append(name)
        if name == until:
            return taken
