"""Edges between DAGs from operators: mapped ones, subclasses, and what stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.estates import inventory_of

HEAD = """
import os
from airflow import DAG
from airflow.models.param import Param
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.operators.subdag import SubDagOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskMarker, ExternalTaskSensor
from airflow.api.common.trigger_dag import trigger_dag
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor
class Base(TriggerDagRunOperator):
    pass
class Late(ExternalTaskSensor):
    def __init__(self, **kwargs):
        super().__init__(external_dag_id='up', **kwargs)
"""
EDGES = [
    ("TriggerDagRunOperator(task_id='t', trigger_dag_id='x')", "a>x trigger"),
    ("TriggerDagRunOperator.partial(task_id='t').expand(trigger_dag_id=['x', 'y'])", "a>x trigger, a>y trigger"),
    ("TriggerDagRunOperator.partial(task_id='t', trigger_dag_id='x').expand(conf=[{}])", "a>x trigger"),
    ("TriggerDagRunOperator.partial(task_id='t').expand_kwargs([{'trigger_dag_id': 'x'}, {'trigger_dag_id': 'y'}])", "a>x trigger, a>y trigger"),
    ("SubDagOperator(task_id='t', subdag=DAG('a.t'))", "a>a.t subdag"),
    ("Base(task_id='t', trigger_dag_id='x')", "a>x trigger"),
    ("Late(task_id='t')", "up>a sensor"),
    ("ExternalTaskMarker(task_id='t', external_dag_id='x', external_task_id='u')", "a>x marker"),
    ("for n in ('x', 'y'):\n        ExternalTaskSensor(task_id=n, external_dag_id=f'{n}_in')", "x_in>a sensor, y_in>a sensor"),
    ("HttpOperator(task_id='t', endpoint='api/v1/dags/x/dagRuns', method='POST')", "a>x api?"),
    ("HttpOperator(task_id='t', endpoint='api/v1/dags/x/dagRuns', method='GET')", "x>a api?"),
    ("HttpSensor(task_id='t', endpoint='api/v1/dags/x/dagRuns/latest')", "x>a api?"),
    ("BashOperator(task_id='t', bash_command='airflow trigger_dag x')", "a>x api?"),
    ("BashOperator(task_id='t', bash_command='airflow dags trigger -c \\'{}\\' --run-id r x')", "a>x api?"),
    ("BashOperator(task_id='t', bash_command='airflow dags trigger x --conf {}; airflow dags trigger -v y && true')", "a>x api?, a>y api?"),
    ("BashOperator(task_id='t', bash_command='airflow dags trigger --run-id=r \\'x\\' | tee log')", "a>x api?"),
    ("PythonOperator(task_id='t', python_callable=lambda: trigger_dag(dag_id='x'))", "a>x api?"),
    ("def f():\n        trigger_dag('x', run_id='r')\n    PythonOperator(task_id='t', python_callable=f)", "a>x api?"),
    ("def f():\n        TriggerDagRunOperator(task_id='i', trigger_dag_id='x').execute({})\n    PythonOperator(task_id='t', python_callable=f)", "a>x api?"),
]  # fmt: skip


def edges(folder: Path, body: str) -> str:
    found = inventory_of(folder, d__py=f"{HEAD}with DAG('a', schedule=None):\n    {body}\n")
    return ", ".join(f"{e.source}>{e.target} {e.kind}{'' if e.certain else '?'}" for e in found.edges)


@pytest.mark.parametrize(("body", "expected"), EDGES)
def test_edges(tmp_path: Path, body: str, expected: str) -> None:
    assert edges(tmp_path, body) == expected


UNKNOWN = [
    ("TriggerDagRunOperator(task_id='t', trigger_dag_id=os.environ['X'])", "os.environ['X']"),
    ("TriggerDagRunOperator(task_id='t', trigger_dag_id='{{ params.x }}')", "{{ params.x }}"),
    (
        "ExternalTaskSensor(task_id='t', external_dag_id=f\"{os.environ['X']}_in\")",
        "f\"{os.environ['X']}_in\"",
    ),
]


@pytest.mark.parametrize(("body", "expression"), UNKNOWN)
def test_an_unknown_other_dag_is_a_doubt_and_no_edge(tmp_path: Path, body: str, expression: str) -> None:
    found = inventory_of(tmp_path, d__py=f"{HEAD}with DAG('a', schedule=None):\n    {body}\n")
    assert found.edges == ()
    assert [text.partition(": ")[2] for text in found.dags[0].unknown] == [expression]


NONE = [
    "EmptyOperator(task_id='trigger_dag_id')",
    "BashOperator(task_id='t', bash_command='echo dags/x/dagRunsOld')",
    "BashOperator(task_id='t', bash_command='airflow dags list-runs -d x')",
    "BashOperator(task_id='t', bash_command='airflow dags trigger ' + '-a ' * 3000)",
    "BashOperator(task_id='t', bash_command='airflow dags trigger $DAG')",
    "BashOperator(task_id='t', bash_command='airflow dags trigger -r x; echo')",
    "PythonOperator(task_id='t', python_callable=print, op_kwargs={'trigger_dag_id': 'x'})",
]


@pytest.mark.parametrize("body", NONE)
def test_nothing_that_only_looks_like_it(tmp_path: Path, body: str) -> None:
    assert edges(tmp_path, body) == ""
