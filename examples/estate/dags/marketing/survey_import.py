"""Survey import. Kept by the agency: Größe, Passform, Lieferzeit."""
from datetime import datetime

from airflow import DAG
from airflow.operators.dummy_operator import DummyOperator

# Spalten: Größe; Gemütlichkeit; Lieferzeit
with DAG("survey_import", schedule_interval="@weekly", start_date=datetime(2021, 1, 1)) as dag:
    DummyOperator(task_id="umfrage_lesen")
