"""Scores customers for churn in the scoring environment of the image, then marks the audience DAG."""
from datetime import datetime

from airflow import DAG
from airflow.decorators import task
from airflow.operators.python import ExternalPythonOperator
from airflow.sensors.external_task import ExternalTaskMarker


def score(threshold, ds=None, yesterday_ds=None):
    print(threshold, ds, yesterday_ds)
    return {"loyal", "lapsed"}


with DAG(
    dag_id="churn_scoring",
    schedule="@daily",
    start_date=datetime(2024, 4, 1),
    catchup=False,
    default_args={"owner": "ml-engineering"},
    tags=["ml", "scoring"],
) as dag:
    scores = ExternalPythonOperator(
        task_id="score",
        python_callable=score,
        python="/usr/local/airflow/venvs/scoring/bin/python",
        use_dill=True,
        op_kwargs={"threshold": 0.7, "ds": "{{ ds }}", "yesterday_ds": "{{ yesterday_ds }}"},
    )

    @task
    def publish(scored, inlet_events=None, prev_start_date_success=None, **context):
        print(scored, prev_start_date_success, context["task"].get_direct_relatives(upstream=True), context["macros"])

    mark = ExternalTaskMarker(
        task_id="mark_segments",
        external_dag_id="audience_segments",
        external_task_id="attribution_healthy",
        execution_date="{{ execution_date.isoformat() }}",
    )
    scores >> publish(scores.output) >> mark
