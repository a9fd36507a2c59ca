"""What counts as equal, as intended and as different between two parses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from airshift.verify.compare import compare
from airshift.verify.model import Answer, Side, Spot, Verdict

RUNS = ("2026-01-02", "2026-01-03")
TASK: dict[str, Any] = {
    "operator": "EmptyOperator", "class": "airflow.operators.empty.EmptyOperator", "mapped": False, "upstream": [],
    "trigger_rule": "all_success", "retries": 0, "pool": "default_pool", "queue": "default", "owner": "a",
    "start_date": None, "depends_on_past": False, "wait_for_downstream": False, "callbacks": [],
}  # fmt: skip
MOVED = {("old.DummyOperator", "new.EmptyOperator")}


def run(day: str, logical: str | None = None) -> dict[str, Any]:
    return {
        "run_after": day,
        "logical_date": logical or day,
        "data_interval_start": day,
        "data_interval_end": day,
    }


def dag(dag_id: str = "a", **changed: Any) -> dict[str, Any]:
    facts = {
        "dag_id": dag_id, "schedule": "0 0 * * *", "start_date": None, "end_date": None, "catchup": False,
        "max_active_runs": 16, "tags": [], "params": {}, "callbacks": [], "tasks": {"t": TASK},
        "next_runs": [run(day) for day in RUNS], "rendered": {"t": {"bash_command": "echo 1"}}, "serialized": {},
    }  # fmt: skip
    return {**facts, **changed}


def task(**changed: Any) -> dict[str, Any]:
    return {**TASK, **changed}


def side(*dags: Mapping[str, Any], path: str = "dags/a.py", error: str | None = None) -> Side:
    answer = Answer(path, error, Spot(path, 3) if error else None, {one["dag_id"]: one for one in dags})
    return Side("x", "3.12", (), {path: answer})


def verdict(before: Side, after: Side) -> tuple[Verdict, list[tuple[str, str, bool]]]:
    (found,) = compare(before, after, lambda old, new: (old, new) in MOVED)
    return found.verdict, [(one.what, one.task, bool(one.intended)) for one in found.differences]


def test_the_same_facts_are_equal() -> None:
    assert verdict(side(dag()), side(dag())) == (Verdict.EQUAL, [])


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"schedule": None}, "schedule"),
        ({"catchup": True}, "catchup"),
        ({"params": {"a": 1}}, "params"),
        ({"tags": ["x"]}, "tags"),
        ({"callbacks": ["failure"]}, "callbacks"),
        ({"next_runs": [run("2026-01-05")]}, "next_runs"),
        ({"next_runs": []}, "next_runs"),
        ({"tasks": {}}, "tasks"),
        ({"tasks": {"t": task(), "u": task()}}, "tasks"),
    ],
)
def test_a_changed_dag_is_different(changed: Mapping[str, Any], what: str) -> None:
    assert verdict(side(dag()), side(dag(**changed))) == (Verdict.DIFFERENT, [(what, "", False)])


@pytest.mark.parametrize(
    "name", ["retries", "pool", "queue", "upstream", "trigger_rule", "mapped", "owner", "operator"]
)
def test_a_changed_task_is_different(name: str) -> None:
    other = side(dag(tasks={"t": task(**{name: "other"})}))
    assert verdict(side(dag()), other) == (Verdict.DIFFERENT, [(name, "t", False)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"operator": "DummyOperator", "class": "old.DummyOperator"}, {"class": "new.EmptyOperator"}),
        ({"trigger_rule": "dummy"}, {"trigger_rule": "always"}),
    ],
)
def test_new_names_of_operators_and_rules_are_intended(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    found = verdict(side(dag(tasks={"t": task(**before)})), side(dag(tasks={"t": task(**after)})))
    assert found[0] is Verdict.INTENDED


def test_another_class_behind_the_same_name_is_equal() -> None:
    moved = side(
        dag(tasks={"t": task(**{"class": "airflow.providers.standard.operators.empty.EmptyOperator"})})
    )
    assert verdict(side(dag()), moved) == (Verdict.EQUAL, [])


def test_shifted_dates_are_intended_only_where_nothing_shows_them() -> None:
    shifted = dag(next_runs=[run(day, "2026-01-01") for day in RUNS])
    assert verdict(side(dag()), side(shifted)) == (Verdict.INTENDED, [("logical_date", "", True)])
    shown = dag(next_runs=shifted["next_runs"], rendered={"t": {"bash_command": "echo 2"}})
    assert verdict(side(dag()), side(shown))[0] is Verdict.DIFFERENT


def test_shifted_dates_are_not_excused_by_templates_that_fail() -> None:
    fails = {"t": {"bash_command": "fails: KeyError: 'x'"}}
    shifted = dag(next_runs=[run(day, "2026-01-01") for day in RUNS], rendered=fails)
    assert verdict(side(dag(rendered=fails)), side(shifted))[0] is Verdict.DIFFERENT


def test_a_failure_is_the_same_however_it_is_worded() -> None:
    before = dag(rendered={"t": {"x": "fails: TemplateNotFound: a.sql"}})
    after = dag(rendered={"t": {"x": "fails: TemplateNotFound: 'a.sql' not in path"}})
    assert verdict(side(before), side(after)) == (Verdict.EQUAL, [])
    other = dag(rendered={"t": {"x": "fails: UndefinedError: no ds"}})
    assert verdict(side(before), side(other))[0] is Verdict.DIFFERENT


def test_catchup_means_nothing_without_a_clock() -> None:
    before, after = dag(schedule=None, next_runs=[], catchup=True), dag(schedule=None, next_runs=[])
    assert verdict(side(before), side(after)) == (Verdict.INTENDED, [("catchup", "", True)])


def test_a_file_that_fails_on_the_target_is_not_parsed_and_says_where() -> None:
    (found,) = compare(side(dag()), side(error="Traceback\nImportError: no name"), lambda old, new: False)
    assert found.verdict is Verdict.NOT_PARSED
    assert found.differences[0].target == "ImportError: no name (dags/a.py:3)"


def test_a_file_that_only_the_target_ignores_is_told() -> None:
    (found,) = compare(side(dag()), Side("x", "3.12", (), {}), lambda old, new: False)
    assert (found.verdict, found.differences[0].target) == (Verdict.NOT_PARSED, "not read")


def test_a_dag_that_is_gone_without_an_error_is_different() -> None:
    assert verdict(side(dag()), side()) == (Verdict.DIFFERENT, [("dag", "", False)])


def test_a_subdag_that_became_a_task_group_is_intended() -> None:
    caller = task(operator="SubDagOperator", upstream=["first"])
    inner = dag("a.s", schedule=None, tasks={"x": task(), "y": task(upstream=["x"])})
    before = side(dag(tasks={"first": task(), "s": caller, "last": task(upstream=["s"])}), inner)
    group = {
        "first": task(), "s.x": task(upstream=["first"]), "s.y": task(upstream=["s.x"]),
        "last": task(upstream=["s.y"]),
    }  # fmt: skip
    outer, gone = compare(before, side(dag(tasks=group)), lambda old, new: False)
    assert (outer.verdict, gone.verdict) == (Verdict.INTENDED, Verdict.INTENDED)
    wrong = {**group, "last": task(upstream=["s.x"])}
    assert compare(before, side(dag(tasks=wrong)), lambda old, new: False)[0].verdict is Verdict.DIFFERENT
