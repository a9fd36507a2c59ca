"""Edges between DAGs that share something without following each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from airshift.estate.model import Edge, EdgeKind, Inventory, SharedKind


def soft_edges(inventory: Inventory) -> Iterator[Edge]:
    """Edges of what is shared: each user with the next one in order, so that a group costs no more than its size."""
    places = {dag.key: dag for dag in inventory.dags}
    for one in inventory.shared:
        kind = EdgeKind.MODULE if one.kind is SharedKind.MODULE else EdgeKind.RESOURCE
        via = one.name if one.kind is SharedKind.MODULE else f"{one.kind.value} {one.name}"
        for before, after in pairwise(one.users):
            dag = places[after]
            yield Edge(before, after, kind, False, dag.path, dag.line, via)
