"""Sessions per hour, from the click stream."""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor

with DAG(
    dag_id="web_analytics_hourly",
    schedule=timedelta(hours=1),
    start_date=datetime(2024, 6, 1),
    max_active_runs=3,
    max_active_tasks=6,
    default_args={"owner": "growth", "depends_on_past": True},
    tags=["marketing", "web"],
) as dag:
    S3KeySensor(
        task_id="clicks_complete",
        bucket_key="s3://tidewater-clicks/{{ data_interval_start.strftime('%Y/%m/%d/%H') }}/_SUCCESS",
        deferrable=True,
    ) >> BashOperator(
        task_id="sessionise",
        bash_command="templates/sessionise.sh",
    )
