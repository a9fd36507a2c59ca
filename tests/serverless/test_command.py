"""`airshift serverless`: formats, definitions on disk, exact facts, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from airshift.cli.app import run
from airshift.estate.inventory import build_inventory
from airshift.files import list_files
from airshift.serverless.model import Verdict
from airshift.serverless.validate import violations
from serverless.dags import IMPORTS, LIST, RULES, assess, assess_all, dag_file, decisive

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/schemas/serverless.schema.json").read_text(encoding="utf-8")
)
TWO = f"""{IMPORTS}
with DAG("nightly", schedule="0 2 * * *", start_date=datetime(2026, 1, 1), catchup=True):
    {LIST} >> S3DeleteBucketOperator(task_id="drop", bucket_name="data")
with DAG("shell", schedule=None):
    BashOperator(task_id="say", bash_command="echo", pool="small")
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "estate" / "dags"
    folder.mkdir(parents=True)
    (folder / "two.py").write_text(TWO, encoding="utf-8")
    return folder.parent


def document(estate: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    run(["serverless", str(estate), "--format", "json", "-q", *options])
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, SCHEMA)
    return content


def test_json_has_the_names_of_the_contract(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = document(estate, capsys)
    assert content["status"] == "complete"
    assert [(dag["dag_id"], dag["verdict"], dag["definition"]) for dag in content["dags"]] == [
        ("nightly", "native", "nightly.yaml"),
        ("shell", "code_package", None),
    ]
    assert content["dags"][0]["ignored_arguments"] == [
        {
            "name": "catchup",
            "value": "True",
            "task_id": None,
            "line": content["dags"][0]["line"],
            "is_loss": True,
            "effect": "no missed interval is made up for",
        }
    ]
    assert [loss["name"] for loss in content["dags"][1]["ignored_arguments"]] == ["pool"]
    assert content["rule_set"]["id"] == RULES.id


def test_definitions_are_equal_to_the_inventory(estate: Path, tmp_path: Path) -> None:
    assert run(["serverless", str(estate), "--out", str(tmp_path / "out"), "-q"]) == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["nightly.yaml"]
    content = yaml.safe_load((tmp_path / "out" / "nightly.yaml").read_text(encoding="utf-8"))
    inventory, _ = build_inventory(list_files([estate]))
    dag = next(dag for dag in inventory.dags if dag.dag_id == "nightly")
    tasks = content["nightly"]["tasks"]
    assert {name: task["operator"] for name, task in tasks.items()} == {
        task.task_id: task.operator for task in dag.tasks
    }
    assert [(up, name) for name, task in tasks.items() for up in task.get("dependencies", ())] == list(
        dag.task_edges
    )
    assert content["nightly"]["schedule"] == dag.schedule
    assert list(violations(content, RULES)) == []


def test_the_table_and_the_report_say_what_is_lost(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["serverless", str(estate), "-q"])
    table = capsys.readouterr().out
    assert "nightly  native  dags/two.py" in table
    assert "lost: catchup = True: no missed interval is made up for" in table
    assert "shell  needs a code package" in table
    assert (
        "2 DAGs: 1 native, 1 needs a code package, 0 needs change, 0 blocked (rules of 2026-11-21)" in table
    )
    run(["serverless", str(estate), "-q", "--format", "markdown"])
    report = capsys.readouterr().out
    assert "| shell | needs a code package | pool | dags/two.py:" in report
    assert "- lost: say (line" in report


def test_a_reason_of_several_tasks_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = "\n    ".join(
        f'BashOperator(task_id="t{number}", bash_command="true", outlets=[Dataset("s3://a/b"), "x"])'
        for number in range(5)
    )
    (tmp_path / "many.py").write_text(
        "from airflow import DAG, Dataset\nfrom airflow.operators.bash import BashOperator\n"
        f'with DAG("many", schedule=None):\n    {tasks}\n'
    )
    for form, mark in (("table", "    "), ("markdown", "- ")):
        run(["serverless", str(tmp_path), "-q", "--format", form])
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if "runs with a code package" in line] == [
            f"{mark}needs a code package: BashOperator runs with a code package; 5 tasks: "
            "t0 (line 4), t1 (line 5), t2 (line 6) and 2 more"
        ]
        (lost,) = (line for line in lines if "lost: outlets" in line)
        assert "outlets = [Dataset(\"s3://a/b\"), 'x']: " in lost
        assert not [line for line in lines if "retries: 0" in line]
    run(["serverless", str(tmp_path), "-q", "--format", "json"])
    (dag,) = json.loads(capsys.readouterr().out)["dags"]
    assert len(dag["reasons"]) == 5


