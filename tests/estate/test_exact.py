"""Exact facts from serialized DAGs take the place of static ones, and differences are named."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.errors import UsageError
from airshift.estate.exact import Exact, read_exact
from airshift.estate.model import EdgeKind
from airshift.estate.reconcile import Difference, reconcile
from airshift_dev.envs import Environment, ensure
from airshift_dev.parsing import migrated_home, process_settings
from estate.estates import inventory_of

SOURCE = """
import os
from datetime import datetime
from airflow import DAG
try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
    from airflow.sdk import Asset
except ImportError:
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sensors.external_task import ExternalTaskSensor
    from airflow.datasets import Dataset as Asset

START = datetime(2024, 1, 1)
TASK = os.environ.get("NOT_SET", "computed")
with DAG("first", schedule="0 3 * * *", start_date=START, catchup=False, tags=["x"], default_args={"owner": "me"}, params={"day": 1}) as first:
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="up", pool="small")
    wait >> EmptyOperator(task_id=TASK, outlets=[Asset("s3://b/k")])
    TriggerDagRunOperator(task_id="start", trigger_dag_id="down")
with DAG("second", schedule=[Asset("s3://b/k")], start_date=START) as second:
    EmptyOperator(task_id="only")
for name in os.environ.get("NOT_SET", "dyn_a dyn_b").split():
    globals()[name] = DAG(name, schedule=None, start_date=START)
"""
DUMP = """
import json, sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
import made
try:
    from airflow.serialization.serialized_objects import DagSerialization as Serialized
except ImportError:
    from airflow.serialization.serialized_objects import SerializedDAG as Serialized
from airflow import DAG
import gc
dags = {dag.dag_id: dag for dag in gc.get_objects() if isinstance(dag, DAG)}
print("DUMP" + json.dumps([Serialized.to_dict(dag) for dag in dags.values()]))
"""


def serialized(
    dag_id: str, *tasks: tuple[str, list[str]], fileloc: str = "/opt/dags/a.py", **more: object
) -> dict[str, object]:
    inner = [
        {"__var": {"task_id": name, "downstream_task_ids": after, "_task_type": "X"}} for name, after in tasks
    ]
    return {"__version": 1, "dag": {"_dag_id": dag_id, "fileloc": fileloc, "tasks": inner, **more}}


def exact(*dags: dict[str, object]) -> Exact:
    return read_exact(json.dumps(list(dags)), "dump.json")


STATIC = """
from airflow import DAG
from airflow.operators.empty import EmptyOperator
import os
with DAG("a", schedule=None):
    EmptyOperator(task_id="t") >> EmptyOperator(task_id=os.environ["X"])
with DAG("gone", schedule=None):
    EmptyOperator(task_id="t")
