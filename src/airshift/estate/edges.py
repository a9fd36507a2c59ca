"""Edges between DAGs: who triggers, waits for, feeds or contains whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from airshift.engine.facts import ModuleFacts
from airshift.estate.builder import DagBuilder, TaskNode
from airshift.estate.dags import asset_uris, strings_in
from airshift.estate.model import Edge, EdgeKind, Unknown

_CLI = re.compile(r"\bairflow\s+(?:dags\s+trigger|trigger_dag)\s+(?:-{1,2}[\w-]+(?:[= ]\S+)?\s+)*([\w.-]+)")
_REST = re.compile(r"/dags/([\w.-]+)/dagRuns\b")


@dataclass(frozen=True, slots=True)
class AssetUse:
    """A DAG that writes an asset (through a task's outlets) or is scheduled by it."""

    uri: str
    dag_id: str
    path: str
    line: int
    produces: bool


@dataclass(frozen=True, slots=True)
class Links:
    """What one file says about edges: direct ones, and asset uses that are joined over the estate."""

    edges: tuple[Edge, ...]
    assets: tuple[AssetUse, ...]


def links(facts: ModuleFacts, dags: Sequence[DagBuilder]) -> Links:
    """Edges and asset uses of a file's DAGs."""
    edges: list[Edge] = []
    assets: list[AssetUse] = []
    for dag in dags:
        if isinstance(dag.dag_id, Unknown):
            continue
        assets += _consumed(dag, dag.dag_id)
        for task in dag.tasks.values():
            edges += _task_edges(facts, task, dag.dag_id)
            assets += _produced(task, dag.dag_id)
    return Links(tuple(edges), tuple(assets))


def _task_edges(facts: ModuleFacts, task: TaskNode, dag_id: str) -> Iterator[Edge]:
    lineage = {name.rpartition(".")[2] for name in facts.lineage(task.operator)}
    path, line = task.dag.path, task.line
    if "TriggerDagRunOperator" in lineage:
        yield from _edge(dag_id, task.argument("trigger_dag_id"), EdgeKind.TRIGGER, path, line)
    if lineage & {"ExternalTaskSensor", "ExternalTaskSensorAsync"}:
        yield from _reverse(dag_id, task.argument("external_dag_id"), EdgeKind.SENSOR, path, line)
    if "ExternalTaskMarker" in lineage:
        yield from _edge(dag_id, task.argument("external_dag_id"), EdgeKind.MARKER, path, line)
    if "SubDagOperator" in lineage and isinstance(child := task.arguments.get("subdag"), DagBuilder):
        yield from _edge(dag_id, child.dag_id, EdgeKind.SUBDAG, path, line)
    for text in strings_in(task.arguments):
        for pattern in (_CLI, _REST):
            for match in pattern.finditer(text):
                yield from _edge(dag_id, match[1], EdgeKind.API, path, line)


def _edge(source: str, target: Any, kind: EdgeKind, path: str, line: int) -> Iterator[Edge]:
    if isinstance(target, str) and target and "{{" not in target:
        yield Edge(source, target, kind, kind is not EdgeKind.API, path, line)


def _reverse(dag_id: str, source: Any, kind: EdgeKind, path: str, line: int) -> Iterator[Edge]:
    if isinstance(source, str) and source and "{{" not in source:
        yield Edge(source, dag_id, kind, True, path, line)


def _consumed(dag: DagBuilder, dag_id: str) -> Iterator[AssetUse]:
    for name in ("schedule", "timetable", "schedule_interval"):
        for uri in asset_uris(dag.arguments.get(name)):
            if uri is not None:
                yield AssetUse(uri, dag_id, dag.path, dag.line, produces=False)


def _produced(task: TaskNode, dag_id: str) -> Iterator[AssetUse]:
    for uri in asset_uris(task.arguments.get("outlets")):
        if uri is not None:
            yield AssetUse(uri, dag_id, task.dag.path, task.line, produces=True)


def join_assets(uses: Sequence[AssetUse]) -> Iterator[Edge]:
    """An edge from every producer of an asset to every DAG it schedules."""
    producers: dict[str, list[AssetUse]] = {}
    for use in uses:
        if use.produces:
            producers.setdefault(use.uri, []).append(use)
    for use in uses:
        if use.produces:
            continue
        for producer in producers.get(use.uri, []):
            yield Edge(producer.dag_id, use.dag_id, EdgeKind.ASSET, True, producer.path, producer.line)
