"""`airshift assess` on the example DAGs of Airflow 2.10.3 and 1.10.15: no crash, and numbers that were judged by hand.

The lists below were written while reading the files and trying each import and constructor on Airflow 3.3.1, not
taken from the output.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import pytest

from airshift.cli.app import run
from airshift_dev.envs import Environment, envs_folder
from airshift_dev.parsing import parse_files, site_packages
from airshift_dev.wheels import unpacked_wheel

pytestmark = pytest.mark.oracle

Findings = list[tuple[str, int, str]]
Report = dict[str, Any]

NEW = "2.10.3"
OLD = "1.10.15"
SDK_DAG = "airflow.models.dag.DAG"
DAYS_AGO = "airflow.utils.dates.days_ago"

JUDGED: dict[tuple[str, str], Findings] = {
    # SubDAGs are gone; everything else still imports with a warning. `@once` runs once with any catchup.
    (NEW, "example_subdag_operator.py"): [
        ("AS105", 34, SDK_DAG),
        ("AS105", 35, "airflow.operators.empty.EmptyOperator"),
        ("AS101", 36, "airflow.operators.subdag.SubDagOperator"),
        ("AS701", 51, "SubDagOperator"),
        ("AS701", 60, "SubDagOperator"),
    ],
    # airflow.datasets and airflow.timetables.datasets went in 3.2; AssetOrTimeSchedule(datasets=) is a TypeError,
    # which the rename of the import takes care of. CronTriggerTimetable stays where it is.
    (NEW, "example_datasets.py"): [
        ("AS102", 57, "airflow.datasets.Dataset"),
        ("AS105", 58, SDK_DAG),
        ("AS105", 59, "airflow.operators.bash.BashOperator"),
        ("AS102", 60, "airflow.timetables.datasets.DatasetOrTimeSchedule"),
    ],
    # WeekDay is the one import that fails. The clock in target_time is not part of the stored DAG.
    (NEW, "example_sensors.py"): [
        ("AS105", 24, SDK_DAG),
        ("AS105", 25, "airflow.operators.bash.BashOperator"),
        ("AS105", 26, "airflow.sensors.bash.BashSensor"),
        ("AS105", 27, "airflow.sensors.filesystem.FileSensor"),
        ("AS105", 28, "airflow.sensors.python.PythonSensor"),
        ("AS105", 29, "airflow.sensors.time_delta.TimeDeltaSensor"),
        ("AS105", 29, "airflow.sensors.time_delta.TimeDeltaSensorAsync"),
        ("AS105", 30, "airflow.sensors.time_sensor.TimeSensor"),
        ("AS105", 30, "airflow.sensors.time_sensor.TimeSensorAsync"),
        ("AS105", 31, "airflow.sensors.weekday.DayOfWeekSensor"),
        ("AS105", 32, "airflow.utils.trigger_rule.TriggerRule"),
        ("AS103", 33, "airflow.utils.weekday.WeekDay"),
    ],
    # Every xcom_pull names its task and its key.
    (NEW, "example_xcom.py"): [
        ("AS105", 24, "airflow.decorators.task"),
        ("AS105", 25, SDK_DAG),
        ("AS105", 26, "airflow.models.xcom_arg.XComArg"),
        ("AS105", 27, "airflow.operators.bash.BashOperator"),
    ],
    # A timetable plugin whose signatures are still the ones that the scheduler calls.
    (NEW, "plugins/workday.py"): [],
    # `ds` of a run that the API triggers has no value; airflow.models.DAG imports without a warning.
    (OLD, "example_trigger_target_dag.py"): [
        ("AS104", 23, "airflow.operators.bash_operator.BashOperator"),
        ("AS104", 24, "airflow.operators.python_operator.PythonOperator"),
        ("AS102", 25, DAYS_AGO),
        ("AS605", 48, "start_date"),
        ("AS201", 49, "schedule_interval"),
        ("AS606", 54, "ds"),
        ("AS207", 61, "provide_context"),
    ],
    # TriggerDagRunOperator(python_callable=) went in 2.0 and is a TypeError.
    (OLD, "example_trigger_controller_dag.py"): [
        ("AS104", 39, "airflow.operators.dagrun_operator.TriggerDagRunOperator"),
        ("AS102", 40, DAYS_AGO),
        ("AS605", 58, "start_date"),
        ("AS201", 59, "schedule_interval"),
        ("AS209", 67, "python_callable"),
    ],
    # provide_context in default_args is ignored, key=None is refused.
    (OLD, "example_xcom.py"): [
        ("AS104", 22, "airflow.operators.python_operator.PythonOperator"),
        ("AS102", 23, DAYS_AGO),
        ("AS605", 27, "start_date"),
        ("AS207", 28, "provide_context"),
        ("AS201", 31, "schedule_interval"),
        ("AS512", 51, "xcom_pull.key"),
        ("AS512", 59, "xcom_pull.key"),
    ],
    # The date key is read three times and moves with the cron schedule; catchup was True by default.
    (OLD, "example_branch_python_dop_operator_3.py"): [
        ("AS104", 26, "airflow.operators.dummy_operator.DummyOperator"),
        ("AS104", 27, "airflow.operators.python_operator.BranchPythonOperator"),
        ("AS102", 28, DAYS_AGO),
        ("AS605", 32, "start_date"),
        ("AS211", 33, "depends_on_past"),
        ("AS602", 39, "catchup"),
        ("AS201", 41, "schedule_interval"),
        ("AS603", 41, "*/1 * * * *"),
        ("AS301", 49, "execution_date"),
        ("AS301", 49, "execution_date"),
        ("AS301", 50, "execution_date"),
        ("AS207", 58, "provide_context"),
    ],
    # The DAG relies on the daily default schedule and on catchup.
    (OLD, "example_skip_dag.py"): [
        ("AS105", 22, "airflow.exceptions.AirflowSkipException"),
        ("AS104", 24, "airflow.operators.dummy_operator.DummyOperator"),
        ("AS102", 25, DAYS_AGO),
        ("AS605", 29, "start_date"),
        ("AS601", 52, "schedule"),
        ("AS602", 52, "catchup"),
    ],
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """report.json for the example DAGs of both versions."""
    found: dict[str, Report] = {}
    for version in (NEW, OLD):
        wheel = unpacked_wheel(f"apache-airflow=={version}", envs_folder() / "wheels")
        out = tmp_path_factory.mktemp(version)
        examples = str(wheel / "airflow" / "example_dags")
        assert run(["assess", examples, "--out", str(out), "--target", "3.3.1", "--quiet"]) == 1
        for name in ("report.html", "report.md", "findings.sarif"):
            assert (out / name).stat().st_size > 1000
        found[version] = json.loads((out / "report.json").read_text())
    return found


def own(report: Report, path: str) -> Findings:
    """airshift's findings in a file, by place."""
    return [
        (finding["code"], finding["line"], finding["symbol"])
        for finding in report["findings"]
        if finding["path"] == path and finding["source"] == "airshift"
    ]


