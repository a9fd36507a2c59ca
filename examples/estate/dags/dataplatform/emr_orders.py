"""Spark on EMR: the order history, partitioned by day."""
from datetime import datetime

from airflow import DAG
from airflow.contrib.operators.aws_athena_operator import AWSAthenaOperator
from airflow.providers.amazon.aws.operators.emr import (
    EmrAddStepsOperator,
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.sensors.emr import EmrStepSensor

STEPS = [
    {
        "Name": "orders {{ ds }}",
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {
            "Jar": "command-runner.jar",
            "Args": ["spark-submit", "s3://tidewater-spark/orders.py", "--day", "{{ ds }}", "--prev", "{{ prev_ds_nodash }}"],
        },
    }
]

with DAG(
    "emr_orders",
    schedule_interval="0 1 * * *",
    start_date=datetime(2022, 4, 1),
    catchup=False,
    default_args={"owner": "data-platform", "aws_conn_id": "aws_default"},
    tags=["platform", "spark"],
) as dag:
    create = EmrCreateJobFlowOperator(task_id="create_cluster", job_flow_overrides={"Name": "orders"})
    steps = EmrAddStepsOperator(task_id="add_steps", job_flow_id=create.output, steps=STEPS)
    wait = EmrStepSensor(
        task_id="wait",
        job_flow_id=create.output,
        step_id="{{ task_instance.xcom_pull(task_ids='add_steps', key='return_value')[0] }}",
    )
    stop = EmrTerminateJobFlowOperator(task_id="terminate", job_flow_id=create.output, trigger_rule="all_done")
    repair = AWSAthenaOperator(
        task_id="repair_partitions",
        query="msck repair table orders -- {{ next_ds }}",
        database="lake",
        output_location="s3://tidewater-athena/",
    )
    create >> steps >> wait >> stop
    wait >> repair
