"""The inventory of an estate: its DAGs, their edges, and everything they refer to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from airshift.engine.project import Project
from airshift.estate.edges import AssetUse
from airshift.estate.environments import Environments
from airshift.estate.joining import join_assets, join_links
from airshift.estate.link import Link
from airshift.estate.model import Dag, Inventory, Reference, edge_order
from airshift.estate.reach import with_imported
from airshift.estate.reading import FileInventory, Reader
from airshift.estate.sharing import shared_things
from airshift.files import EstateFile, Listing
from airshift.findings import Problem
from airshift.pool import Progress, each, worker_count
from airshift.scan import summaries
from airshift.workers import total_size


@dataclass(slots=True)
class _Collected:
    dags: list[Dag] = field(default_factory=list)
    links: list[tuple[str, Link]] = field(default_factory=list)
    """With the environment, as the asset uses."""
    assets: list[tuple[str, AssetUse]] = field(default_factory=list)
    unlocated: set[Reference] = field(default_factory=set)
    connections: set[Reference] = field(default_factory=set)
    variables: set[Reference] = field(default_factory=set)
    custom_operators: set[Reference] = field(default_factory=set)
    plugins: set[Reference] = field(default_factory=set)


def build_inventory(
    listing: Listing,
    progress: Progress | None = None,
    *,
    project: Project | None = None,
    requirements: Iterable[Reference] = (),
    environments: Environments | None = None,
    jobs: int = 0,
) -> tuple[Inventory, tuple[Problem, ...]]:
    """Inventory every Python file of a listing; files that cannot be read are problems.

    `project` saves summarising the modules again where a scan has already done so; `jobs` is the number of
    processes, 0 for as many as the work is worth.
    """
    modules = [file for file in listing.files if file.path.endswith(".py")]
    project = project or Project(with_imported(summaries(modules), modules))
    environments = environments or Environments()
    reader = Reader(project, listing.files)
    collected = _Collected()
    problems: list[Problem] = []
    results = each(_examine, reader, modules, worker_count(jobs, total_size(modules)))
    for number, (file, found) in enumerate(zip(modules, results, strict=True), 1):
        if progress is not None:
            progress(number, len(modules))
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            _collect(found, collected, environments.of(file.location))
    found_all = _inventory(collected, requirements, environments)
    return replace(found_all, shared=shared_things(found_all.dags, project)), tuple(problems)


def _examine(reader: Reader, file: EstateFile) -> FileInventory | Problem | None:
    return reader.inventory(file)


def _collect(found: FileInventory, collected: _Collected, environments: Iterable[str]) -> None:
    for environment in environments:
        collected.dags += (
            replace(dag, environment=environment) if environment else dag for dag in found.dags
        )
        collected.links += ((environment, link) for link in found.links.direct)
        collected.assets += ((environment, use) for use in found.links.assets)
    for name in ("unlocated", "connections", "variables", "custom_operators", "plugins"):
        getattr(collected, name).update(getattr(found, name))


def _inventory(
    collected: _Collected, requirements: Iterable[Reference], environments: Environments
) -> Inventory:
    ids: dict[str, set[str]] = {}
    for dag in collected.dags:
        ids.setdefault(dag.environment, set()).add(dag.dag_id)
    known = {environment: frozenset(found) for environment, found in ids.items()}
    edges = {*join_links(collected.links, known, environments), *join_assets(collected.assets)}
    return Inventory(
        dags=tuple(sorted(collected.dags, key=lambda dag: (dag.dag_id, dag.environment, dag.path, dag.line))),
        edges=tuple(sorted(edges, key=edge_order)),
        connections=_sorted(collected.connections),
        variables=_sorted(collected.variables),
        custom_operators=_sorted(collected.custom_operators),
        plugins=_sorted(collected.plugins),
        requirements=_sorted(requirements),
        unlocated=_sorted(collected.unlocated),
        environments=environments.names,
    )


def _sorted(references: Iterable[Reference]) -> tuple[Reference, ...]:
    return tuple(
        sorted(set(references), key=lambda reference: (reference.name, reference.path, reference.line))
    )
