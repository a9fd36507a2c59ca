"""Trains the demand forecast when the revenue table is new."""
from __future__ import annotations

from datetime import datetime

try:
    from airflow.sdk import Asset, dag, task
except ImportError:
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import dag, task

REVENUE = Asset("s3://tidewater-dwh/revenue")
MODEL = Asset("s3://tidewater-ml/demand-model")


@dag(
    dag_id="model_training",
    schedule=[REVENUE],
    start_date=datetime(2024, 4, 1),
    catchup=False,
    default_args={"owner": "ml-engineering", "retries": 1},
    tags=["ml", "training"],
)
def model_training():
    @task
    def train() -> str:
        return "model-1"

    @task(outlets=[MODEL])
    def register(model: str) -> None:
        print(model)

    register(train())


model_training()
