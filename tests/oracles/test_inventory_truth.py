"""What is read off example DAGs without running them, against what real Airflow 2.10.3 makes of the same files."""

from __future__ import annotations

import pytest

from airshift_dev.inventory_truth import DOCUMENT, Truth, compare_all, table, total

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def truths() -> list[Truth]:
    return compare_all()


@pytest.fixture(scope="module")
def whole(truths: list[Truth]) -> Truth:
    return total(truths)


def test_enough_is_compared(truths: list[Truth], whole: Truth) -> None:
    providers = [truth for truth in truths if not truth.corpus.startswith("Airflow")]
    assert len(providers) >= 6
    assert whole.scores["DAGs"].real >= 150
    assert whole.scores["edges between DAGs"].real >= 20


@pytest.mark.parametrize(
    ("measure", "least"),
    [("DAGs", 0.95), ("tasks", 0.9), ("task edges", 0.9), ("edges between DAGs", 1.0), ("facts", 0.9)],
)
def test_enough_is_found_and_nothing_that_is_not_there(whole: Truth, measure: str, least: float) -> None:
    assert whole.scores[measure].wrong == []
    assert whole.scores[measure].share >= least


def test_dags_read_exactly_are_equal(whole: Truth) -> None:
    assert whole.exact >= 140
    assert whole.exact_wrong == []


def test_the_table_is_in_the_documentation(truths: list[Truth]) -> None:
    command = "python -m airshift_dev.inventory_truth --write"
    assert "\n".join(table(truths)) in DOCUMENT.read_text(encoding="utf-8"), f"run {command}"
