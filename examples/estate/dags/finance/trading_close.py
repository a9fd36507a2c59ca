"""Values the hedges after each trading day (custom timetable from plugins/)."""
import pendulum

from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator

from timetables.trading_calendar import TradingDayTimetable


def value_positions(data_interval_start, data_interval_end, **context):
    print("valuing", data_interval_start, "to", data_interval_end, "schedule", context["dag"].timetable)
    print("following close:", context["dag"].following_schedule(context["execution_date"]))


with DAG(
    dag_id="trading_close",
    timetable=TradingDayTimetable(),
    start_date=pendulum.datetime(2024, 1, 2),
    catchup=False,
    default_args={"owner": "finance"},
    tags=["finance", "treasury"],
) as dag:
    opened = EmptyOperator(task_id="market_closed")
    opened >> PythonOperator(task_id="value_positions", python_callable=value_positions)
