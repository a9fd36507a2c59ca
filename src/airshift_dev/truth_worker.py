"""Everything that Airflow 2.10 knows about the DAGs of a file, for comparing it with what the source shows.

Runs inside an Airflow install, as `parse_worker`, whose parsing it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

parse_worker: Any = import_module("parse_worker")
shape = parse_worker.structure


def facts(dag: Any) -> dict[str, Any]:
    """Tasks and edges, settings, and how the DAG refers to others."""
    return {
        **shape(dag),
        "interval": interval(dag),
        "start_date": start_date(dag),
        "tags": sorted(str(tag) for tag in dag.tags or ()),
        "owners": sorted({task.owner for task in dag.tasks}),
        "pools": sorted({task.pool for task in dag.tasks} - {"default_pool"}),
        "queues": sorted({task.queue for task in dag.tasks} - {"default"}),
        "params": sorted(dag.params),
        "operators": {task.task_id: operator(task) for task in dag.tasks},
        "links": sorted(links(dag)),
    }


def interval(dag: Any) -> Any:
    """The schedule as it was given: text, seconds, asset URIs, or the class of a timetable."""
    condition = getattr(dag.timetable, "dataset_condition", None)
    uris = sorted({uri for uri, _ in condition.iter_datasets()}) if condition is not None else []
    if uris:
        return {"assets": uris}
    given = dag.schedule_interval
    if given is None or isinstance(given, str):
        return given
    if hasattr(given, "total_seconds"):
        return {"seconds": given.total_seconds()}
    return {"object": type(given).__name__}


def start_date(dag: Any) -> str | None:
    """The DAG's own start date, or the one all its tasks share."""
    dates = {dag.start_date} if dag.start_date else {task.start_date for task in dag.tasks}
    found = next(iter(dates)) if len(dates) == 1 else None
    return found.isoformat() if found is not None else None


def operator(task: Any) -> str:
    """The class of a task, or of what a mapped task is made from."""
    return str(getattr(task, "task_type", type(task).__name__))


def links(dag: Any) -> list[tuple[str, str, str]]:
    """Edges to and from other DAGs, `asset` ones with the asset (or alias) as one end."""
    from airflow.serialization.serialized_objects import SerializedDAG

    found = [
        (kind(dependency), end(dependency, "source"), end(dependency, "target"))
        for dependency in SerializedDAG.to_dict(dag)["dag"]["dag_dependencies"]
    ]
    for task in dag.tasks:
        if task.task_type == "ExternalTaskMarker":
            found.append(("marker", dag.dag_id, task.external_dag_id))
        if getattr(task, "subdag", None) is not None:
            found.append(("subdag", dag.dag_id, task.subdag.dag_id))
    return [link for link in found if None not in link]


def kind(dependency: dict[str, str]) -> str:
    """Our name of a dependency's type."""
    return "asset" if dependency["dependency_type"].startswith("dataset") else dependency["dependency_type"]


def end(dependency: dict[str, str], side: str) -> str:
    """A DAG's id, or the asset that stands in its place."""
    name = dependency[side]
    if kind(dependency) != "asset" or name == dependency.get("dag_id"):
        return name
    is_asset = name in ("", "dataset", "dataset-alias") or name.startswith("dataset-alias:")
    return f"asset {dependency['dependency_id']}" if is_asset else name


if __name__ == "__main__":
    parse_worker.structure = facts
    parse_worker.main()
