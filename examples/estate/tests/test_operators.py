"""The shared operators do what the teams expect."""
from datetime import datetime
from unittest import mock

import pytest
from airflow.exceptions import AirflowException
from airflow.models import DAG, DagRun, TaskInstance
from airflow.utils.session import create_session
from airflow.utils.state import State
from airflow.utils.types import DagRunType

from common.operators.warehouse import WarehouseLoadOperator


@mock.patch("airflow.hooks.base_hook.BaseHook.get_connection")
@mock.patch("airflow.providers.postgres.hooks.postgres.PostgresHook.run")
def test_load_runs_the_rendered_statement(run, get_connection):
    dag = DAG("t", schedule_interval="@daily", start_date=datetime(2024, 1, 1))
    task = WarehouseLoadOperator(task_id="load", sql="insert into x select '{{ ds }}'", table="x", dag=dag)
    with create_session() as session:
        dag.create_dagrun(
            run_id="t", execution_date=datetime(2024, 1, 1), state=State.RUNNING,
            run_type=DagRunType.MANUAL, session=session,
        )
    ti = TaskInstance(task, execution_date=datetime(2024, 1, 1))
    ti.run(ignore_ti_state=True)
    run.assert_called_once()
    assert DagRun.find(dag_id="t")[0].external_trigger is False


def test_needs_a_table():
    with pytest.raises(AirflowException):
        WarehouseLoadOperator(task_id="load", sql="select 1", tabel="typo")
