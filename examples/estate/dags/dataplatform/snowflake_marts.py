"""Marts in Snowflake, rebuilt after the ledger."""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator
from airflow.sensors.external_task_sensor import ExternalTaskSensor

MARTS = ("orders", "customers", "stock")

with DAG(
    "snowflake_marts",
    schedule_interval="0 4 * * *",
    start_date=datetime(2022, 9, 1),
    catchup=False,
    default_args={"owner": "data-platform", "snowflake_conn_id": "snowflake"},
    tags=["platform", "marts", "critical"],
) as dag:
    ledger = ExternalTaskSensor(
        task_id="ledger_published",
        external_dag_id="daily_ledger",
        external_task_id="publish",
        execution_delta=timedelta(hours=2),
    )
    for mart in MARTS:
        ledger >> SnowflakeOperator(
            task_id=f"build_{mart}",
            sql=f"call marts.build_{mart}('{{{{ ds }}}}')",
            warehouse="TRANSFORM",
            session_parameters={"QUERY_TAG": mart},
        )
