"""Refreshes the board's dashboard whenever both revenue tables are new."""
from datetime import datetime

from airflow import Dataset
from airflow.decorators import dag, task
from airflow.operators.bash import BashOperator


@dag(
    dag_id="revenue_dashboard",
    schedule=[Dataset("s3://tidewater-dwh/revenue"), Dataset("s3://tidewater-dwh/deferred_revenue")],
    start_date=datetime(2023, 1, 1),
    catchup=False,
    default_args={"owner": "finance"},
    tags=["finance", "revenue", "dashboard"],
)
def revenue_dashboard():
    @task
    def what_changed(triggering_dataset_events=None, **context):
        for uri, events in triggering_dataset_events.items():
            print(uri, [event.extra for event in events], context["ds"])

    refresh = BashOperator(
        task_id="refresh",
        bash_command="refresh-dashboard --board revenue --day {{ ds }} --until {{ data_interval_end | ds }}",
    )
    what_changed() >> refresh


revenue_dashboard()
