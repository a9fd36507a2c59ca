"""What makes a DAG native, and what keeps it from being so."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.serverless.model import Verdict
from serverless.dags import IMPORTS, LIST, assess, dag_file, decisive

NATIVE = {
    "an operator of the list": LIST,
    "a sensor of the list": 'S3KeySensor(task_id="wait", bucket_key="s3://data/{{ ds }}/done")',
    "three tasks in a row": """
a = S3CreateBucketOperator(task_id="a", bucket_name="x")
b = S3ListOperator(task_id="b", bucket="x")
a >> b >> S3DeleteBucketOperator(task_id="c", bucket_name="x", trigger_rule="all_done")
""",
    "tasks of a loop": """
for name in ("one", "two"):
    S3ListOperator(task_id=f"list_{name}", bucket=name)
""",
    "limits at their ends": LIST.replace(
        ")", ", retries=3, retry_delay=timedelta(minutes=5), execution_timeout=timedelta(hours=1))"
    ),
    "the result of another task": """
first = S3ListOperator(task_id="first", bucket="x")
AthenaOperator(task_id="query", query=first.output, database="d", output_location="s3://x/y")
""",
    "known names in templates": LIST.replace(
        '"data"', '"{{ params.bucket }}-{{ macros.ds_add(ds, -1) }}-{{ ti.task_id }}"'
    ),
    "braces in an argument that is no template": (
        'AthenaOperator(task_id="q", query="select 1", database="d", output_location="s3://x/",'
        ' client_request_token="{{ var.value.x }}")'
    ),
    "deferrable is off": 'S3KeySensor(task_id="wait", bucket_key="s3://b/k", deferrable=False)',
}
NOT_NATIVE = {
    "bash": (
        'BashOperator(task_id="say", bash_command="echo")',
        Verdict.CODE_PACKAGE,
        "BashOperator runs with a code package",
    ),
    "python": (
        "def work(): ...\nPythonOperator(task_id='work', python_callable=work)",
        Verdict.CODE_PACKAGE,
        "PythonOperator runs with a code package",
    ),
    "a lambda": (
        "PythonOperator(task_id='work', python_callable=lambda: 1)",
        Verdict.CHANGE,
        "python_callable is no literal",
    ),
    "another provider": (
        "from airflow.providers.http.operators.http import HttpOperator\nHttpOperator(task_id='get', endpoint='/')",
        Verdict.CODE_PACKAGE,
        "its provider (http) has to be in a code package",
    ),
    "an own operator": (
        "class Mine(S3ListOperator): ...\nMine(task_id='mine', bucket='x')",
        Verdict.CODE_PACKAGE,
        "your own operator",
    ),
    "docker": (
        "from airflow.providers.docker.operators.docker import DockerOperator\nDockerOperator(task_id='run', image='x')",
        Verdict.BLOCKED,
        "no Docker daemon",
    ),
    "another DAG is started": (
        "from airflow.operators.trigger_dagrun import TriggerDagRunOperator\n"
        "TriggerDagRunOperator(task_id='go', trigger_dag_id='next')",
        Verdict.CHANGE,
        "knows no other DAG",
    ),
    "too many retries": (
        LIST.replace(")", ", retries=5)"),
        Verdict.CHANGE,
        "retries has to be 0 to 3, here 5",
    ),
    "a long pause": (
        LIST.replace(")", ", retry_delay=timedelta(minutes=10))"),
        Verdict.CHANGE,
        "retry_delay has to be 0 to 300 s, here 600 s",
    ),
    "a long task": (
        LIST.replace(")", ", execution_timeout=timedelta(hours=2))"),
        Verdict.CHANGE,
        "execution_timeout has to be 1 to 3600 s, here 7200 s",
    ),
    "deferrable": (
        'S3KeySensor(task_id="wait", bucket_key="s3://b/k", deferrable=True)',
        Verdict.CHANGE,
        "deferrable tasks are not supported",
    ),
    "a deferrable class": (
        "from airflow.sensors.time_delta import TimeDeltaSensorAsync\n"
        'TimeDeltaSensorAsync(task_id="wait", delta=timedelta(hours=1))',
        Verdict.CHANGE,
        "TimeDeltaSensorAsync is deferrable, which is not supported; TimeDeltaSensor waits on its worker",
    ),
    "a trigger rule that the schema lacks": (
        LIST.replace(")", ', trigger_rule="none_failed_min_one_success")'),
        Verdict.CHANGE,
        "the published converter does not know it",
    ),
    "a variable in a template": (
        LIST.replace('"data"', '"{{ var.value.bucket }}"'),
        Verdict.CHANGE,
        "the template name `var.value.bucket` is not supported",
    ),
    "the run's configuration": (
        LIST.replace('"data"', "\"{{ dag_run.conf['bucket'] }}\""),
        Verdict.CHANGE,
        "the template name `dag_run.conf.bucket` is not supported",
    ),
    "a macro that is not there": (
        LIST.replace('"data"', '"{{ macros.json.dumps(ds) }}"'),
        Verdict.CHANGE,
        "the template name `macros.json` is not supported",
    ),
    "a template file": (
        'AthenaOperator(task_id="q", query="report.sql", database="d", output_location="s3://x/")',
        Verdict.CHANGE,
        "the template file report.sql is not there",
    ),
    "the environment": (
        LIST.replace('"data"', 'os.environ["BUCKET"]'),
        Verdict.CHANGE,
        'bucket is no literal: os.environ["BUCKET"]',
    ),
    "a function": (
        "def check(files): ...\nS3KeySensor(task_id='wait', bucket_key='s3://b/k', check_fn=check)",
        Verdict.CHANGE,
        "a definition cannot hold a function (daily.check)",
    ),
    "mapped over what is known": (
        'S3ListOperator.partial(task_id="list").expand(bucket=["a", "b"])',
        Verdict.CHANGE,
        "write one task for each",
    ),
    "mapped over a result": (
        'first = S3ListOperator(task_id="first", bucket="x")\n'
        'S3ListOperator.partial(task_id="list").expand(bucket=first.output)',
        Verdict.BLOCKED,
        "dynamic task mapping is not supported",
    ),
    "TaskFlow": (
        "from airflow.decorators import task\n@task\ndef work(): ...\nwork()",
        Verdict.CHANGE,
        "TaskFlow is not supported",
    ),
    "a task of a group": (
        "from airflow.utils.task_group import TaskGroup\nwith TaskGroup('load'):\n    " + LIST,
        Verdict.CHANGE,
        "task id 'load.list'",
    ),
    "a teardown": (LIST + ".as_teardown()", Verdict.CHANGE, "setup and teardown tasks are not supported"),
    "arguments from elsewhere": (
        "S3ListOperator(task_id='list', **load())",
        Verdict.CHANGE,
        "known only when the code runs",
    ),
    "an argument that Airflow 3 has not": (
        LIST.replace(")", ", buckets=1)"),
        Verdict.CHANGE,
        "buckets: the operator does not take it on Airflow 3.0.6",
    ),
    "a missing argument": (
        "S3ListOperator(task_id='list')",
        Verdict.CHANGE,
        "on Airflow 3 the operator needs bucket",
    ),
    "a task under a condition": (
        f"if os.environ.get('X'):\n    {LIST}",
        Verdict.CHANGE,
        "the source does not tell",
    ),
    "nothing": ("pass", Verdict.CHANGE, "it has no tasks"),
}


@pytest.mark.parametrize("body", NATIVE.values(), ids=NATIVE)
def test_native(tmp_path: Path, body: str) -> None:
    found = assess(tmp_path, dag_file(body))
    assert found.verdict is Verdict.NATIVE, found.reasons
    assert found.definition is not None


@pytest.mark.parametrize(("body", "verdict", "why"), NOT_NATIVE.values(), ids=NOT_NATIVE)
def test_not_native(tmp_path: Path, body: str, verdict: Verdict, why: str) -> None:
    found = assess(tmp_path, dag_file(body))
    assert found.verdict is verdict, found.reasons
    assert any(why in text for text in decisive(found)), found.reasons
    assert found.definition is None


SCHEDULES = {
    "cron": ('"30 5 * * 1-5"', Verdict.NATIVE),
    "a preset": ('"@weekly"', Verdict.NATIVE),
    "a preset that is written as cron": ('"@quarterly"', Verdict.NATIVE),
    "none": ("None", Verdict.NATIVE),
    "six fields": ('"0 6 * * * *"', Verdict.CHANGE),
    "day of month and of week": ('"0 6 1 * 1"', Verdict.CHANGE),
    "once": ('"@once"', Verdict.CHANGE),
    "a period": ("timedelta(hours=6)", Verdict.CHANGE),
    "an unknown variable": ('os.environ["S"]', Verdict.CHANGE),
    "continuous": ('"@continuous"', Verdict.BLOCKED),
    "an asset": ("[Dataset('s3://x/y')]", Verdict.BLOCKED),
    "a timetable of one's own": ("Workdays()", Verdict.CHANGE),
}


@pytest.mark.parametrize(("schedule", "verdict"), SCHEDULES.values(), ids=SCHEDULES)
def test_schedule(tmp_path: Path, schedule: str, verdict: Verdict) -> None:
    source = dag_file(arguments=f"schedule={schedule}, start_date=datetime(2026, 1, 1), max_active_runs=1")
    found = assess(tmp_path, "from airflow.datasets import Dataset\nfrom plugins import Workdays\n" + source)
    assert found.verdict is verdict, found.reasons


def test_an_own_timetable_is_blocked(tmp_path: Path) -> None:
    source = dag_file(arguments="timetable=WorkdayTimetable(), start_date=datetime(2026, 1, 1)")
    found = assess(tmp_path, "from calendars import WorkdayTimetable\n" + source)
    assert found.verdict is Verdict.BLOCKED


def test_a_period_is_answered_with_a_rate(tmp_path: Path) -> None:
    found = assess(
        tmp_path, dag_file(arguments="schedule=timedelta(hours=6), start_date=datetime(2026, 1, 1)")
    )
    assert "`rate(6 hours)` comes nearest" in decisive(found)[0]


def test_another_time_zone_has_to_be_written_in_utc(tmp_path: Path) -> None:
    berlin = 'start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin")'
    found = assess(tmp_path, dag_file(arguments=f'schedule="0 6 * * *", {berlin}'))
    assert "is meant in Europe/Berlin" in decisive(found)[0]
    assert assess(tmp_path, dag_file(arguments=f"schedule=None, {berlin}")).verdict is Verdict.NATIVE


def test_a_schedule_left_out_is_daily_on_airflow_2_only(tmp_path: Path) -> None:
    source = dag_file(arguments="start_date=datetime(2026, 1, 1)")
    assert assess(tmp_path, source, version="2.10.3").verdict is Verdict.CHANGE
    assert assess(tmp_path, source, version="3.0.6").verdict is Verdict.NATIVE


@pytest.mark.parametrize(
    ("runs", "verdict"), [(1, Verdict.NATIVE), (16, Verdict.NATIVE), (17, Verdict.CHANGE)]
)
def test_active_runs(tmp_path: Path, runs: int, verdict: Verdict) -> None:
    found = assess(tmp_path, dag_file(arguments=f"schedule=None, max_active_runs={runs}"))
    assert found.verdict is verdict


def test_a_moving_start_date_matters_to_a_schedule_only(tmp_path: Path) -> None:
    today = "start_date=datetime.now()"
    assert assess(tmp_path, dag_file(arguments=f"schedule=None, {today}")).verdict is Verdict.NATIVE
    found = assess(tmp_path, dag_file(arguments=f'schedule="@daily", {today}'))
    assert decisive(found) == ["start_date is no literal: datetime.now()"]


def test_operators_are_followed_to_where_they_live_now(tmp_path: Path) -> None:
    old = f"""{IMPORTS}
