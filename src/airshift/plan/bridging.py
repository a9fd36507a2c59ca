"""Which dependencies a wave boundary cuts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from airshift.estate.model import Edge, EdgeKind
from airshift.plan.coupling import is_hard
from airshift.plan.model import Bridge
from airshift.plan.standing import Status


def bridges(
    edges: Iterable[Edge], wave_of: Mapping[str, int], known: Collection[str], status: Mapping[str, Status]
) -> tuple[Bridge, ...]:
    """A bridge for every hard edge whose DAGs are not on the same side all the time.

    One that stays behind needs a bridge for good; a DAG that is retired needs none.
    """
    found: dict[tuple[str, str, str, str], Bridge] = {}
    for edge in edges:
        if not is_hard(edge) or edge.source not in known or edge.target not in known:
            continue
        if Status.RETIRE in (status.get(edge.source), status.get(edge.target)):
            continue
        bridge = _bridge(edge, wave_of.get(edge.source), wave_of.get(edge.target))
        if bridge is not None:
            found.setdefault((bridge.source, bridge.target, bridge.kind.value, bridge.asset), bridge)
    return tuple(found[key] for key in sorted(found, key=lambda key: (found[key].wave, key)))


def _bridge(edge: Edge, source: int | None, target: int | None) -> Bridge | None:
    if source == target:
        return None
    waves = sorted(wave for wave in (source, target) if wave is not None)
    is_asset = edge.kind is EdgeKind.ASSET
    return Bridge(
        source=edge.source,
        target=edge.target,
        kind=edge.kind,
        wave=waves[0],
        until=waves[1] if len(waves) == 2 else None,
        source_moves_first=source == waves[0],
        path=edge.path,
        line=edge.line,
        asset=edge.via if is_asset else "",
        task="" if is_asset else edge.via,
    )