DAG(os.environ["Y"])
"""


def test_exact_facts_replace_static_ones(tmp_path: Path) -> None:
    found = inventory_of(tmp_path, dags_in_a__py=STATIC)
    joined = reconcile(found, exact(serialized("a", ("t", ["u"]), ("u", [])), serialized("dyn")))
    dags = {dag.dag_id: dag for dag in joined.inventory.dags}
    assert dags.keys() == {"a", "dyn", "gone"}
    assert (dags["a"].exact, dags["a"].path, dags["a"].line) == (True, "dags/a.py", 5)
    assert dags["a"].task_edges == (("t", "u"),)
    assert dags["dyn"].path == "dags/a.py"
    assert joined.inventory.unlocated == ()
    assert joined.only_static == (Difference("dag", "gone", "dags/a.py"),)
    assert joined.only_exact == (
        Difference("task", "a.u", "dags/a.py"),
        Difference("task_edge", "a: t -> u", "dags/a.py"),
        Difference("dag", "dyn", "dags/a.py"),
    )


def test_edges_that_airflow_derives_replace_the_static_ones(tmp_path: Path) -> None:
    source = """
    from airflow import DAG
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    with DAG("a", schedule=None):
        TriggerDagRunOperator(task_id="t", trigger_dag_id="b")
        TriggerDagRunOperator(task_id="u", trigger_dag_id="c")
    """
    found = inventory_of(tmp_path, a__py=source)
    needs = [
        {"source": "a", "target": name, "dependency_type": "trigger", "dependency_id": "t"} for name in "bd"
    ]
    joined = reconcile(found, exact(serialized("a", ("t", []), ("u", []), dag_dependencies=needs)))
    assert [(edge.target, edge.line) for edge in joined.inventory.edges] == [("b", 5), ("d", 4)]
    assert joined.only_static == (Difference("edge", "a -> c (trigger)", "a.py"),)
    assert joined.only_exact == (Difference("edge", "a -> d (trigger)", "a.py"),)


def test_an_inventory_is_exact_for_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text(STATIC)
    assert run(["inventory", str(tmp_path), "-q", "-f", "json", "-o", str(tmp_path / "i.json")]) == 0
    assert run(["inventory", str(tmp_path), "-q", "-f", "json", "--from-json", str(tmp_path / "i.json")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["only_static"] == document["only_exact"] == []
    assert document["dags"] == json.loads((tmp_path / "i.json").read_text())["dags"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"a": 1}', '{"dag": {}}', '[{"dag": {"tasks": [3]}}]', "[" * 20_000]
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"x\.json"):
        read_exact(text, "x.json")


def test_rows_of_the_table_are_read() -> None:
    row = {"dag_id": "a", "data": json.dumps(serialized("a", ("t", [])))}
    assert [dag.dag_id for dag in read_exact(json.dumps([row]), "x").dags] == ["a"]


@pytest.mark.oracle
@pytest.mark.parametrize("version", ["2.10.3", "3.3.1"])
def test_real_dumps(version: str, tmp_path: Path) -> None:
    environment = Environment(version, wide=True)
    (tmp_path / "made.py").write_text(SOURCE)
    (tmp_path / "dump.py").write_text(DUMP)
    done = subprocess.run(
        [str(ensure(environment)), str(tmp_path / "dump.py"), str(tmp_path)],
        capture_output=True, text=True, check=False, env=process_settings(migrated_home(environment), tmp_path),
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("DUMP")]
    assert lines, done.stderr
    parsed = read_exact(lines[0].removeprefix("DUMP"), "dump")
    found = inventory_of(tmp_path / "estate", made__py=SOURCE)
    assert not next(dag for dag in found.dags if dag.dag_id == "first").exact
    joined = reconcile(found, parsed)
    dags = {dag.dag_id: dag for dag in joined.inventory.dags}
    assert dags.keys() == {"first", "second", "dyn_a", "dyn_b"}
    first = dags["first"]
    cron = "0 3 * * *" if version.startswith("2") else 'CronTriggerTimetable("0 3 * * *", timezone="UTC")'
    assert (first.schedule, first.catchup, first.owners, first.tags) == (cron, False, ("me",), ("x",))
    assert (first.params, first.default_args, first.uses_sensors) == (("day",), ("owner",), True)
    assert (first.task_edges, first.pools, first.exact) == ((("wait", "computed"),), ("small",), True)
    assert first.start_date == "2024-01-01T00:00:00+00:00"
    assert dags["second"].schedule == "[s3://b/k]"
    assert dags["dyn_a"].schedule is None
    assert dags["dyn_a"].path == "made.py"
    kinds = {(edge.source, edge.target, edge.kind) for edge in joined.inventory.edges}
    assert kinds == {
        ("first", "down", EdgeKind.TRIGGER),
        ("up", "first", EdgeKind.SENSOR),
        ("first", "second", EdgeKind.ASSET),
    }
    assert {one.name for one in joined.only_exact} >= {"dyn_a", "dyn_b", "first.computed"}
    assert joined.only_static == ()


def test_what_verify_writes_is_read() -> None:
    record = {
        "dag_id": "a",
        "path": "a.py",
        "verdict": "equal",
        "serialized": serialized("a", ("t", []))["dag"],
    }
    bare = serialized("b", ("t", ["u"]), ("u", []))["dag"]
    found = read_exact(json.dumps({"schema": "x", "dags": [record, bare]}), "x")
    assert [(dag.dag_id, dag.task_edges) for dag in found.dags] == [("a", ()), ("b", (("t", "u"),))]


def test_a_dump_belongs_to_one_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("prod", "dev"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text(STATIC)
    toml = "".join(f"[[environments]]\nname = '{name}'\npath = '{name}'\n" for name in ("prod", "dev"))
    (tmp_path / "airshift.toml").write_text(toml)
    needs = [{"source": "a", "target": "b", "dependency_type": "trigger", "dependency_id": "t"}]
    (tmp_path / "dump.json").write_text(json.dumps([serialized("a", ("t", []), dag_dependencies=needs)]))
    command = ["inventory", str(tmp_path), "-q", "-f", "json", "--from-json", str(tmp_path / "dump.json")]
    assert run(command) == 2
    assert "--from-json needs --environment here, one of dev, prod" in capsys.readouterr().err
    assert run([*command, "--environment", "stage"]) == 2
    assert "--environment stage: not in airshift.toml (known: dev, prod)" in capsys.readouterr().err
    assert run([*command, "--environment", "prod"]) == 0
    document = json.loads(capsys.readouterr().out)
    exactness = {(dag["environment"], dag["dag_id"]): dag["exact"] for dag in document["dags"]}
    assert exactness == {
        ("dev", "a"): False,
        ("dev", "gone"): True,
        ("prod", "a"): True,
        ("prod", "gone"): True,
    }
    assert [(edge["source"], edge["target"]) for edge in document["edges"]] == [("prod:a", "prod:b")]
    assert [one["name"] for one in document["only_static"]] == ["prod:gone"]
