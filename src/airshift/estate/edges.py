"""What a file says about edges between DAGs: who triggers, waits for, feeds or contains whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from airshift.engine.facts import ModuleFacts
from airshift.estate.api_links import api_links
from airshift.estate.assets import asset_keys, assets_in, is_alias
from airshift.estate.bodies import calls_in
from airshift.estate.builder import DagBuilder, TaskNode
from airshift.estate.dags import text_of
from airshift.estate.link import Link
from airshift.estate.model import EdgeKind, Unknown
from airshift.estate.modules import Modules
from airshift.estate.values import Function


@dataclass(frozen=True, slots=True)
class Relation:
    """Operators that name another DAG in an argument."""

    operators: frozenset[str]
    argument: str
    kind: EdgeKind
    ahead: bool = True
    address: str = ""
    """The argument that names the other DAG's environment, if there is one."""


RELATIONS = (
    Relation(frozenset({"TriggerDagRunOperator"}), "trigger_dag_id", EdgeKind.TRIGGER),
    Relation(
        frozenset({"ExternalTaskSensor", "ExternalTaskSensorAsync"}), "external_dag_id", EdgeKind.SENSOR,
        ahead=False,
    ),
    Relation(frozenset({"ExternalTaskMarker"}), "external_dag_id", EdgeKind.MARKER),
    Relation(
        frozenset({"MwaaTriggerDagRunOperator"}), "trigger_dag_id", EdgeKind.TRIGGER, address="env_name"
    ),
    Relation(
        frozenset({"MwaaDagRunSensor", "MwaaTaskSensor"}), "external_dag_id", EdgeKind.SENSOR,
        ahead=False, address="external_env_name",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssetUse:
    """A DAG that writes an asset (through a task's outlets) or is scheduled by it."""

    keys: frozenset[str]
    """What identifies the asset; two uses that share one are of the same asset."""
    dag_id: str
    path: str
    line: int
    produces: bool
    certain: bool = True
    """False where an alias stands for an asset that the task names at run time."""


@dataclass(frozen=True, slots=True)
class Links:
    """What one file says about edges: direct ones, and asset uses that are joined over the estate."""

    direct: tuple[Link, ...]
    assets: tuple[AssetUse, ...]


def links(facts: ModuleFacts, dags: Sequence[DagBuilder], modules: Modules | None = None) -> Links:
    """Links and asset uses of a file's DAGs."""
    direct: list[Link] = []
    assets: list[AssetUse] = []
    for dag in dags:
        if isinstance(dag.dag_id, Unknown):
            continue
        assets += _consumed(dag, dag.dag_id)
        for task in dag.tasks.values():
            direct += _task_links(facts, task, dag.dag_id)
            direct += api_links(task, dag.dag_id, modules)
            assets += _produced(task, dag.dag_id, modules)
    return Links(tuple(direct), tuple(assets))


def _task_links(facts: ModuleFacts, task: TaskNode, dag_id: str) -> Iterator[Link]:
    lineage = {name.rpartition(".")[2] for name in facts.lineage(task.operator)}
    for relation in RELATIONS:
        if lineage & relation.operators:
            yield from _related(relation, task, dag_id)
    child = task.arguments.get("subdag")
    if "SubDagOperator" in lineage and isinstance(child, DagBuilder) and isinstance(child.dag_id, str):
        yield Link(dag_id, child.dag_id, EdgeKind.SUBDAG, task.dag.path, task.line, task.task_id)


def _related(relation: Relation, task: TaskNode, dag_id: str) -> Iterator[Link]:
    address = task.argument(relation.address) if relation.address else ""
    value = task.argument(relation.argument)
    if value is None:
        return
    others = value if task.mapped and isinstance(value, list) else [value]
    for other in others:
        if not isinstance(other, str) or "{{" in other or not isinstance(address, str):
            expression = other if isinstance(other, str) else text_of(other)
            task.dag.doubt(f"{relation.argument} at line {task.line}: {expression}")
            continue
        yield Link(
            dag_id, other, relation.kind, task.dag.path, task.line, task.task_id, relation.ahead,
            address=address,
        )  # fmt: skip


def _consumed(dag: DagBuilder, dag_id: str) -> Iterator[AssetUse]:
    for name in ("schedule", "timetable", "schedule_interval"):
        for asset in assets_in(dag.arguments.get(name)):
            yield AssetUse(asset_keys(asset), dag_id, dag.path, dag.line, produces=False)


def _produced(task: TaskNode, dag_id: str, modules: Modules | None) -> Iterator[AssetUse]:
    outlets = assets_in(task.arguments.get("outlets"))
    for asset in outlets:
        yield AssetUse(asset_keys(asset), dag_id, task.dag.path, task.line, produces=True)
    function = task.arguments.get("python_callable")
    if not isinstance(function, Function) or not any(is_alias(asset) for asset in outlets):
        return
    for call in calls_in(function, modules, b"outlet_events", b"Metadata"):
        if call.name in ("add", "Metadata"):
            for asset in assets_in([*call.arguments, *call.keywords.values()]):
                keys = asset_keys(asset)
                yield AssetUse(keys, dag_id, task.dag.path, call.line, produces=True, certain=False)
