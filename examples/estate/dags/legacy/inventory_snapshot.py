"""Stock snapshot of the stores, file by file."""
from datetime import datetime

from airflow import DAG
from airflow.contrib.sensors.file_sensor import FileSensor
from airflow.operators.latest_only_operator import LatestOnlyOperator
from airflow.operators.python_operator import PythonOperator
from airflow.sensors.external_task_sensor import ExternalTaskSensor
from airflow.utils.file import TemporaryDirectory

from common.airflow_names import *  # noqa: F403


def snapshot(ds, **kwargs):
    with TemporaryDirectory() as folder:
        print(folder, ds, kwargs["tomorrow_ds_nodash"])


dag = DAG(
    dag_id="inventory_snapshot",
    start_date=datetime(2021, 10, 1),
    schedule_interval="0 5 * * *",
    catchup=False,
    full_filepath=__file__,
    default_args={"owner": "orders"},
    tags=["orders", "stock"],
)

latest = LatestOnlyOperator(task_id="latest_only", dag=dag)
orders = ExternalTaskSensor(task_id="orders_loaded", external_dag_id="old_orders_etl", external_task_id="validate", dag=dag)
stores = FileSensor(task_id="store_files", filepath="/data/stores/{{ ds_nodash }}.done", fs_conn_id="fs_default", dag=dag)
take = PythonOperator(task_id="snapshot", python_callable=snapshot, dag=dag)
tell = BashOperator(task_id="tell", bash_command="echo {{ next_ds }} >> /data/stores/log", dag=dag)  # noqa: F405

latest >> orders >> stores >> take >> tell
