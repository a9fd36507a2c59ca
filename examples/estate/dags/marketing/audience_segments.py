"""Builds customer segments and hands them to the e-mail DAG."""
from datetime import datetime

from airflow import DAG, models
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

from common.operators.warehouse import WarehouseLoadOperator
from common.sensors import UpstreamHealthySensor

SEGMENTS = models.Variable.get("segments", default_var="loyal,lapsed").split(",")

with models.DAG(
    dag_id="audience_segments",
    schedule="0 7 * * *",
    start_date=datetime(2023, 9, 1),
    catchup=False,
    default_args={"owner": "growth"},
    tags=["marketing", "audience"],
) as dag:
    healthy = UpstreamHealthySensor(task_id="attribution_healthy", watched_dag_id="campaign_attribution")
    for segment in SEGMENTS:
        build = WarehouseLoadOperator(
            task_id=f"build_{segment}",
            sql=f"call build_segment('{segment}', '{{{{ ds }}}}', '{{{{ prev_execution_date }}}}')",
            table=f"marketing.segment_{segment}",
        )
        push = TriggerDagRunOperator(
            task_id=f"push_{segment}",
            trigger_dag_id="email_audience_push",
            conf={"audience": segment, "day": "{{ ds }}"},
        )
        healthy >> build >> push
