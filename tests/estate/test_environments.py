"""Several Airflow environments in one estate, and edges from one to another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.assessing import assess_path
from airshift.cli.app import run
from airshift.estate.environments import Environments
from airshift.estate.graph import OUTSIDE, build_graph
from airshift.estate.inventory import build_inventory
from airshift.estate.model import Inventory
from airshift.files import list_files
from airshift.settings import load_settings

TOML = """
[[environments]]
name = "etl"
path = "etl"
url = "https://etl.example.com:8443/home"
mwaa = "etl-prod"

[[environments]]
name = "bi"
path = "bi"
"""
HEAD = """
import boto3, requests, subprocess
from airflow import DAG
from airflow.datasets import Dataset
from airflow.decorators import task
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.amazon.aws.operators.mwaa import MwaaTriggerDagRunOperator
from airflow.providers.amazon.aws.sensors.mwaa import MwaaDagRunSensor, MwaaTaskSensor
from airflow.sensors.external_task import ExternalTaskSensor
"""


def inventory(folder: Path, toml: str = TOML, **files: str) -> Inventory:
    for name in ("etl", "bi"):
        (folder / name).mkdir(exist_ok=True)
    for name, body in files.items():
        indented = "".join(f"    {line}\n" for line in body.splitlines()) or "    pass\n"
        text = HEAD + f"with DAG('{name.partition('_')[2]}', schedule=None):\n" + indented
        (folder / name.partition("_")[0] / f"{name}.py").write_text(text)
    (folder / "airshift.toml").write_text(toml)
    environments = Environments(load_settings(folder).environments)
    found, problems = build_inventory(list_files([folder]), environments=environments)
    assert problems == ()
    return found


def edges(found: Inventory) -> list[str]:
    return [f"{e.source}>{e.target} {e.kind}{'' if e.certain else '?'}" for e in found.edges]


def test_one_id_in_two_environments_is_two_dags(tmp_path: Path) -> None:
    found = inventory(tmp_path, etl_load="EmptyOperator(task_id='t')", bi_load="EmptyOperator(task_id='t')")
    assert [(dag.key, dag.dag_id, dag.environment) for dag in found.dags] == [
        ("bi:load", "load", "bi"),
        ("etl:load", "load", "etl"),
    ]
    nodes = build_graph(found).nodes
    assert [(key, node.dag_id, node.environment, node.cluster) for key, node in nodes.items()] == [
        ("bi:load", "load", "bi", "bi:bi"),
        ("etl:load", "load", "etl", "etl:etl"),
    ]


def test_operators_reach_into_their_own_environment(tmp_path: Path) -> None:
    found = inventory(
        tmp_path,
        etl_load="TriggerDagRunOperator(task_id='t', trigger_dag_id='next')",
        etl_next="EmptyOperator(task_id='t')",
        bi_next="ExternalTaskSensor(task_id='s', external_dag_id='load')",
    )
    assert edges(found) == ["bi:load>bi:next sensor", "etl:load>etl:next trigger"]
    assert build_graph(found).nodes["bi:load"].cluster == OUTSIDE
    assert build_graph(found).nodes["bi:load"].environment == "bi"


def test_assets_do_not_cross_environments(tmp_path: Path) -> None:
    found = inventory(
        tmp_path,
        etl_load="EmptyOperator(task_id='t', outlets=[Dataset('s3://b/k')])",
        etl_own="pass\nDAG('consumer', schedule=[Dataset('s3://b/k')])",
        bi_own="pass\nDAG('consumer', schedule=[Dataset('s3://b/k')])",
    )
    assert edges(found) == ["etl:load>etl:consumer asset"]


CROSS = [
    ("BashOperator(task_id='t', bash_command='curl -X POST https://etl.example.com/api/v1/dags/load/dagRuns')", "bi:x>etl:load api?"),
    ("BashOperator(task_id='t', bash_command='curl -X GET https://etl.example.com:8443/api/v1/dags/load/dagRuns')", "etl:load>bi:x api?"),
    ("BashOperator(task_id='t', bash_command='curl -d {} https://other.example.com/api/v1/dags/load/dagRuns')", "bi:x>https://other.example.com:load api?"),
    ("BashOperator(task_id='t', bash_command='airflow dags trigger --conf {} load')", "bi:x>etl:load api?"),
    ("BashOperator(task_id='t', bash_command='airflow dags trigger nowhere')", "bi:x>bi:nowhere api?"),
    ("MwaaTriggerDagRunOperator(task_id='t', env_name='etl-prod', trigger_dag_id='load')", "bi:x>etl:load trigger"),
    ("MwaaTriggerDagRunOperator(task_id='t', env_name='unheard', trigger_dag_id='load')", "bi:x>unheard:load trigger?"),
    ("MwaaDagRunSensor(task_id='t', external_env_name='etl-prod', external_dag_id='load', external_dag_run_id='r')", "etl:load>bi:x sensor"),
    ("MwaaTaskSensor(task_id='t', external_env_name='etl-prod', external_dag_id='load', external_task_id='r')", "etl:load>bi:x sensor"),
    ("@task\ndef f():\n    boto3.client('mwaa').invoke_rest_api(Name='etl-prod', Path='/dags/load/dagRuns', Method='POST', Body={})\nf()", "bi:x>etl:load api?"),
    ("@task\ndef f():\n    boto3.client('mwaa').invoke_rest_api(Name='etl-prod', Path='/dags/load/dagRuns', Method='GET')\nf()", "etl:load>bi:x api?"),
    ("@task\ndef f(name='load'):\n    token = boto3.client('mwaa').create_cli_token(Name='etl-prod')\n    requests.post(f\"https://{token['WebServerHostname']}/aws_mwaa/cli\", data=f'dags trigger {name}')\nf()", "bi:x>etl:load api?"),
    ("def f():\n    url = 'https://etl.example.com/api/v1'\n    requests.post(url + '/dags/load/dagRuns', json={})\nPythonOperator(task_id='t', python_callable=f)", "bi:x>etl:load api?"),
    ("def f():\n    subprocess.run(['airflow', 'dags', 'trigger', 'load'])\nPythonOperator(task_id='t', python_callable=f)", "bi:x>etl:load api?"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "edge"), CROSS)
def test_edges_between_environments(tmp_path: Path, body: str, edge: str) -> None:
    assert edges(inventory(tmp_path, etl_load="EmptyOperator(task_id='t')", bi_x=body)) == [edge]


SILENT = [
    "@task\ndef f():\n    requests.get('https://etl.example.com/health')\nf()",
    "@task\ndef f(dag_id):\n    requests.post(f'https://etl.example.com/api/v1/dags/{dag_id}/dagRuns')\nf()",
    "BashOperator(task_id='t', bash_command='airflow dags list')",
    "BashOperator(task_id='t', bash_command='echo dags trigger load')",
    "def never_called():\n    requests.post('https://etl.example.com/api/v1/dags/load/dagRuns')",
]


@pytest.mark.parametrize("body", SILENT)
def test_no_edge_without_an_id(tmp_path: Path, body: str) -> None:
    assert edges(inventory(tmp_path, etl_load="EmptyOperator(task_id='t')", bi_x=body)) == []


def test_two_environments_may_run_the_same_folder(tmp_path: Path) -> None:
    toml = TOML.replace('path = "bi"', 'path = "etl"')
    found = inventory(tmp_path, toml, etl_load="TriggerDagRunOperator(task_id='t', trigger_dag_id='next')")
    assert [dag.key for dag in found.dags] == ["bi:load", "etl:load"]
    assert edges(found) == ["bi:load>bi:next trigger", "etl:load>etl:next trigger"]


def test_a_file_outside_every_environment_keeps_its_plain_id(tmp_path: Path) -> None:
    (tmp_path / "lone.py").write_text("from airflow import DAG\nDAG('lone')\n")
    found = inventory(tmp_path, etl_load="EmptyOperator(task_id='t')")
    assert [dag.key for dag in found.dags] == ["etl:load", "lone"]


def test_the_commands_read_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory(tmp_path, etl_load="EmptyOperator(task_id='t')", bi_x=CROSS[0][0])
    assert run(["graph", str(tmp_path), "-q", "--why", "bi:x", "etl:load"]) == 0
    assert capsys.readouterr().out.startswith("bi:x -> etl:load  api t, not certain  bi/bi_x.py:")
    assert run(["inventory", str(tmp_path), "-q", "-f", "json"]) == 0
    dags = json.loads(capsys.readouterr().out)["dags"]
    assert [(dag["dag_id"], dag["environment"]) for dag in dags] == [("load", "etl"), ("x", "bi")]
    (tmp_path / "airshift.toml").write_text("[[environments]]\nname = 'etl'\npath = 'gone'\n")
    assert run(["inventory", str(tmp_path), "-q"]) == 2
    assert "path gone does not exist" in capsys.readouterr().err


def test_an_assessment_keeps_environments_apart(tmp_path: Path) -> None:
    inventory(tmp_path, etl_load="EmptyOperator(task_id='t')", bi_load="EmptyOperator(task_id='t')")
    found = assess_path(tmp_path, ask_ruff=False)
    assert [dag.dag.key for dag in found.dags] == ["bi:load", "etl:load"]