@pytest.mark.parametrize("version", [NEW, OLD])
def test_everything_is_read(reports: dict[str, Report], version: str) -> None:
    report = reports[version]
    assert (report["status"], report["problems"]) == ("complete", [])


@pytest.mark.parametrize(("version", "path"), JUDGED)
def test_the_findings_are_those_that_were_judged(reports: dict[str, Report], version: str, path: str) -> None:
    assert sorted(own(reports[version], path)) == sorted(JUDGED[version, path])


def test_the_dags_of_1_10_are_those_a_reader_counts(reports: dict[str, Report]) -> None:
    """One for each module-level `DAG(` outside comments and docstrings; SubDAGs belong to their parent."""
    found = Counter(dag["path"] for dag in reports[OLD]["dags"])
    assert found.pop("example_external_task_marker_dag.py") == 2
    assert set(found.values()) == {1}
    assert len(found) == 20
    assert found.keys().isdisjoint({"docker_copy_data.py", "example_docker_operator.py", "subdags/subdag.py"})


def test_the_dags_of_2_10_are_those_that_airflow_finds(reports: dict[str, Report]) -> None:
    environment = Environment(NEW, wide=True)
    folder = site_packages(environment) / "airflow" / "example_dags"
    parsed = parse_files(NEW, sorted(folder.rglob("*.py")), root=folder)
    real = {dag_id for file in parsed.values() for dag_id in file.dags if "." not in dag_id}
    exact = {dag["dag_id"] for dag in reports[NEW]["dags"] if dag["exact"]}
    found = {dag["dag_id"] for dag in reports[NEW]["dags"]}
    assert exact <= real
    assert len(real - found) <= 0.05 * len(real)


def minutes_by_hand(findings: list[dict[str, Any]]) -> int:
    """As the report says: the first of a rule in a file in full, each further one a quarter; notes cost nothing."""
    groups: dict[tuple[str, str], list[int]] = {}
    for finding in findings:
        counts = finding["kind"] != "deprecation" and finding["severity"] != "info"
        if finding["applicability"] == "manual" and counts:
            groups.setdefault((finding["path"], finding["code"]), []).append(finding["effort_minutes"])
    return sum(costs[0] + sum(math.ceil(cost / 4) for cost in costs[1:]) for costs in groups.values())


@pytest.mark.parametrize("version", [NEW, OLD])
def test_the_numbers_add_up(reports: dict[str, Report], version: str) -> None:
    report = reports[version]
    summary = report["summary"]
    verdicts = Counter(dag["verdict"] for dag in report["dags"])
    assert summary["dags"] == len(report["dags"]) == sum(verdicts.values())
    for verdict in ("ready", "auto_fixable", "needs_work", "blocked"):
        assert summary[verdict] == verdicts[verdict]
    assert summary["findings"] == len(report["findings"])
    counted = Counter(finding["code"] for finding in report["findings"])
    assert {rule["code"]: rule["findings"] for rule in report["rules"]} == dict(counted)
    for rule in report["rules"]:
        found = [finding for finding in report["findings"] if finding["code"] == rule["code"]]
        assert rule["files"] == len({finding["path"] for finding in found})
        assert rule["fixable"] == sum(finding["applicability"] != "manual" for finding in found)
    applicabilities = Counter(finding["applicability"] for finding in report["findings"])
    folders = Counter[str]()
    for folder in report["folders"]:
        folders.update(folder["findings"])
    assert +folders == +applicabilities
    effort = summary["effort_minutes"]
    assert effort["manual"] == minutes_by_hand(report["findings"])
    assert effort["review"] == applicabilities["safe"] * 1 + applicabilities["unsafe"] * 3
    assert effort["total"] == sum(minutes for kind, minutes in effort.items() if kind != "total")


@pytest.mark.parametrize("version", [NEW, OLD])
def test_verdicts_follow_from_the_findings(reports: dict[str, Report], version: str) -> None:
    """A ready DAG has no error in its own file; a file with a manual error makes its DAGs need work."""
    report = reports[version]
    errors: dict[str, set[str]] = {}
    for finding in report["findings"]:
        if finding["severity"] == "error":
            errors.setdefault(finding["path"], set()).add(finding["applicability"])
    for dag in report["dags"]:
        found = errors.get(dag["path"], set())
        if dag["verdict"] == "ready":
            assert not found, dag["dag_id"]
        if "manual" in found:
            assert dag["verdict"] in ("needs_work", "blocked"), dag["dag_id"]
