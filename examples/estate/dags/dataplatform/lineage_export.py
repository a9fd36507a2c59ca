"""Exports table lineage to the catalogue."""
from datetime import datetime

from airflow import DAG
from airflow.lineage import AUTO
from airflow.lineage.entities import File
from airflow.operators.bash import BashOperator

with DAG(
    "lineage_export",
    start_date=datetime(2023, 2, 1),
    default_args={"owner": "data-platform"},
    tags=["platform", "lineage"],
) as dag:
    read = BashOperator(task_id="read", bash_command="lineage read", outlets=[File(url="s3://tidewater-lineage/raw.json")])
    write = BashOperator(task_id="write", bash_command="lineage write", inlets=AUTO)
    read >> write
