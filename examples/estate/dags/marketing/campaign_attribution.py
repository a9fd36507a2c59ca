"""Attributes orders to campaigns, one mapped task per channel."""
from __future__ import annotations

from datetime import datetime, timedelta

from airflow.decorators import dag, task, task_group
from airflow.models.baseoperator import chain
from airflow.operators.python import PythonOperator
from airflow.utils.helpers import cross_downstream

CHANNELS = ["search", "social", "email", "affiliate"]


def attribute(channel, ti, **kwargs):
    print(channel, kwargs["prev_execution_date_success"], ti.map_index)
    return channel


@dag(
    schedule_interval="15 3 * * *",
    start_date=datetime(2024, 2, 1),
    catchup=True,
    concurrency=8,
    default_args={"owner": "growth", "retries": 1},
    tags=["marketing", "attribution"],
)
def campaign_attribution():
    attributed = PythonOperator.partial(
        task_id="attribute",
        python_callable=attribute,
        max_active_tis_per_dag=2,
    ).expand(op_kwargs=[{"channel": name} for name in CHANNELS])

    @task_group
    def publish():
        @task
        def summarise(ti=None):
            rows = ti.xcom_pull(task_ids=["attribute"], key="return_value")
            return len(rows)

        @task(task_concurrency=1, sla=timedelta(hours=3))
        def export(rows: int, next_execution_date=None):
            print(rows, next_execution_date)

        export(summarise())

    chain(attributed, publish())


campaign_attribution()
