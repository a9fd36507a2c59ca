"""From what single files say to edges between the DAGs of the whole estate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from airshift.estate.edges import AssetUse
from airshift.estate.environments import Environments
from airshift.estate.link import Link
from airshift.estate.model import Edge, EdgeKind, key_of


def join_links(
    links: Iterable[tuple[str, Link]],
    ids: Mapping[str, frozenset[str]],
    environments: Environments,
) -> Iterator[Edge]:
    """An edge for each link and the environment its file is deployed to; `ids` has the DAG ids of each."""
    for environment, link in links:
        there, known = _far_side(environment, link, ids, environments)
        own, other = key_of(environment, link.dag_id), key_of(there, link.other)
        source, target = (own, other) if link.ahead else (other, own)
        yield Edge(source, target, link.kind, link.certain and known, link.path, link.line, link.via)


def _far_side(
    own: str, link: Link, ids: Mapping[str, frozenset[str]], environments: Environments
) -> tuple[str, bool]:
    """The environment of the other DAG, and whether that is known."""
    if link.address:
        named = environments.at(link.address)
        return (named, True) if named is not None else (link.address if environments.names else own, False)
    if link.kind is not EdgeKind.API or link.other in ids.get(own, ()):
        return own, True
    elsewhere = sorted(name for name, known in ids.items() if link.other in known)
    return (elsewhere[0], False) if len(elsewhere) == 1 else (own, True)


def join_assets(uses: Sequence[tuple[str, AssetUse]]) -> Iterator[Edge]:
    """An edge from every producer of an asset to every DAG of the same environment that it schedules."""
    producers: dict[tuple[str, str], list[AssetUse]] = {}
    for environment, use in uses:
        for key in use.keys if use.produces else ():
            producers.setdefault((environment, key), []).append(use)
    for environment, use in uses:
        for key in () if use.produces else use.keys:
            for producer in producers.get((environment, key), ()):
                yield _asset_edge(environment, producer, use)


def _asset_edge(environment: str, producer: AssetUse, consumer: AssetUse) -> Edge:
    source, target = key_of(environment, producer.dag_id), key_of(environment, consumer.dag_id)
    # An asset is best known by its URI, then by its name; the kinds happen to sort that way.
    via = max(producer.keys & consumer.keys).partition(" ")[2]
    return Edge(source, target, EdgeKind.ASSET, producer.certain, producer.path, producer.line, via)
