"""Facts of a running Airflow, from recorded answers of its REST API, joined with what the source shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airshift.errors import ServiceError
from airshift.estate.live import ONLY_LIVE, live_facts, merge_live
from airshift.estate.model import LiveFacts
from airshift.estate.reconcile import Difference
from airshift.output.inventory import inventory_document
from estate.estates import inventory_of

RECORDED = sorted(Path(__file__).with_name("rest").glob("*.json"))
SOURCE = """
import os
from airflow import DAG
with DAG("nightly", schedule="0 3 * * *", catchup=False):
    pass
DAG("gone")
for name in os.environ["NAMES"].split():
    globals()[name] = DAG(name)
"""


def recorded(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["dags"], content["dag_runs"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_answers(path: Path) -> None:
    facts = {one.dag_id: one for one in live_facts(*recorded(path))}
    nightly = facts["nightly"]
    assert facts.keys() == {"nightly", "dyn_a", "dyn_b"}
    assert (nightly.owners, nightly.tags, nightly.is_paused) == (("finance", "sales"), ("gold", "pii"), False)
    assert (nightly.last_state, nightly.durations) == ("running", (30.5, 90.0))
    assert nightly.last_run is not None
    assert nightly.last_run.startswith("2024-05-03T03:00:00")
    assert nightly.next_run is not None
    assert facts["dyn_b"].is_paused is True
    assert (facts["dyn_a"].is_paused, facts["dyn_a"].last_run, facts["dyn_a"].durations) == (False, None, ())


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_joined_with_the_source(path: Path, tmp_path: Path) -> None:
    found = inventory_of(tmp_path, dags_in_two__py=SOURCE)
    joined = merge_live(found, live_facts(*recorded(path)))
    dags = {dag.dag_id: dag for dag in joined.inventory.dags}
    assert (dags["nightly"].schedule, dags["nightly"].catchup) == ("0 3 * * *", False)
    assert dags["nightly"].owners == ("finance", "sales")
    assert dags["nightly"].live is not None
    assert (dags["dyn_a"].path, dags["dyn_a"].unknown) == ("dags/two.py", (ONLY_LIVE,))
    assert joined.only_static == (Difference("dag", "gone", "dags/two.py"),)
    assert [one.name for one in joined.only_exact] == ["dyn_a", "dyn_b"]
    record = next(
        dag for dag in inventory_document(joined.inventory, ())["dags"] if dag["dag_id"] == "nightly"
    )
    assert record["live"]["durations"] == [30.5, 90.0]


def test_dags_of_another_environment_stay_as_they_are(tmp_path: Path) -> None:
    found = inventory_of(tmp_path, two__py=SOURCE)
    joined = merge_live(found, [LiveFacts("nightly", environment="prod", path="two.py")])
    assert [(dag.key, dag.live is None) for dag in joined.inventory.dags] == [
        ("gone", True), ("nightly", True), ("prod:nightly", False),
    ]  # fmt: skip
    assert joined.only_static == ()


def test_dags_that_airflow_has_forgotten_do_not_count(tmp_path: Path) -> None:
    found = inventory_of(tmp_path, two__py=SOURCE)
    joined = merge_live(found, [LiveFacts("old", is_active=False)])
    assert joined.inventory == found


@pytest.mark.parametrize(
    "dags", [[{}], [3], [{"dag_id": "a", "tags": ["x"]}], [{"dag_id": "a", "owners": 3}]]
)
def test_other_answers_are_errors_without_the_answer(dags: list[Any]) -> None:
    with pytest.raises(ServiceError, match="another shape"):
        live_facts(dags)
