"""Join what the source shows with what Airflow has parsed: exact facts count, differences are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from airshift.estate.exact import Exact
from airshift.estate.model import Dag, Edge, EdgeKind, Inventory, Settings, Task, edge_order

_DERIVED = frozenset({EdgeKind.TRIGGER, EdgeKind.SENSOR, EdgeKind.ASSET})
"""Kinds of edges that Airflow itself derives; of the others only the source tells."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something only one side has; `what` is `dag`, `task`, `task_edge` or `edge`."""

    what: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The joined inventory, and what only one side has."""

    inventory: Inventory
    only_static: tuple[Difference, ...]
    only_exact: tuple[Difference, ...]


def reconcile(static: Inventory, exact: Exact) -> Reconciled:
    """Put exact facts in the place of static ones; DAGs that only the source shows stay as they are."""
    known = {dag.key: dag for dag in reversed(static.dags)}
    paths = sorted({dag.path for dag in static.dags} | {place.path for place in static.unlocated})
    parsed = {dag.key: _joined(dag, known.get(dag.key), paths) for dag in exact.dags}
    dags = [dag for dag in static.dags if dag.key not in parsed] + list(parsed.values())
    edges = {_key(edge): _placed(edge, parsed) for edge in exact.edges}
    kept = [edge for edge in static.edges if _key(edge) not in edges and not _replaced(edge, parsed)]
    # The source knows the line of an edge, a serialized DAG does not.
    edges |= {_key(edge): edge for edge in static.edges if _key(edge) in edges}
    joined = replace(
        static,
        dags=tuple(sorted(dags, key=lambda dag: (dag.dag_id, dag.environment, dag.path, dag.line))),
        edges=tuple(sorted({*kept, *edges.values()}, key=edge_order)),
        unlocated=tuple(
            place for place in static.unlocated if place.path not in {dag.path for dag in parsed.values()}
        ),
    )
    return Reconciled(
        joined,
        tuple(_missing(static, Inventory(tuple(parsed.values()), tuple(edges.values())), parsed)),
        tuple(_added(static, parsed, list(edges.values()))),
    )


def _joined(exact: Dag, static: Dag | None, paths: list[str]) -> Dag:
    path = static.path if static is not None else known_path(exact.path, paths)
    if static is None:
        return replace(exact, path=path)
    shown = {task.task_id: task for task in static.tasks}
    return replace(
        exact,
        path=path,
        line=static.line,
        tasks=tuple(_task(task, shown.get(task.task_id), static.line) for task in exact.tasks),
        variables=static.variables or exact.variables,
        connections=static.connections or exact.connections,
        params=exact.params or static.params,
        default_args=exact.default_args or static.default_args,
        callbacks=exact.callbacks or static.callbacks,
        uses_sensors=static.uses_sensors or exact.uses_sensors,
        is_deferrable=static.is_deferrable or exact.is_deferrable,
        uses_date_keys=static.uses_date_keys or exact.uses_date_keys,
        reads_time=static.reads_time or exact.reads_time,
        settings=_settings(static.settings, exact.settings),
        depends_on_history=static.depends_on_history or exact.depends_on_history,
    )


def _task(exact: Task, static: Task | None, line: int) -> Task:
    if static is None:
        return replace(exact, line=line)
    return replace(exact, line=static.line, settings=_settings(static.settings, exact.settings))


def _settings(static: Settings, exact: Settings) -> Settings:
    return tuple({**dict(static), **dict(exact)}.items())


def known_path(path: str, paths: list[str]) -> str:
    """The estate's name for a file that Airflow knows by another root, when there is exactly one."""
    found = [known for known in paths if f"/{path}".endswith(f"/{known}") or f"/{known}".endswith(f"/{path}")]
    return found[0] if len(found) == 1 else path


def _placed(edge: Edge, parsed: dict[str, Dag]) -> Edge:
    owner = parsed.get(edge.target if edge.kind is EdgeKind.SENSOR else edge.source)
    return replace(edge, path=owner.path, line=max(edge.line, owner.line)) if owner is not None else edge


def _replaced(edge: Edge, parsed: dict[str, Dag]) -> bool:
    owners = {EdgeKind.SENSOR: (edge.target,), EdgeKind.ASSET: (edge.source, edge.target)}
    return edge.kind in _DERIVED and all(name in parsed for name in owners.get(edge.kind, (edge.source,)))


def _key(edge: Edge) -> tuple[str, str, EdgeKind]:
    return edge.source, edge.target, edge.kind


def _missing(static: Inventory, exact: Inventory, parsed: dict[str, Dag]) -> Iterator[Difference]:
    has = {_key(edge) for edge in exact.edges}
    asked = {dag.environment for dag in parsed.values()}
    for dag in static.dags:
        real = parsed.get(dag.key)
        if real is None and dag.environment in asked:
            yield Difference("dag", dag.key, dag.path)
        elif real is not None:
            yield from _within(dag, real, dag.path)
    for edge in static.edges:
        if _replaced(edge, parsed) and _key(edge) not in has:
            yield _edge(edge)


def _added(static: Inventory, parsed: dict[str, Dag], edges: list[Edge]) -> Iterator[Difference]:
    known = {dag.key: dag for dag in static.dags}
    has = {_key(edge) for edge in static.edges}
    for dag in parsed.values():
        shown = known.get(dag.key)
        if shown is None:
            yield Difference("dag", dag.key, dag.path)
        else:
            yield from _within(dag, shown, dag.path)
    for edge in sorted(edges, key=edge_order):
        if _key(edge) not in has:
            yield _edge(edge)


def _within(one: Dag, other: Dag, path: str) -> Iterator[Difference]:
    """What the first of two pictures of a DAG has and the second has not."""
    for name in sorted({t.task_id for t in one.tasks} - {t.task_id for t in other.tasks}):
        yield Difference("task", f"{one.key}.{name}", path)
    for up, down in sorted(set(one.task_edges) - set(other.task_edges)):
        yield Difference("task_edge", f"{one.key}: {up} -> {down}", path)


def _edge(edge: Edge) -> Difference:
    return Difference("edge", f"{edge.source} -> {edge.target} ({edge.kind.value})", edge.path)
