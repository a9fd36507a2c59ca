"""What several DAGs share without following each other: project modules, pools, variables and connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airshift.engine.project import Project
from airshift.estate.model import Dag, Shared, SharedKind
from airshift.estate.reach import imported_modules


def shared_things(dags: Iterable[Dag], project: Project) -> tuple[Shared, ...]:
    """Everything that at least two DAGs of one environment use, with their keys; sorted."""
    modules: dict[str, tuple[str, ...]] = {}
    users: dict[tuple[str, SharedKind, str], set[str]] = {}
    for dag in dags:
        if dag.path not in modules:
            modules[dag.path] = _modules(dag.path, project)
        for kind, names in _used(dag, modules).items():
            for name in names:
                users.setdefault((dag.environment, kind, name), set()).add(dag.key)
    found = [
        Shared(kind, name, tuple(sorted(keys)), environment)
        for (environment, kind, name), keys in users.items()
        if len(keys) > 1
    ]
    return tuple(sorted(found, key=lambda one: (one.kind, one.name, one.environment)))


def _used(dag: Dag, modules: Mapping[str, tuple[str, ...]]) -> dict[SharedKind, tuple[str, ...]]:
    return {
        SharedKind.MODULE: modules[dag.path],
        SharedKind.POOL: tuple(name for name in dag.pools if name != "default_pool"),
        SharedKind.VARIABLE: dag.variables,
        SharedKind.CONNECTION: dag.connections,
    }


def _modules(path: str, project: Project) -> tuple[str, ...]:
    summary = project.by_path.get(path)
    return imported_modules(summary, project) if summary is not None else ()
