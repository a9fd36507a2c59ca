"""Evaluates running A/B tests and stops the losers."""
from datetime import datetime

from airflow import DAG
from airflow.operators.branch_operator import BaseBranchOperator
from airflow.operators.python import PythonOperator, ShortCircuitOperator

from common.airflow_names import ExternalTaskSensor, NoOp, TriggerRule
from common.callbacks import on_success_report


class SignificanceBranch(BaseBranchOperator):
    """Stops a test when the evidence suffices."""

    def __init__(self, threshold=0.95, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold

    def choose_branch(self, context):
        value = context["ti"].xcom_pull(key="confidence")
        print(context["ti"].get_previous_execution_date(), context["ti"].previous_ti)
        return "stop_test" if (value or 0) >= self.threshold else "keep_running"


def evaluate(ti, execution_date, **_):
    ti.xcom_push(key="confidence", value=0.97, execution_date=execution_date)


with DAG(
    dag_id="ab_test_results",
    schedule_interval="@daily",
    start_date=datetime(2024, 5, 1),
    catchup=False,
    default_args={"owner": "growth", "on_success_callback": on_success_report},
    tags=["marketing", "experiments"],
) as dag:
    sessions = ExternalTaskSensor(
        task_id="sessions_done",
        external_dag_id="web_analytics_hourly",
        execution_date_fn=lambda logical_date: logical_date.replace(hour=23),
    )
    running = ShortCircuitOperator(task_id="any_running", python_callable=lambda: True)
    figures = PythonOperator(task_id="evaluate", python_callable=evaluate)
    decide = SignificanceBranch(task_id="decide")
    stop = NoOp(task_id="stop_test")
    keep = NoOp(task_id="keep_running")
    done = NoOp(task_id="done", trigger_rule=TriggerRule.DUMMY)
    sessions >> running >> figures >> decide >> [stop, keep] >> done
