"""Matches payments with invoices; refuses to run when the ledger had trouble lately."""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.models import TaskInstance
from airflow.operators.python import PythonOperator, ShortCircuitOperator
from airflow.utils.session import provide_session
from airflow.utils.state import State

from common.runs import count_runs, last_run
from common.sensors import PartitionSensor


@provide_session
def recent_failures(execution_date, session=None, **_):
    since = execution_date - timedelta(days=3)
    failed = (
        session.query(TaskInstance)
        .filter(TaskInstance.dag_id == "daily_ledger", TaskInstance.state == State.FAILED)
        .filter(TaskInstance.start_date >= since)
        .all()
    )
    return not failed


def reconcile(**context):
    if count_runs("daily_ledger") == 0:
        raise AirflowSkipException("no ledger yet")
    run = context["dag_run"]
    previous = run.get_previous_dagrun()
    print("ledger:", last_run("daily_ledger"), "ours before:", previous and previous.execution_date)
    print("tasks:", [ti.task_id for ti in run.get_task_instances()])


with DAG(
    "payment_reconciliation",
    schedule_interval="0 6 * * *",
    start_date=datetime(2022, 6, 1),
    catchup=False,
    default_args={"owner": "finance", "wait_for_downstream": True},
    tags=["finance", "payments"],
) as dag:
    wait = PartitionSensor(task_id="wait_for_payments", table="payments", mode="reschedule")
    healthy = ShortCircuitOperator(task_id="ledger_healthy", python_callable=recent_failures)
    match = PythonOperator(task_id="reconcile", python_callable=reconcile)
    wait >> healthy >> match
