"""Month end: waits for the ledger, closes the books per country, tells the controllers."""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.email import EmailOperator
from airflow.operators.python import PythonOperator
from airflow.operators.subdag import SubDagOperator
from airflow.sensors.external_task import ExternalTaskSensor

from common.defaults import DEFAULT_ARGS

COUNTRIES = ["de", "at", "ch", "nl", "se"]


def close_country(parent_dag_id, country, args):
    """One sub-DAG per country."""
    with DAG(
        dag_id=f"{parent_dag_id}.close_{country}",
        default_args=args,
        schedule_interval="@monthly",
    ) as subdag:
        reserve = PythonOperator(task_id="book_reserves", python_callable=print, op_args=[country])
        lock = PythonOperator(task_id="lock_period", python_callable=print, op_args=[country])
        reserve >> lock
    return subdag


args = dict(DEFAULT_ARGS, owner="finance", start_date=datetime(2022, 1, 1))

with DAG(
    "month_end_close",
    default_args=args,
    schedule_interval="@monthly",
    catchup=False,
    orientation="LR",
    tags=["finance", "close", "critical"],
) as dag:
    ledger = ExternalTaskSensor(
        task_id="wait_for_ledger",
        external_dag_id="daily_ledger",
        external_task_id="publish",
        execution_delta=timedelta(hours=-2),
        mode="reschedule",
        timeout=6 * 3600,
        sla=timedelta(hours=8),
    )
    mail = EmailOperator(
        task_id="tell_controllers",
        to="controllers@tidewater.example",
        subject="Books closed for {{ prev_execution_date.strftime('%B %Y') }}",
        html_content="Closed at {{ ts }}. Next close: {{ next_execution_date }}",
    )
    for country in COUNTRIES:
        close = SubDagOperator(
            task_id=f"close_{country}",
            subdag=close_country("month_end_close", country, args),
        )
        ledger >> close >> mail
