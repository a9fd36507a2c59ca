"""The YAML definitions of native DAGs say what the DAGs say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.engine.facts import ModuleFacts
from airshift.engine.source import Source
from airshift.serverless.judge import judge
from airshift.serverless.model import Verdict
from airshift.serverless.printing import yaml_text
from airshift.serverless.reading import read_module
from airshift.serverless.validate import violations
from airshift.targets import parse_version
from serverless.dags import LIST, RULES, assess, dag_file

GOOD = """
a = S3CreateBucketOperator(task_id="a", bucket_name="x", retries=2)
b = S3ListOperator(task_id="b", bucket="x-{{ ds }}", retries=2)
a >> b
"""


def definition(folder: Path, source: str, **options: Any) -> dict[str, Any]:
    """The definition of a native DAG, read back from its YAML."""
    found = assess(folder, source, **options)
    assert found.definition is not None, found.reasons
    content: dict[str, Any] = yaml.safe_load(yaml_text(found, RULES))
    assert content == found.definition
    return content["daily"]


def test_a_definition(tmp_path: Path) -> None:
    assert definition(tmp_path, dag_file(GOOD)) == {
        "dag_id": "daily",
        "schedule": "0 6 * * *",
        "start_date": "2026-01-01",
        "default_args": {"retries": 2},
        "tasks": {
            "a": {
                "operator": "airflow.providers.amazon.aws.operators.s3.S3CreateBucketOperator",
                "task_id": "a",
                "bucket_name": "x",
            },
            "b": {
                "operator": "airflow.providers.amazon.aws.operators.s3.S3ListOperator",
                "task_id": "b",
                "bucket": "x-{{ ds }}",
                "dependencies": ["a"],
            },
        },
    }


def test_no_retries_are_written_out_because_the_service_would_retry(tmp_path: Path) -> None:
    assert definition(tmp_path, dag_file())["default_args"] == {"retries": 0}


def test_settings_that_differ_stay_with_their_tasks(tmp_path: Path) -> None:
    body = GOOD.replace("retries=2)", "retries=1)", 1)
    made = definition(tmp_path, dag_file(body))
    assert "default_args" not in made
    assert [task["retries"] for task in made["tasks"].values()] == [1, 2]


def test_default_arguments_reach_the_operators_that_take_them(tmp_path: Path) -> None:
    defaults = 'default_args={"bucket": "x", "bucket_name": "y", "retries": 1, "owner": "me"}'
    body = 'S3ListOperator(task_id="list") >> S3CreateBucketOperator(task_id="make", bucket_name="z")'
    made = definition(tmp_path, dag_file(body, f"schedule=None, {defaults}"))
    assert made["default_args"] == {"retries": 1}
    assert made["tasks"]["list"] == {
        "operator": "airflow.providers.amazon.aws.operators.s3.S3ListOperator",
        "task_id": "list",
        "bucket": "x",
    }
    assert made["tasks"]["make"]["bucket_name"] == "z"


def test_values_are_spelled_as_dag_factory_reads_them(tmp_path: Path) -> None:
    body = """
from airflow.providers.amazon.aws.hooks.eks import ClusterStates
from airflow.providers.amazon.aws.operators.eks import EksCreateClusterOperator
from airflow.providers.amazon.aws.sensors.eks import EksClusterStateSensor
EksCreateClusterOperator(
    task_id="make", cluster_name="c", cluster_role_arn="r", compute=None,
    resources_vpc_config={"subnetIds": ["a", "b"]}, execution_timeout=timedelta(minutes=30),
) >> EksClusterStateSensor(task_id="wait", cluster_name="c", target_state=ClusterStates.ACTIVE)
"""
    tasks = definition(tmp_path, dag_file(body))["tasks"]
    assert tasks["make"]["compute"] is None
    assert tasks["make"]["resources_vpc_config"] == {"subnetIds": ["a", "b"]}
    assert tasks["make"]["execution_timeout"] == {"__type__": "datetime.timedelta", "seconds": 1800}
    assert tasks["wait"]["target_state"] == {
        "__type__": "airflow.providers.amazon.aws.hooks.eks.ClusterStates",
        "__args__": ["ACTIVE"],
    }


def test_results_of_other_tasks_are_templates(tmp_path: Path) -> None:
    body = """
