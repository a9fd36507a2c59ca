"""Watches drift of the live models; alerts the on-call engineer."""
from __future__ import annotations

import pendulum

from airflow.decorators import dag, task, task_group


@dag(
    dag_id="model_monitoring",
    schedule="*/30 * * * *",
    start_date=pendulum.datetime(2024, 4, 1, tz="UTC"),
    catchup=False,
    default_args={"owner": "ml-engineering", "retries": 0},
    tags=["ml", "monitoring"],
)
def model_monitoring():
    @task
    def drift(model: str) -> float:
        return len(model) / 100

    @task
    def alert(values) -> bool:
        return max(values) > 0.5

    @task_group
    def watch():
        alert([drift("demand"), drift("churn")])

    watch()


model_monitoring()
