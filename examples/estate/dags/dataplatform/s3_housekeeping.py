"""Old exports leave S3 after the retention period."""
import pendulum

from airflow import DAG
from airflow.providers.amazon.aws.operators.s3 import S3DeleteObjectsOperator, S3ListOperator

with DAG(
    dag_id="s3_housekeeping",
    schedule="0 0 1 * *",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"owner": "data-platform", "retries": 2},
    tags=["platform", "s3"],
):
    old = S3ListOperator(task_id="list_exports", bucket="tidewater-exports", prefix="old/", aws_conn_id="aws_default")
    delete = S3DeleteObjectsOperator(
        task_id="delete_exports", bucket="tidewater-exports", keys=old.output, aws_conn_id="aws_default"
    )
