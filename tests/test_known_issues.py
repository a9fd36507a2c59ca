"""Known issues: the table, and what of an estate meets which row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airshift.assessing import assess_path
from airshift.known_issues import Construct, as_of, issues, matching, used_names_of
from airshift.targets import parse_target, parse_version
from rules.checking import facts_of

ORCHESTRATION = """\
from airflow import DAG
from airflow.decorators import task
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

def alert(context):
    pass

with DAG("a", schedule=None, on_failure_callback=alert):
    TriggerDagRunOperator(task_id="go", trigger_dag_id="b", deferrable=True)
    @task.virtualenv
    def f():
        pass
    f()
"""


def ids(target: str, source: str = ORCHESTRATION, options: dict[str, str] | None = None) -> set[str]:
    found = matching(parse_version(target), used_names_of(facts_of(source)), options)
    return {issue.id for issue in found}


def test_every_row_is_dated_and_cites_a_report() -> None:
    assert as_of().year >= 2026
    for issue in issues():
        assert re.fullmatch(r"https://github\.com/[\w-]+/[\w-]+/(issues|pull)/\d+", issue.url), issue.id
        assert issue.verified in {"run", "source", "report"}
        assert issue.fixed is None or issue.fixed > issue.since


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("3.0.6", {"KI001", "KI008"}),
        ("3.2.1", {"KI002", "KI007"}),
        ("3.3.1", {"KI007"}),
    ],
)
def test_operators_and_keywords_meet_the_versions_defects(target: str, expected: set[str]) -> None:
    assert ids(target) == expected


@pytest.mark.parametrize("decorator", ["@task.virtualenv", "@task.virtualenv()"])
def test_a_decorated_virtual_environment_is_found(decorator: str) -> None:
    source = ORCHESTRATION.replace("@task.virtualenv", decorator)
    assert "KI008" in ids("3.0.6", source)
    assert "KI008" not in ids("3.2.1", source)


def test_a_lambda_passed_to_a_task() -> None:
    source = """\
from airflow.sdk import dag, task

@task
def pick(values, key):
    return sorted(values, key=key)

@dag(schedule=None)
def load():
    pick([3, 1], key=lambda value: value)
"""
    assert Construct.CALLABLE_ARGUMENT in used_names_of(facts_of(source))
    assert "KI003" in ids("3.2.1", source)
    assert "KI003" not in ids("3.3.1", source)
    plain = source.replace("lambda value: value", "'value'")
    assert Construct.CALLABLE_ARGUMENT not in used_names_of(facts_of(plain))


def test_an_option_matches_by_what_it_contains() -> None:
    assert "KI006" in ids("3.2.1", "", {"core.executor": "CeleryExecutor,KubernetesExecutor"})
    assert "KI006" not in ids("3.2.1", "", {"core.executor": "LocalExecutor"})
    assert "KI006" in ids("mwaa-3.2.1", "")


def test_what_files_set_and_hold_is_matched_in_an_assessment(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text("from airflow import DAG\nDAG('a', schedule=None)\n")
    (tmp_path / "airflow.cfg").write_text("[core]\nexecutor = CeleryExecutor\n")
    (tmp_path / "startup-prod.sh").write_text("export A=1\n")

    def met(target: str) -> dict[str, tuple[str, ...]]:
        found = assess_path(tmp_path, target=parse_target(target), ask_ruff=False).known_issues
        return {issue.identifier: tuple(issue.places) for issue in found}

    assert met("3.2.1") == {"KI006": ("airflow.cfg",)}
    assert met("mwaa-3.3.1") == {"KI006": ("airflow.cfg",), "KI012": ("startup-prod.sh",)}
    (tmp_path / "airflow.cfg").write_text("[core]\nexecutor = LocalExecutor\n")
    assert met("3.2.1") == {}


def test_platform_and_construct_must_both_hold() -> None:
    def found(target: str, *names: str) -> set[str]:
        return {issue.id for issue in matching(parse_version(target), names)}

    assert "KI012" in found("mwaa-3.3.1", Construct.STARTUP_SCRIPT)
    assert "KI012" not in found("3.3.1", Construct.STARTUP_SCRIPT)
    assert "KI012" not in found("mwaa-3.3.1")
    assert {"KI004", "KI005"} <= found("3.0.6", Construct.IN_PLACE_UPGRADE)
    assert found("3.3.1", Construct.IN_PLACE_UPGRADE) == {"KI005"}


def test_an_estate_that_uses_nothing_of_it_has_no_known_issue() -> None:
    assert ids("3.3.1", "from airflow import DAG\nDAG('a', schedule=None)\n") == set()