first = S3ListOperator(task_id="first", bucket="x")
AthenaOperator(task_id="q", query=first.output["sql"], database=first.output, output_location="s3://x/")
"""
    task = definition(tmp_path, dag_file(body))["tasks"]["q"]
    assert task["query"] == "{{ task_instance.xcom_pull(task_ids='first', key='sql') }}"
    assert task["database"] == "{{ task_instance.xcom_pull(task_ids='first', key='return_value') }}"
    assert task["dependencies"] == ["first"]


def test_params_and_pure_functions_are_worked_out(tmp_path: Path) -> None:
    body = 'import json\nS3ListOperator(task_id="list", bucket=json.dumps({"a": [1]}))'
    made = definition(
        tmp_path, dag_file(body, 'schedule=None, params={"n": Param(5, type="integer"), "m": "x"}')
    )
    assert made["params"] == {"n": 5, "m": "x"}
    assert made["tasks"]["list"]["bucket"] == '{"a": [1]}'


def test_environment_variables_count_when_they_are_given(tmp_path: Path) -> None:
    source = dag_file(LIST.replace('"data"', "f\"{os.environ['A']}-{os.getenv('B', 'b')}\""))
    assert assess(tmp_path, source).verdict is Verdict.CHANGE
    assert assess(tmp_path, source, variables={}).verdict is Verdict.CHANGE
    assert definition(tmp_path, source, variables={"A": "a"})["tasks"]["list"]["bucket"] == "a-b"
    assert definition(tmp_path, source, variables={"A": "a", "B": "c"})["tasks"]["list"]["bucket"] == "a-c"


def test_what_is_ignored_is_listed_and_left_out(tmp_path: Path) -> None:
    body = (
        'S3ListOperator(task_id="list", bucket="x", pool="small", priority_weight=3, aws_conn_id="other",'
        " do_xcom_push=True, on_failure_callback=tell)"
    )
    arguments = (
        'schedule="@daily", start_date=datetime(2026, 1, 1), catchup=True, tags=["a"], dagrun_timeout=timedelta(hours=1),'
        ' default_args={"owner": "me", "email_on_failure": False, "depends_on_past": True}'
    )
    found = assess(tmp_path, "from alarms import tell\n" + dag_file(body, arguments))
    assert found.verdict is Verdict.NATIVE, found.reasons
    assert {(loss.name, loss.task_id, bool(loss.effect)) for loss in found.ignored} == {
        ("catchup", "", True),
        ("tags", "", False),
        ("dagrun_timeout", "", True),
        ("owner", "", False),
        ("depends_on_past", "", True),
        ("pool", "list", True),
        ("priority_weight", "list", False),
        ("aws_conn_id", "list", True),
        ("on_failure_callback", "list", True),
    }
    assert found.definition is not None
    assert found.definition["daily"]["tasks"]["list"].keys() == {"operator", "task_id", "bucket"}


HARMLESS = [
    "catchup=False",
    "tags=[]",
    "render_template_as_native_obj=False",
    "on_failure_callback=None",
    "description=None",
]


@pytest.mark.parametrize("argument", HARMLESS)
def test_what_asks_for_nothing_is_no_loss(tmp_path: Path, argument: str) -> None:
    assert assess(tmp_path, dag_file(arguments=f"schedule=None, {argument}")).ignored == ()


@given(
    edges=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14),
    schedule=st.sampled_from([None, "@hourly", "15 3 * * 2"]),
    retries=st.lists(st.integers(0, 3), min_size=7, max_size=7),
)
@settings(max_examples=40, deadline=None)
def test_the_definition_has_the_tasks_and_dependencies_of_the_dag(
    edges: list[tuple[int, int]], schedule: str | None, retries: list[int]
) -> None:
    wanted = {(min(pair), max(pair)) for pair in edges if pair[0] != pair[1]}
    lines = [
        f'S3ListOperator(task_id="t{n}", bucket="b", retries={count})' for n, count in enumerate(retries)
    ]
    body = "\n".join(f"t{n} = {line}" for n, line in enumerate(lines))
    body += "".join(f"\nt{up} >> t{down}" for up, down in sorted(wanted))
    source = dag_file(body, f"schedule={schedule!r}, start_date=datetime(2026, 1, 1)")
    (call,) = read_module(ModuleFacts(Source.from_text("dags/daily.py", source)))
    found = judge(call, RULES, parse_version("2.10.3"))
    made = yaml.safe_load(yaml_text(found, RULES))["daily"]
    assert {task: entry["operator"] for task, entry in made["tasks"].items()} == {
        task.task_id: task.operator for task in found.dag.tasks
    }
    assert {
        (up, task) for task, entry in made["tasks"].items() for up in entry.get("dependencies", ())
    } == set(found.dag.task_edges)
    assert set(found.dag.task_edges) == {(f"t{up}", f"t{down}") for up, down in wanted}
    assert made["schedule"] == schedule
    shared = made.get("default_args", {})
    assert [entry.get("retries", shared.get("retries")) for entry in made["tasks"].values()] == retries
    assert list(violations({"daily": made}, RULES)) == []


BROKEN: dict[str, Any] = {
    "two DAGs": lambda made: made.update(other=made["daily"]),
    "a bad DAG id": lambda made: made.update({"a b": made.pop("daily")}),
    "no tasks": lambda made: made["daily"].update(tasks={}),
    "an unknown DAG argument": lambda made: made["daily"].update(catchup=False),
    "a bad schedule": lambda made: made["daily"].update(schedule="@once"),
    "too many runs": lambda made: made["daily"].update(max_active_runs=99),
    "retries beyond the limit": lambda made: made["daily"].update(default_args={"retries": 4}),
    "a long timeout": lambda made: made["daily"]["tasks"]["a"].update(
        execution_timeout={"__type__": "datetime.timedelta", "seconds": 7200}
    ),
    "an operator of no list": lambda made: made["daily"]["tasks"]["a"].update(
        operator="airflow.operators.bash.BashOperator"
    ),
    "an argument the operator lacks": lambda made: made["daily"]["tasks"]["a"].update(color="red"),
    "an ignored argument": lambda made: made["daily"]["tasks"]["a"].update(pool="x"),
    "a deferrable task": lambda made: made["daily"]["tasks"]["a"].update(deferrable=True),
    "an unknown trigger rule": lambda made: made["daily"]["tasks"]["a"].update(trigger_rule="dummy"),
    "a dependency on nothing": lambda made: made["daily"]["tasks"]["a"].update(dependencies=["z"]),
    "a circle": lambda made: made["daily"]["tasks"]["a"].update(dependencies=["b"]),
    "another id inside": lambda made: made["daily"]["tasks"]["a"].update(task_id="b"),
    "an unknown template name": lambda made: made["daily"]["tasks"]["a"].update(bucket_name="{{ run_id }}"),
}


@pytest.mark.parametrize("breaking", BROKEN.values(), ids=BROKEN)
def test_the_validator_refuses(tmp_path: Path, breaking: Any) -> None:
    made = {"daily": definition(tmp_path, dag_file(GOOD))}
    assert list(violations(made, RULES)) == []
    breaking(made)
    assert list(violations(made, RULES))


@pytest.mark.parametrize(
    "content", [None, [], "text", {"daily": None}, {"daily": {"tasks": []}}, {"daily": {"tasks": {"a": 1}}}]
)
def test_the_validator_survives_anything(content: Any) -> None:
    assert list(violations(content, RULES))
