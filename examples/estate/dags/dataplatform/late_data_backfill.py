"""Reprocesses days for which data came late."""
import os
import subprocess
from datetime import datetime

from airflow import DAG
from airflow.api.common.experimental.trigger_dag import trigger_dag
from airflow.models import DagBag
from airflow.operators.python import PythonOperator


def backfill(**context):
    run_date = os.environ.get("AIRFLOW_CTX_EXECUTION_DATE")
    days = (context["dag_run"].conf or {}).get("days", [])
    for day in days:
        subprocess.run(["airflow", "dags", "backfill", "-s", day, "-e", day, "emr_orders"], check=True)
        trigger_dag("snowflake_marts", execution_date=context["execution_date"], replace_microseconds=False)
    print(run_date, len(DagBag(read_dags_from_db=True).dags))


with DAG(
    "late_data_backfill",
    schedule_interval=None,
    start_date=datetime(2023, 1, 1),
    default_args={"owner": "data-platform"},
    tags=["platform", "maintenance"],
) as dag:
    PythonOperator(task_id="backfill", python_callable=backfill)
