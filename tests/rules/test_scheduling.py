"""Scheduling: changed defaults, moving dates, missing dates, and their surviving neighbours."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.findings import Severity
from airshift.fix.rewrites import AddKeyword, ReplaceExpression
from airshift.rules import data_intervals, scheduling
from rules.checking import codes, context, facts_of, findings

HEAD = """\
from datetime import datetime, timedelta
from airflow import DAG
from airflow.datasets import Dataset
from airflow.decorators import dag, task
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
"""
FIRST = HEAD.count("\n") + 1


def found(body: str, path: str = "dags/dag.py", target: str = "3.3.1") -> list[tuple[str, int, str]]:
    """Codes of the family with lines counted from the body's first."""
    hits = codes(HEAD + dedent(body), target, path)
    return [(code, line - FIRST + 1, symbol) for code, line, symbol in hits if code.startswith("AS6")]


START = "start_date=datetime(2024, 1, 1)"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(f'DAG("a", {START}, catchup=False)', [("AS601", 1, "schedule")], id="no schedule"),
        pytest.param(
            f'DAG("a", {START}, schedule="@daily")', [("AS602", 1, "catchup")], id="no catchup, no date keys"
        ),
        pytest.param(
            f'DAG("a", {START})', [("AS601", 1, "schedule"), ("AS602", 1, "catchup")], id="neither of them"
        ),
        pytest.param("@dag\ndef a():\n    pass\na()", [("AS601", 1, "schedule")], id="a bare decorator"),
        pytest.param(
            f"from airflow.decorators import task as t, dag as make\n@make({START}, catchup=False)\ndef a():\n    pass\na()",
            [("AS601", 2, "schedule")],
            id="a decorator under another name",
        ),
        pytest.param(
            f"@dag({START}, catchup=False)\ndef a():\n    pass\na()",
            [("AS601", 1, "schedule")],
            id="a decorator",
        ),
        pytest.param(
            f"""\
            with DAG("a", {START}, schedule="0 6 * * *", catchup=False):
                BashOperator(task_id="x", bash_command="load {{{{ ds }}}}")
            """,
            [("AS603", 1, "0 6 * * *")],
            id="cron and a template",
        ),
        pytest.param(
            f"""\
            with DAG("a", {START}, schedule="0 6 * * *", catchup=False):
                BashOperator(task_id="x", bash_command="load {{{{ task_instance_key_str }}}}")
            """,
            [("AS603", 1, "0 6 * * *")],
            id="the key of the task instance holds the date",
        ),
        pytest.param(
            f"""\
            def load(data_interval_start, **kwargs):
                return kwargs["ts"]
            with DAG("a", {START}, schedule_interval="@hourly", catchup=True):
                PythonOperator(task_id="x", python_callable=load)
            """,
            [("AS603", 3, "@hourly")],
            id="cron and a callable's parameter",
        ),
        pytest.param(
            f"""\
            EVERY = "@weekly"
            with DAG("a", {START}, schedule=EVERY, catchup=True):
                @task
                def f(**context):
                    return context["logical_date"]
            """,
            [("AS603", 2, "schedule")],
            id="cron through a constant, context of a task",
        ),
        pytest.param(
            f"""\
            with DAG("a", {START}, schedule=timedelta(days=1), catchup=True):
                BashOperator(task_id="x", bash_command="load {{{{ data_interval_end | ds }}}}")
            """,
            [("AS604", 1, "schedule")],
            id="timedelta and a template",
        ),
        pytest.param(
            f'DAG("a", {START}, schedule=timedelta(days=1), catchup=False)',
            [("AS604", 1, "schedule")],
            id="timedelta without catchup shifts its phase",
        ),
        pytest.param(
            """\
            with DAG("a", schedule=[Dataset("s3://b/k")]):
                BashOperator(task_id="x", bash_command="load {{ ds }}")
            """,
            [("AS606", 2, "ds")],
            id="asset schedule",
        ),
        pytest.param(
            """\
            @dag(schedule=None)
            def a():
                @task
                def f(dag_run=None, **context):
                    context["data_interval_start"]
                    return dag_run.logical_date
                f()
            a()
            """,
            [("AS606", 5, "data_interval_start"), ("AS606", 6, "logical_date")],
            id="triggered only",
        ),
        pytest.param(
            f"""\
            with DAG("a", {START}, schedule="@daily", catchup=True):
                BashOperator(task_id="x", bash_command="true")
            with DAG("b", schedule=None):
                BashOperator(task_id="y", bash_command="load {{{{ ds }}}}")
            """,
            [("AS606", 4, "ds")],
            id="dates belong to the DAG around them",
        ),
        pytest.param(
            'DAG("a", schedule=None, max_active_tasks=4, max_active_runs=2)',
            [("AS607", 1, "max_active_tasks")],
            id="max_active_tasks with several runs",
        ),
        pytest.param(
            'DAG("a", schedule=None, start_date=datetime.now())', [("AS605", 1, "start_date")], id="now"
        ),
        pytest.param(
            """\
            START = datetime.utcnow() - timedelta(days=1)
            DEFAULTS = {"start_date": START}
            DAG("a", schedule=None, default_args=DEFAULTS)
            """,
            [("AS605", 2, "start_date")],
            id="now through default_args and a constant",
        ),
        pytest.param(
            """\
            @task
            def f(dag_run=None, **context):
                dag_run.run_id.split("__")
                context["run_id"][11:]
            """,
            [("AS609", 3, "run_id"), ("AS609", 4, "run_id")],
            id="run ids taken apart",
        ),
        pytest.param(
            """BashOperator(task_id="x", bash_command="load {{ run_id.split('__')[1] }}")""",
            [("AS609", 1, "run_id")],
            id="run ids taken apart in a template",
        ),
        pytest.param(
            """\
            from airflow.timetables.base import Timetable
            class Nightly(Timetable):
                dataset_condition = None
                def generate_run_id(self, *, run_type, logical_date, data_interval, **extra):
                    return "x"
            """,
            [("AS610", 3, "dataset_condition"), ("AS610", 4, "generate_run_id")],
            id="a custom timetable",
        ),
        pytest.param(
            """\
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            ExternalTaskSensor(task_id="w", external_dag_id="b", execution_delta=timedelta(hours=1))
            """,
            [("AS611", 2, "execution_delta")],
            id="an offset between DAGs",
        ),
        pytest.param(
            """\
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            TriggerDagRunOperator(task_id="g", trigger_dag_id="b", logical_date="{{ macros.ds_add(ds, 2) }}")
            """,
            [("AS608", 2, "logical_date")],
            id="a date in the future",
        ),
    ],
)
def test_is_flagged(body: str, expected: list[tuple[str, int, str]]) -> None:
    assert found(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f'DAG("a", {START}, schedule="@daily", catchup=False)', id="cron without date keys"),
        pytest.param(f'DAG("a", {START}, schedule="@once")', id="once"),
        pytest.param('DAG("a", schedule=None)', id="triggered only, no dates"),
        pytest.param('DAG("a", **arguments)', id="arguments from elsewhere"),
        pytest.param('DAG("a", "text", "@daily", catchup=False)', id="a positional schedule"),
        pytest.param(
            f"""\
            from airflow.timetables.interval import CronDataIntervalTimetable
            with DAG("a", {START}, catchup=True, schedule=CronDataIntervalTimetable("@daily", "UTC")):
                BashOperator(task_id="x", bash_command="load {{{{ ds }}}}")
            """,
            id="an explicit timetable",
        ),
        pytest.param(
            f"""\
            def day_of(ds):
                return ds[:10]
            with DAG("a", {START}, schedule="@daily", catchup=True):
                BashOperator(task_id="x", bash_command=day_of("2024-01-01"))
            """,
            id="an ordinary parameter called ds",
        ),
        pytest.param(
            f"""\
            ROW = {{"ds": 1, "ts": 2}}
            TEXT = "{{{{ params.ds }}}} {{{{ var.value.ts }}}}"
            with DAG("a", {START}, schedule="@daily", catchup=True):
                BashOperator(task_id=str(ROW["ds"]), bash_command=TEXT)
            """,
            id="keys of other dictionaries and namespaces",
        ),
        pytest.param(
            """\
            with DAG("a", schedule=[Dataset("s3://b/k")]):
                BashOperator(task_id="x", bash_command="{{ dag_run.run_after }} {{ run_id }}")
            """,
            id="what every run has",
        ),
        pytest.param(
            'DAG("a", schedule=None, max_active_tasks=4, max_active_runs=1)', id="one run at a time"
        ),
        pytest.param(
            f'DAG("a", {START}, schedule=None, end_date=datetime(2025, 1, 1))',
            id="fixed dates, naive as before",
        ),
        pytest.param(
            """\
            def parse(run_id, line):
                return run_id.split("-"), line.split("__"), run_id.startswith("manual__")
            """,
            id="other ids",
        ),
        pytest.param(
            """\
            from airflow.timetables.base import Timetable
            class Nightly(Timetable):
                def generate_run_id(self, *, run_type, run_after, data_interval, **extra):
                    return "x"
            class Other:
                def generate_run_id(self, logical_date):
                    return "x"
            """,
            id="a timetable that fits, and no timetable",
        ),
        pytest.param(
            """\
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            ExternalTaskSensor(task_id="w", external_dag_id="b")
            """,
            id="a sensor on the same date",
        ),
    ],
)
def test_stays_silent(body: str) -> None:
    assert found(body) == []


