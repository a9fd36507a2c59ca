"""The published converter as a judge of our rules and definitions, on example DAGs of the amazon provider."""

from __future__ import annotations

import pytest

from airshift.serverless.ruleset import RuleSet
from airshift_dev.serverless_truth import BEGIN, DOCUMENT, END, Truth, compare_all, page

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def truth() -> Truth:
    return compare_all()


def test_the_operator_list_is_the_converters(truth: Truth) -> None:
    assert RuleSet.load().lists["converter"] == truth.operators
    assert len(truth.operators) == 222
    assert len(RuleSet.load().lists["constraints"]) == 197


def test_the_arguments_are_those_of_the_converters_schema(truth: Truth) -> None:
    assert RuleSet.load().known_arguments == truth.arguments


def test_at_least_twenty_definitions_and_all_are_loaded_by_the_converters_validator(truth: Truth) -> None:
    assert len(truth.native) >= 20
    for pair in truth.native:
        assert pair.loaded is not None
        assert pair.loaded["error"] == "", pair.ours.dag.dag_id
        assert pair.written is not None
        assert {
            name: (task["operator"], task["dependencies"]) for name, task in pair.loaded["tasks"].items()
        } == {
            name: (task["operator"], sorted(task.get("dependencies", ())))
            for name, task in pair.written["tasks"].items()
        }
        assert pair.loaded["schedule"] == pair.written["schedule"]


def test_what_the_schema_does_not_know_is_told(truth: Truth) -> None:
    for pair in truth.native:
        assert pair.loaded is not None
        told = " ".join(reason.text for reason in pair.ours.reasons)
        assert not [
            name for name in pair.loaded["unknown"] if f"{name.partition('.')[2]} is carried over" not in told
        ]


def test_definitions_have_the_structure_that_the_converter_gives(truth: Truth) -> None:
    both = [pair for pair in truth.native if pair.theirs is not None]
    assert len(both) >= 10
    assert {pair.ours.dag.dag_id: pair.structure() for pair in both if pair.structure()} == {}


def test_the_differences_in_the_documentation_are_current(truth: Truth) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    written = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip().splitlines()
    assert written == list(page(truth))
