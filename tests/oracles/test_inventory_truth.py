"""The statically read DAGs, tasks and edges against what real Airflow 2.10.3 parses."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.estate.inventory import build_inventory
from airshift.estate.model import Inventory
from airshift.files import list_files
from airshift_dev.envs import Environment
from airshift_dev.parsing import Parsed, parse_files, site_packages

pytestmark = pytest.mark.oracle
Edge = tuple[str, str, str]

CONDITIONAL = "whether this DAG exists at all depends on a condition"


@pytest.fixture(scope="module")
def examples() -> Path:
    return site_packages(Environment("2.10.3", wide=True)) / "airflow" / "example_dags"


@pytest.fixture(scope="module")
def truth(examples: Path) -> dict[str, Parsed]:
    parsed = parse_files("2.10.3", sorted(examples.rglob("*.py")), root=examples)
    return {dag_id: file for file in parsed.values() for dag_id in file.dags}


@pytest.fixture(scope="module")
def inventory(examples: Path) -> Inventory:
    return build_inventory(list_files([examples]))[0]


def _real_edges(truth: dict[str, Parsed]) -> set[Edge]:
    return {
        (dag_id, name, after)
        for dag_id, file in truth.items()
        for name, task in file.dags[dag_id]["tasks"].items()
        for after in task["downstream"]
    }


def test_dag_ids(truth: dict[str, Parsed], inventory: Inventory) -> None:
    ours = {dag.dag_id for dag in inventory.dags}
    certain = {dag.dag_id for dag in inventory.dags if CONDITIONAL not in dag.unknown}
    assert certain <= truth.keys()
    assert len(ours & truth.keys()) >= 0.95 * len(truth)


def test_task_ids(truth: dict[str, Parsed], inventory: Inventory) -> None:
    real = {(dag_id, name) for dag_id, file in truth.items() for name in file.dags[dag_id]["tasks"]}
    ours = {(dag.dag_id, task.task_id) for dag in inventory.dags if dag.dag_id in truth for task in dag.tasks}
    assert ours <= real
    assert len(ours) >= 0.9 * len(real)


def test_edges(truth: dict[str, Parsed], inventory: Inventory) -> None:
    real = _real_edges(truth)
    ours = {(dag.dag_id, *edge) for dag in inventory.dags if dag.dag_id in truth for edge in dag.task_edges}
    assert ours <= real
    assert len(ours) >= 0.9 * len(real)


def test_literal_dags_are_equal(truth: dict[str, Parsed], inventory: Inventory) -> None:
    exact = [dag for dag in inventory.dags if dag.exact and dag.dag_id in truth]
    assert len(exact) > 50
    for dag in exact:
        real = truth[dag.dag_id].dags[dag.dag_id]["tasks"]
        assert {task.task_id for task in dag.tasks} == real.keys(), dag.dag_id
        edges = {(name, after) for name, task in real.items() for after in task["downstream"]}
        assert set(dag.task_edges) == edges, dag.dag_id


def test_edges_between_dags(inventory: Inventory) -> None:
    found = {(edge.source, edge.target, edge.kind.value) for edge in inventory.edges}
    assert found >= {
        ("example_trigger_controller_dag", "example_trigger_target_dag", "trigger"),
        ("example_external_task_marker_parent", "example_external_task_marker_child", "marker"),
        ("example_external_task_marker_parent", "example_external_task_marker_child", "sensor"),
        ("dataset_produces_1", "dataset_consumes_1", "asset"),
        ("dataset_produces_1", "dataset_consumes_1_and_2", "asset"),
        ("dataset_produces_2", "dataset_consumes_1_and_2", "asset"),
        ("dataset_alias_example_alias_producer", "dataset_alias_example_alias_consumer", "asset"),
    }