def test_tests_of_the_user_are_left_alone() -> None:
    assert found('DAG("a", start_date=datetime.now())', "tests/test_dag.py") == []


def test_dates_are_certain_to_be_missing_only_with_assets() -> None:
    body = 'with DAG("a", schedule={}):\n    BashOperator(task_id="x", bash_command="{{{{ ds }}}}")\n'
    for schedule, severity in (('[Dataset("s3://b/k")]', Severity.ERROR), ("None", Severity.WARNING)):
        hits = findings(HEAD + body.format(schedule), path="dags/dag.py")
        assert [f.severity for f in hits if f.code == "AS606"] == [severity]


def test_a_timetable_is_asked_for_dates_until_3_1() -> None:
    body = 'dag = DAG("a", schedule=None)\ndag.timetable.next_dagrun_info(x)\n'
    assert found(body, target="3.0.6") == []
    assert found(body, target="3.2.1") == [("AS610", 2, "timetable.next_dagrun_info")]


@pytest.mark.parametrize(
    ("dag", "code", "text"),
    [
        (f'DAG("a", {START}, catchup=True)', "AS601", "{0}(days=1)"),
        (f'DAG("a", {START}, schedule="@daily")', "AS602", "True"),
        (f'DAG("a", {START}, schedule="@daily", catchup=True)', "AS603", '{0}("@daily", timezone="UTC")'),
        (f'DAG("a", {START}, schedule=timedelta(days=1), catchup=True)', "AS604", "{0}(timedelta(days=1))"),
    ],
)
def test_pinning_writes_down_what_airflow_2_does(dag: str, code: str, text: str) -> None:
    source = f'{HEAD}with {dag}:\n    BashOperator(task_id="x", bash_command="{{{{ ds }}}}")\n'
    facts = facts_of(source)
    for pinned in (True, False):
        rules = (scheduling, data_intervals)
        rule_context = context(pin_behaviour=pinned)
        hit = next(h for rule in rules for h in rule.check(facts, rule_context) if h.code == code)
        assert bool(hit.rewrites) is bool(hit.unsafe) is (pinned or code == "AS601")
        for rewrite in hit.rewrites:
            assert isinstance(rewrite, AddKeyword | ReplaceExpression)
            assert (rewrite.value if isinstance(rewrite, AddKeyword) else rewrite.text) == text


