"""The 2019 ledger rebuild. Ran once; kept because the auditors asked for the code."""
from datetime import datetime

from airflow import DAG
from airflow.operators.dummy_operator import DummyOperator

with DAG("ledger_2019_rebuild", schedule_interval=None, start_date=datetime(2019, 12, 1)) as dag:
    DummyOperator(task_id="nothing_left_to_do")
