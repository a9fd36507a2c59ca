"""Asks the Airflow REST API for failed runs and unpauses what somebody forgot."""
import logging
from datetime import datetime, timedelta

import requests

from airflow import DAG
from airflow.configuration import conf
from airflow.hooks.base import BaseHook
from airflow.operators.python import PythonOperator

from common.runs import paused_dags

API = conf.get("webserver", "base_url", fallback="http://localhost:8080") + "/api/v1"


def failed_runs(**context):
    login = BaseHook.get_connection("airflow_api")
    answer = requests.post(
        f"{API}/dags/~/dagRuns/list",
        json={"states": ["failed"], "execution_date_gte": context["prev_execution_date"].isoformat()},
        auth=(login.login, login.get_password()),
        timeout=30,
    )
    return [run["dag_id"] for run in answer.json()["dag_runs"] if not run["external_trigger"]]


def start_again(ti, **_):
    for dag_id in set(ti.xcom_pull(task_ids="failed_runs")):
        requests.post(f"{API}/dags/{dag_id}/dagRuns", json={}, auth=("bot", "bot"), timeout=30)


def report_paused():
    for dag_id in paused_dags():
        logging.warning("%s is paused", dag_id)
        requests.patch(f"{API}/dags/{dag_id}", json={"is_paused": False, "is_active": True}, timeout=30)


with DAG(
    "dag_health_monitor",
    schedule=timedelta(minutes=30),
    start_date=datetime(2023, 1, 1),
    catchup=False,
    default_args={"owner": "data-platform"},
    tags=["platform", "monitoring"],
):
    failed = PythonOperator(task_id="failed_runs", python_callable=failed_runs)
    failed >> PythonOperator(task_id="start_again", python_callable=start_again)
    PythonOperator(task_id="report_paused", python_callable=report_paused)