from airflow.operators.dummy import DummyOperator
from airflow.providers.amazon.aws.operators.emr_add_steps import EmrAddStepsOperator
with DAG("daily", schedule=None):
    DummyOperator(task_id="start") >> EmrAddStepsOperator(task_id="add", job_flow_id="j", steps=[])
"""
    found = assess(tmp_path, old)
    assert found.definition is not None, found.reasons
    tasks = found.definition["daily"]["tasks"]
    assert tasks["start"]["operator"] == "airflow.providers.standard.operators.empty.EmptyOperator"
    assert tasks["add"]["operator"] == "airflow.providers.amazon.aws.operators.emr.EmrAddStepsOperator"


def test_the_weightiest_reason_decides(tmp_path: Path) -> None:
    found = assess(tmp_path, dag_file(NOT_NATIVE["bash"][0] + "\n" + NOT_NATIVE["docker"][0]))
    assert found.verdict is Verdict.BLOCKED
    assert {reason.leads_to for reason in found.reasons} >= {Verdict.CODE_PACKAGE, Verdict.BLOCKED}


def test_reasons_name_task_and_line(tmp_path: Path) -> None:
    found = assess(tmp_path, dag_file(NOT_NATIVE["bash"][0]))
    reason = next(reason for reason in found.reasons if reason.leads_to is found.verdict)
    assert (reason.task_id, reason.line) == (
        "say",
        dag_file(NOT_NATIVE["bash"][0]).splitlines().index("    " + NOT_NATIVE["bash"][0]) + 1,
    )