def test_exit_codes(estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serverless", str(estate), "-q"]) == 1
    native = tmp_path / "native" / "daily.py"
    native.parent.mkdir()
    native.write_text(dag_file(), encoding="utf-8")
    assert run(["serverless", str(native.parent), "-q"]) == 0
    assert run(["serverless", str(native.parent), "--env", "A", "-q"]) == 2
    assert run(["serverless", str(native.parent), "--out", str(native), "-q"]) == 2
    assert run(["serverless", str(native.parent), "--from-json", str(native), "-q"]) == 2
    (native.parent / "broken.py").write_text("from airflow import DAG\nDAG(", encoding="utf-8")
    assert run(["serverless", str(native.parent), "-q"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_environment_variables_come_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "daily.py").write_text(
        dag_file(LIST.replace('"data"', 'os.getenv("BUCKET", "data")')), encoding="utf-8"
    )
    assert document(tmp_path, capsys)["dags"][0]["verdict"] == "change"
    assert document(tmp_path, capsys, "--env-defaults")["dags"][0]["verdict"] == "native"
    run(["serverless", str(tmp_path), "-q", "--env", "BUCKET=mine", "--out", str(tmp_path / "out")])
    assert "bucket: mine" in (tmp_path / "out" / "daily.yaml").read_text(encoding="utf-8")


def serialized(**changes: Any) -> dict[str, Any]:
    """What Airflow 2.10 stores of a DAG with two tasks."""
    module = "airflow.providers.amazon.aws.operators.s3"
    tasks = [
        {
            "task_id": "list",
            "_task_module": module,
            "_task_type": "S3ListOperator",
            "template_fields": ["bucket", "prefix", "delimiter"],
            "bucket": "real",
            "prefix": "",
            "retries": 2,
            "retry_delay": 60.0,
            "downstream_task_ids": ["drop"],
        },
        {
            "task_id": "drop",
            "_task_module": module,
            "_task_type": "S3DeleteBucketOperator",
            "template_fields": ["bucket_name"],
            "bucket_name": "{{ task_instance.xcom_pull(task_ids='list', dag_id='daily', key='return_value') }}",
            "downstream_task_ids": [],
        },
    ]
    dag = {
        "_dag_id": "daily",
        "fileloc": "/opt/airflow/dags/daily.py",
        "tasks": [{"__var": task, "__type": "operator"} for task in tasks],
        "timetable": {
            "__type": "airflow.timetables.interval.CronDataIntervalTimetable",
            "__var": {"expression": "0 6 * * *", "timezone": "UTC"},
        },
        "start_date": 1767225600.0,
        "timezone": "UTC",
        "catchup": False,
        "params": {},
        **changes,
    }
    return {"__version": 1, "dag": dag}


DYNAMIC = """
bucket = os.environ["BUCKET"]
first = S3ListOperator(task_id="list", bucket=bucket)
first >> S3DeleteBucketOperator(task_id="drop", bucket_name=bucket, force_delete=True)
"""


def test_exact_facts_fill_what_the_source_does_not_tell(tmp_path: Path) -> None:
    source = dag_file(DYNAMIC, 'schedule=os.environ["WHEN"], start_date=datetime(2026, 1, 1)')
    assert assess(tmp_path, source).verdict is Verdict.CHANGE
    facts = tmp_path / "facts.json"
    facts.write_text(
        json.dumps({"dags": [{"dag_id": "daily", "serialized": serialized()}]}), encoding="utf-8"
    )
    found = assess(tmp_path, source, exact=facts)
    assert found.definition is not None, found.reasons
    made = found.definition["daily"]
    assert (made["schedule"], made["start_date"]) == ("0 6 * * *", "2026-01-01")
    assert made["tasks"]["list"]["bucket"] == "real"
    assert made["tasks"]["drop"]["force_delete"] is True
    pulled = "{{ task_instance.xcom_pull(task_ids='list', key='return_value') }}"
    assert made["tasks"]["drop"]["bucket_name"] == pulled
    assert made["tasks"]["drop"]["dependencies"] == ["list"]


def test_tasks_that_only_airflow_knows_need_a_look(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps([serialized()]), encoding="utf-8")
    found = assess(tmp_path, dag_file(), exact=facts)
    assert found.verdict is Verdict.CHANGE
    assert {reason.task_id for reason in found.reasons if reason.leads_to is Verdict.CHANGE} == {"drop"}
    assert "Airflow tells its template fields only" in decisive(found)[0]


def test_dags_that_only_one_side_knows_stay(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps([serialized(_dag_id="made_at_run_time")]), encoding="utf-8")
    found = {one.dag.dag_id: one for one in assess_all(tmp_path, dag_file(), exact=facts)}
    assert found["daily"].verdict is Verdict.NATIVE
    assert found["made_at_run_time"].verdict is Verdict.CHANGE
    assert found["made_at_run_time"].dag.path == "dags/daily.py"
