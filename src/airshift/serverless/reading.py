"""DAGs with every argument, read off the source of an estate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.estate.builder import DagBuilder, TaskNode, nodes_in
from airshift.estate.dags import finished
from airshift.estate.environments import Environments
from airshift.estate.modules import Modules
from airshift.estate.places import Files
from airshift.estate.reach import with_imported
from airshift.estate.reading import Reader, read_builders
from airshift.files import EstateFile, Listing
from airshift.findings import Problem
from airshift.pool import Progress, each, worker_count
from airshift.profiles import in_test_folder
from airshift.scan import summaries
from airshift.serverless.model import DagCall, TaskCall
from airshift.serverless.values import literal, unresolved
from airshift.workers import total_size

_STRUCTURE = frozenset({"task_id", "dag", "task_group", "default_args", "is_setup", "is_teardown"})


def read_dags(
    listing: Listing,
    progress: Progress | None = None,
    *,
    environments: Environments | None = None,
    variables: Mapping[str, str] | None = None,
) -> tuple[list[DagCall], list[Problem]]:
    """Every DAG of a listing, sorted, and the files that cannot be read."""
    modules = [file for file in listing.files if file.path.endswith(".py") and not in_test_folder(file.path)]
    reader = Reader(Project(with_imported(summaries(modules), modules)), listing.files, variables)
    environments = environments or Environments()
    calls: list[DagCall] = []
    problems: list[Problem] = []
    results = each(_examine, reader, modules, worker_count(0, total_size(modules)))
    for number, (file, found) in enumerate(zip(modules, results, strict=True), 1):
        if progress is not None:
            progress(number, len(modules))
        if isinstance(found, Problem):
            problems.append(found)
            continue
        for environment in environments.of(file.location):
            calls += (replace(call, dag=replace(call.dag, environment=environment)) for call in found or ())
    calls.sort(key=lambda call: (call.dag.dag_id, call.dag.environment, call.dag.path, call.dag.line))
    return calls, problems


def _examine(reader: Reader, file: EstateFile) -> list[DagCall] | Problem | None:
    return reader.read(file, read_module)


def read_module(
    facts: ModuleFacts, modules: Modules | None = None, files: Files | None = None
) -> list[DagCall]:
    """The DAGs of one module whose ids are known."""
    found = []
    for builder in read_builders(facts, modules, files):
        dag = finished(builder)
        if dag is not None:
            found.append(DagCall(dag, _literals(builder.arguments), tuple(_tasks(builder))))
    return found


def _tasks(builder: DagBuilder) -> list[TaskCall]:
    defaults = _literals(builder.default_args)
    return [
        TaskCall(
            task_id=task.task_id,
            operator=task.operator,
            line=task.line,
            given={
                name: value for name, value in _literals(task.arguments).items() if name not in _STRUCTURE
            },
            inherited={} if task.is_late else defaults,
            upstream=tuple(sorted(task.upstream)),
            mapped=_mapped(task),
            is_fixture=task.is_setup or task.is_teardown,
        )
        for task in builder.tasks.values()
    ]


def _literals(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: literal(value) for name, value in arguments.items()}


def _mapped(task: TaskNode) -> str:
    if not task.mapped:
        return ""
    values = [value for name, value in task.arguments.items() if name not in _STRUCTURE]
    is_known = not any(nodes_in(values)) and not any(unresolved(literal(values)))
    return "mapped_literal" if is_known else "mapped"
