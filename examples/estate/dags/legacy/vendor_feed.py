"""Feeds for vendors, a plain module-level DAG with an operator that a plugin used to register."""
import importlib
from datetime import datetime

from airflow import DAG
from airflow.exceptions import AirflowException

try:
    from airflow.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash_operator import BashOperator

sensors = importlib.import_module("airflow.sensors.time_delta_sensor")

DAY = "{{ macros.ds_add(ds, -1) }}"

try:
    dag = DAG(
        "vendor_feed",
        schedule_interval="0 9 * * 1-5",
        start_date=datetime(2021, 3, 1),
        catchup=False,
        jinja_environment_kwargs={"keep_trailing_newline": True},
        default_args={"owner": "orders"},
        tags=["orders", "vendors"],
    )
except AirflowException:
    raise SystemExit("vendor feed is not configured")

with dag:
    for vendor in ("northpeak", "fjordwear"):
        BashOperator(
            task_id=f"feed_{vendor}",
            bash_command=f"feed {vendor} --day {DAY} --manual {{{{ dag_run.external_trigger }}}} --try {{{{ ti.try_number }}}}",
            params={"since": datetime(2021, 3, 1).isoformat()},
        )
