"""Where everything in a drawing of the graph stands: layers in clusters, clusters on shelves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from airshift.estate.graph import Graph, Node

WIDTH, HEIGHT = 210, 28
GAP_X, GAP_Y = 56, 10
PADDING, TITLE = 16, 30
GAP_ALONE = 24
TALLEST = 16
"""Rows of a column; a taller layer continues in a column beside it."""
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A cluster: its own size and the places of its DAGs relative to its corner."""

    name: str
    width: int
    height: int
    places: Mapping[str, tuple[int, int]]
    rank: int
    """How many clusters stand before it on the longest way."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole drawing: boxes with the corner each stands at."""

    width: int
    height: int
    boxes: tuple[tuple[Box, int, int], ...]

    def places(self) -> dict[str, tuple[int, int]]:
        """The corner of every DAG."""
        return {
            name: (left + x, top + y) for box, left, top in self.boxes for name, (x, y) in box.places.items()
        }


def layers(names: Sequence[str], after: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Longest-path layers, from 0; edges that close a cycle do not count."""
    kept = _without_cycles(names, after)
    waiting = dict.fromkeys(names, 0)
    for targets in kept.values():
        for target in targets:
            waiting[target] += 1
    found = dict.fromkeys(names, 0)
    ready = [name for name in names if not waiting[name]]
    while ready:
        name = ready.pop()
        for target in kept[name]:
            found[target] = max(found[target], found[name] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return found


def _without_cycles(names: Sequence[str], after: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    known = set(names)
    kept: dict[str, list[str]] = {name: [] for name in names}
    open_, done = set[str](), set[str]()
    for start in names:
        if start in done:
            continue
        stack = [(start, iter(sorted(set(after.get(start, ())) & known)))]
        open_.add(start)
        while stack:
            name, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                open_.discard(name)
                done.add(name)
            elif target not in open_:
                kept[name].append(target)
                if target not in done:
                    open_.add(target)
                    stack.append((target, iter(sorted(set(after.get(target, ())) & known))))
    return kept


def box(name: str, nodes: Sequence[Node], graph: Graph, rank: int = 0) -> Box:
    """Lay out one cluster: linked DAGs in layers, the others in a grid below."""
    inside = {node.key for node in nodes}
    after = {
        dag_id: [e.target for e in graph.after.get(dag_id, ()) if e.target in inside] for dag_id in inside
    }
    linked = {dag_id for dag_id, targets in after.items() if targets}
    linked |= {target for targets in after.values() for target in targets}
    names = [node.key for node in nodes]
    columns = _columns([dag_id for dag_id in names if dag_id in linked], after)
    places = _placed(columns, TITLE)
    below = max((y + HEIGHT + 2 * GAP_Y for _, y in places.values()), default=TITLE)
    alone = [dag_id for dag_id in names if dag_id not in linked]
    places |= _placed(_grid(alone, max(1, len(columns))), below, GAP_ALONE)
    width = max((x + WIDTH for x, _ in places.values()), default=WIDTH) + PADDING
    height = max((y + HEIGHT for _, y in places.values()), default=TITLE) + PADDING
    return Box(name, width, height, places, rank)


def _columns(names: Sequence[str], after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    layer = layers(names, after)
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name in names:
        rows[layer[name]].append(name)
    _untangle(rows, after)
    return [row[at : at + TALLEST] for row in rows for at in range(0, len(row), TALLEST)]


def _untangle(rows: list[list[str]], after: Mapping[str, Sequence[str]]) -> None:
    """Order each layer by the mean place of its neighbours, forth and back."""
    near: dict[str, list[str]] = {}
    for source, targets in after.items():
        for target in targets:
            near.setdefault(source, []).append(target)
            near.setdefault(target, []).append(source)
    place = {name: float(number) for row in rows for number, name in enumerate(row)}
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            row.sort(key=lambda name: sum(place[other] for other in near[name]) / len(near[name]))
            place.update({name: float(number) for number, name in enumerate(row)})


def _grid(names: Sequence[str], columns: int) -> list[list[str]]:
    columns = max(columns, math.ceil(math.sqrt(len(names) * HEIGHT / WIDTH * 2)))
    rows = math.ceil(len(names) / columns)
    return [list(names[at : at + rows]) for at in range(0, len(names), rows)] if rows else []


def _placed(columns: Iterable[Sequence[str]], top: int, gap: int = GAP_X) -> dict[str, tuple[int, int]]:
    return {
        name: (PADDING + column * (WIDTH + gap), top + row * (HEIGHT + GAP_Y))
        for column, names in enumerate(columns)
        for row, name in enumerate(names)
    }


def boxes(graph: Graph) -> list[Box]:
    """All clusters, those that others build on first."""
    clusters = graph.clusters()
    after: dict[str, set[str]] = {}
    for edge in graph.edges:
        source, target = graph.nodes[edge.source].cluster, graph.nodes[edge.target].cluster
        if source != target:
            after.setdefault(source, set()).add(target)
    rank = layers(list(clusters), after)
    found = [box(name, nodes, graph, rank[name]) for name, nodes in clusters.items()]
    return sorted(found, key=lambda one: (one.rank, -one.height, one.name))


def layout(graph: Graph) -> Layout:
    """The drawing with every cluster open: boxes from left to right on shelves."""
    found = boxes(graph)
    area = sum(one.width * one.height for one in found)
    widest = max((one.width for one in found), default=WIDTH)
    limit = max(widest, int(math.sqrt(area * 2.2)))
    placed: list[tuple[Box, int, int]] = []
    x = y = shelf = 0
    for one in found:
        if x and x + one.width > limit:
            x, y, shelf = 0, y + shelf + GAP_X, 0
        placed.append((one, x, y))
        x, shelf = x + one.width + GAP_X, max(shelf, one.height)
    width = max((left + one.width for one, left, _ in placed), default=WIDTH)
    return Layout(width, y + shelf, tuple(placed))
