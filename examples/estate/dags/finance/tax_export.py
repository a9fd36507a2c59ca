"""VAT export for the tax office. Started by the tax team from the UI, never scheduled."""
from __future__ import annotations

import pendulum

try:
    from airflow.sdk import Param, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models.param import Param


@dag(
    dag_id="tax_export",
    schedule=None,
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"owner": "finance", "retries": 0},
    params={"quarter": Param("2024Q1", type="string", pattern=r"^\d{4}Q[1-4]$")},
    tags=["finance", "tax"],
)
def tax_export():
    @task
    def collect(params: dict | None = None) -> dict:
        return {"quarter": (params or {})["quarter"], "countries": ["de", "at"]}

    @task
    def write(selection: dict) -> str:
        return f"s3://tidewater-tax/{selection['quarter']}.xml"

    write(collect())


tax_export()
