"""The dependency graph of an estate: DAGs in clusters, neighbourhoods, and why one DAG follows another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from airshift.estate.model import Dag, Edge, Inventory, edge_order, key_of
from airshift.estate.soft_edges import soft_edges

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

    key: str
    """The id, with the environment in front in an estate of several."""
    cluster: str
    path: str = ""
    line: int = 0
    tasks: int = 0
    owners: tuple[str, ...] = ()
    known: bool = True
    environment: str = ""

    @property
    def dag_id(self) -> str:
        """The id without the environment."""
        return self.key.removeprefix(f"{self.environment}:")


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by key and edges; both sorted, edges without duplicates."""

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


def build_graph(inventory: Inventory, by: ClusterBy = ClusterBy.FOLDER, *, soft: bool = False) -> Graph:
    """The graph of an inventory, `soft` with what DAGs share; of several DAGs with one key the first counts."""
    edges = (*inventory.edges, *soft_edges(inventory)) if soft else inventory.edges
    nodes: dict[str, Node] = {}
    for dag in inventory.dags:
        nodes.setdefault(dag.key, _node(dag, by))
    for edge in edges:
        for key in (edge.source, edge.target):
            nodes.setdefault(key, _outside(key, inventory.environments))
    return _graph(nodes, edges)


def _outside(key: str, environments: tuple[str, ...]) -> Node:
    before = key.rpartition(":")[0]
    return Node(key, OUTSIDE, known=False, environment=before if before in environments else "")


def _node(dag: Dag, by: ClusterBy) -> Node:
    folder = PurePosixPath(dag.path).parent.as_posix()
    owner = dag.owners[0] if dag.owners else NOBODY
    cluster = key_of(dag.environment, folder if by is ClusterBy.FOLDER else owner)
    return Node(dag.key, cluster, dag.path, dag.line, len(dag.tasks), dag.owners, environment=dag.environment)


def _graph(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> Graph:
    after: dict[str, list[Edge]] = {}
    before: dict[str, list[Edge]] = {}
    ordered = sorted(set(edges), key=edge_order)
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