def test_a_cron_schedule_in_an_unknown_zone_is_not_pinned() -> None:
    body = 'with DAG("a", schedule="@daily"):\n    BashOperator(task_id="x", bash_command="{{ ds }}")\n'
    hit = next(data_intervals.check(facts_of(HEAD + body), context(pin_behaviour=True)))
    assert (hit.code, hit.rewrites) == ("AS603", ())


@pytest.mark.parametrize(
    "read",
    [
        "dag_run.logical_date or dag_run.run_after",
        "dag_run.logical_date is None",
        "not dag_run.logical_date",
        "1 if dag_run.logical_date else 2",
        "context.get('logical_date') or dag_run.run_after",
        "'{{ (dag_run.logical_date or dag_run.run_after) | ds }}'",
        "'{{ logical_date is defined }} {{ ds | default(1) }}'",
    ],
)
def test_code_that_asks_for_the_date_is_prepared_for_runs_without_one(read: str) -> None:
    source = f"""
        from airflow.sdk import DAG, task
        with DAG("a", schedule=None):
            @task
            def load(dag_run=None, **context):
                return {read}
            load()
        """
    assert [code for code, _, _ in codes(source) if code == "AS606"] == []
    reckless = source.replace(" or dag_run.run_after", "").replace(" is None", "").replace("not ", "")
    reckless = (
        reckless.replace("1 if ", "")
        .replace(" else 2", "")
        .replace(" is defined", "")
        .replace(" | default(1)", "")
    )
    reckless = reckless.replace("{{ (dag_run.logical_date) | ds }}", "{{ ds }}")
    assert [code for code, _, _ in codes(reckless) if code == "AS606"] != []
