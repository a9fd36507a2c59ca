# -*- coding: utf-8 -*-
from datetime import timedelta

from airflow import DAG
from airflow.hooks.S3_hook import S3Hook
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.python_operator import PythonOperator
from airflow.sensors.s3_key_sensor import S3KeySensor
from airflow.utils import dates
from airflow.utils.dates import days_ago

args = {
    "owner": "growth",
    "depends_on_past": False,
    "start_date": days_ago(7, hour=2),
    "retries": 1,
    "retry_delay": timedelta(minutes=10),
    "provide_context": True,
}

dag = DAG("ad_spend_ingest", default_args=args, schedule_interval=timedelta(hours=6), tags=["marketing", "ads"])


def ingest(network, **kwargs):
    day = kwargs.get("execution_date") or dates.days_ago(1)
    rows = S3Hook("aws_default").read_key(f"{network}/{day:%Y/%m/%d}.csv", bucket_name="tidewater-ads")
    kwargs["ti"].xcom_push("rows", len(rows.splitlines()))


begin = DummyOperator(task_id="begin", dag=dag)
end = DummyOperator(task_id="end", dag=dag, trigger_rule="dummy")

for network in ("searchads", "socialads", "videoads"):
    arrived = S3KeySensor(
        task_id="wait_" + network,
        bucket_name="tidewater-ads",
        bucket_key=network + "/{{ execution_date.strftime('%Y/%m/%d') }}.csv",
        dag=dag,
    )
    load = PythonOperator(task_id="ingest_" + network, python_callable=ingest, op_args=[network], dag=dag)
    begin >> arrived >> load >> end
