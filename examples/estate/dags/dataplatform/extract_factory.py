"""One extraction DAG per source of config/extracts.yaml."""
import os
import uuid
from datetime import datetime

import yaml

from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

HERE = os.path.dirname(__file__)
BUCKET = Variable.get("extract_bucket", "tidewater-extracts")
BUILD = f"{datetime.now():%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"

with open(os.path.join(HERE, "config", "extracts.yaml")) as handle:
    SOURCES = yaml.safe_load(handle)


def extract(table, target, **context):
    print(f"{table} to {target}, window ends {context['next_execution_date']}")


def build(source):
    dag = DAG(
        dag_id=f"extract_{source['name']}",
        schedule_interval=source["schedule_interval"],
        start_date=datetime(2023, 1, 1),
        default_args={"owner": "data-platform", "params": {"build": BUILD}},
        tags=["platform", "extract"],
        **{"concurrency": 4, "catchup": False, "fail_stop": True},
    )
    for table in set(source["tables"]):
        PythonOperator(
            task_id=f"extract_{table}",
            python_callable=extract,
            op_kwargs={"table": table, "target": f"s3://{BUCKET}/{source['name']}/{table}/{{{{ ds_nodash }}}}"},
            dag=dag,
        )
    return dag


for source in SOURCES:
    globals()[f"extract_{source['name']}"] = build(source)
