"""The dependency graph of an estate: DAGs in clusters, neighbourhoods, and why one DAG follows another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from airshift.estate.model import Dag, Edge, Inventory

OUTSIDE = "not in this estate"
"""The cluster of DAGs that edges name and no file defines."""
NOBODY = "no owner"


class ClusterBy(StrEnum):
    """What DAGs are grouped by."""

    FOLDER = "folder"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Node:
    """A DAG of the graph; `known` is False when only an edge names it."""

    dag_id: str
    cluster: str
    path: str = ""
    line: int = 0
    tasks: int = 0
    owners: tuple[str, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id and edges; both sorted, edges without duplicates."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    after: Mapping[str, tuple[Edge, ...]] = field(repr=False)
    """Edges that leave a DAG."""
    before: Mapping[str, tuple[Edge, ...]] = field(repr=False)
    """Edges that arrive at a DAG."""

    def clusters(self) -> dict[str, list[Node]]:
        """Nodes by cluster, both in order of their names."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            found.setdefault(node.cluster, []).append(node)
        return dict(sorted(found.items()))


def build_graph(inventory: Inventory, by: ClusterBy = ClusterBy.FOLDER) -> Graph:
    """The graph of an inventory; of several DAGs with one id the first counts."""
    nodes: dict[str, Node] = {}
    for dag in inventory.dags:
        nodes.setdefault(dag.dag_id, _node(dag, by))
    for edge in inventory.edges:
        for dag_id in (edge.source, edge.target):
            nodes.setdefault(dag_id, Node(dag_id, OUTSIDE, known=False))
    return _graph(nodes, inventory.edges)


def _node(dag: Dag, by: ClusterBy) -> Node:
    folder = PurePosixPath(dag.path).parent.as_posix()
    owner = dag.owners[0] if dag.owners else NOBODY
    cluster = folder if by is ClusterBy.FOLDER else owner
    return Node(dag.dag_id, cluster, dag.path, dag.line, len(dag.tasks), dag.owners)


def _graph(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> Graph:
    after: dict[str, list[Edge]] = {}
    before: dict[str, list[Edge]] = {}
    ordered = sorted(set(edges), key=lambda edge: (edge.source, edge.target, edge.kind, edge.path, edge.line))
    for edge in ordered:
        after.setdefault(edge.source, []).append(edge)
        before.setdefault(edge.target, []).append(edge)
    return Graph(
        dict(sorted(nodes.items())),
        tuple(ordered),
        {name: tuple(found) for name, found in after.items()},
        {name: tuple(found) for name, found in before.items()},
    )


def part(graph: Graph, keep: Iterable[str]) -> Graph:
    """The graph of some DAGs and the edges between them."""
    kept = set(keep)
    nodes = {name: node for name, node in graph.nodes.items() if name in kept}
    edges = [edge for edge in graph.edges if edge.source in kept and edge.target in kept]
    return _graph(nodes, edges)


def neighbourhood(graph: Graph, dag_id: str) -> Graph:
    """A DAG with everything that has to come before it and everything that follows from it."""
    return part(graph, _reach(dag_id, graph.after, ahead=True) | _reach(dag_id, graph.before, ahead=False))


def _reach(start: str, edges: Mapping[str, tuple[Edge, ...]], *, ahead: bool) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for edge in edges.get(waiting.pop(), ()):
            other = edge.target if ahead else edge.source
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def chain(graph: Graph, first: str, last: str) -> tuple[Edge, ...] | None:
    """The shortest chain of edges from one DAG to another, certain edges preferred; None without one."""
    if first == last:
        return ()
    came: dict[str, Edge] = {}
    waiting = deque([first])
    while waiting:
        here = waiting.popleft()
        for edge in sorted(graph.after.get(here, ()), key=lambda edge: not edge.certain):
            if edge.target == first or edge.target in came:
                continue
            came[edge.target] = edge
            if edge.target == last:
                return _walked(came, first, last)
            waiting.append(edge.target)
    return None


def _walked(came: Mapping[str, Edge], first: str, last: str) -> tuple[Edge, ...]:
    steps: list[Edge] = []
    while last != first:
        steps.append(came[last])
        last = came[last].source
    return tuple(reversed(steps))
