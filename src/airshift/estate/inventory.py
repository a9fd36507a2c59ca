"""The inventory of an estate: its DAGs, their edges, and everything they refer to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.errors import SourceError
from airshift.estate.builder import DagBuilder
from airshift.estate.dags import Shared, finished, strings_in
from airshift.estate.data_files import Files
from airshift.estate.edges import AssetUse, Links, links
from airshift.estate.environments import Environments
from airshift.estate.interpreter import Interpreter, Modules, OutOfSteps
from airshift.estate.joining import join_assets, join_links
from airshift.estate.link import Link
from airshift.estate.model import Dag, Inventory, Reference, Unknown, edge_order
from airshift.estate.reach import with_imported
from airshift.estate.references import conn_ids, connection_calls, jinja_references, variable_keys
from airshift.estate.sharing import shared_things
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Problem
from airshift.judge import is_candidate
from airshift.pool import Progress
from airshift.scan import summaries


@dataclass(frozen=True, slots=True)
class FileInventory:
    """What one file adds to the inventory."""

    dags: tuple[Dag, ...] = ()
    unlocated: tuple[Reference, ...] = ()
    links: Links = field(default_factory=lambda: Links((), ()))
    connections: tuple[Reference, ...] = ()
    variables: tuple[Reference, ...] = ()
    custom_operators: tuple[Reference, ...] = ()
    plugins: tuple[Reference, ...] = ()


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


def inventory_file(
    facts: ModuleFacts, modules: Modules | None = None, files: Files | None = None
) -> FileInventory:
    """Inventory one module; `modules` gives values of the estate's other modules, `files` its data files."""
    interpreter = Interpreter(facts, modules, files)
    try:
        builders = interpreter.run()
    except (OutOfSteps, RecursionError):
        builders = interpreter.dags
        for builder in builders:
            builder.doubt("the file's loops take more steps than are followed")
    said = links(facts, builders, modules)
    shared = Shared(
        frozenset(reference.name for reference in variable_keys(facts)),
        frozenset(reference.name for reference in connection_calls(facts)),
    )
    dags = tuple(dag for builder in builders if (dag := finished(builder, shared)) is not None)
    unlocated = tuple(
        Reference(builder.dag_id.expression, facts.path, builder.line)
        for builder in builders
        if isinstance(builder.dag_id, Unknown)
    )
    return FileInventory(
        dags,
        unlocated,
        said,
        tuple(_connections(facts, builders)),
        tuple(_variables(facts, builders)),
        tuple(_classes(facts, operators=True)),
        tuple(_classes(facts, operators=False)),
    )


def _connections(facts: ModuleFacts, builders: Iterable[DagBuilder]) -> Iterable[Reference]:
    yield from conn_ids(facts)
    for builder in builders:
        for task in builder.tasks.values():
            for text in strings_in(task.arguments):
                for name in jinja_references(text, "conn"):
                    yield Reference(name, facts.path, task.line)


def _variables(facts: ModuleFacts, builders: Iterable[DagBuilder]) -> Iterable[Reference]:
    yield from variable_keys(facts)
    for builder in builders:
        for task in builder.tasks.values():
            for text in strings_in(task.arguments):
                for name in jinja_references(text, "var"):
                    yield Reference(name, facts.path, task.line)


def _classes(facts: ModuleFacts, *, operators: bool) -> Iterable[Reference]:
    for definition in facts.classes:
        node = definition.node
        assert isinstance(node, ast.ClassDef)
        prefix = f"{facts.module}." if facts.module else ""
        ancestors = facts.ancestors(prefix + definition.scope.qualname)
        if operators and any(facts.is_operator(name) for name in ancestors):
            yield Reference(node.name, facts.path, node.lineno)
        if not operators and any(name.endswith(".AirflowPlugin") for name in ancestors):
            yield Reference(node.name, facts.path, node.lineno)


def build_inventory(
    listing: Listing,
    progress: Progress | None = None,
    *,
    project: Project | None = None,
    requirements: Iterable[Reference] = (),
    environments: Environments | None = None,
) -> tuple[Inventory, tuple[Problem, ...]]:
    """Inventory every Python file of a listing; files that cannot be read are problems.

    `project` saves summarising the modules again where a scan has already done so.
    """
    modules = [file for file in listing.files if file.path.endswith(".py")]
    project = project or Project(with_imported(summaries(modules), modules))
    environments = environments or Environments()
    collected = _Collected()
    problems: list[Problem] = []
    files = _data_files(listing)
    others = Modules(_loader(modules, project), files)
    for number, file in enumerate(modules, 1):
        if progress is not None:
            progress(number, len(modules))
        found = _examine(file, project, problems, others, files)
        if found is not None:
            _collect(found, collected, environments.of(file.location))
    found_all = _inventory(collected, requirements, environments)
    return replace(found_all, shared=shared_things(found_all.dags, project)), tuple(problems)


def _loader(modules: Iterable[EstateFile], project: Project) -> Callable[[str], ModuleFacts | None]:
    by_path = {file.path: file for file in modules}

    def load(path: str) -> ModuleFacts | None:
        raw = read_file(by_path[path]) if path in by_path else None
        if not isinstance(raw, bytes):
            return None
        try:
            return ModuleFacts(Source.from_bytes(path, raw), project)
        except (SourceError, RecursionError):
            return None

    return load


def _data_files(listing: Listing) -> Files:
    """The estate's files that DAG files may read."""
    by_path = {file.path: file for file in listing.files if not file.path.endswith((".py", ".pyc"))}

    def read(path: str) -> str | None:
        raw = read_file(by_path[path]) if path in by_path else None
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else None

    return Files(by_path, read)


def _examine(
    file: EstateFile, project: Project, problems: list[Problem], others: Modules, files: Files
) -> FileInventory | None:
    raw = read_file(file)
    if isinstance(raw, Problem):
        problems.append(raw)
        return None
    if not is_candidate(raw) and b"dagfactory" not in raw and file.path not in project.by_path:
        return None
    try:
        return inventory_file(ModuleFacts(Source.from_bytes(file.path, raw), project), others, files)
    except SourceError as error:
        problems.append(Problem(file.path, error.reason, error.line))
    except RecursionError:
        problems.append(Problem(file.path, "nested too deeply to be analysed"))
    return None


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
