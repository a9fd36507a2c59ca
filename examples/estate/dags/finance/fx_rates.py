"""Exchange rates of the central bank, every weekday after the fixing."""
import json
from datetime import timedelta

from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator
from airflow.providers.http.operators.http import SimpleHttpOperator
from airflow.providers.http.sensors.http import HttpSensor
from airflow.utils.dates import days_ago

# read while parsing, so that the pairs can be changed without a deployment
PAIRS = Variable.get("fx_pairs", default_var='["EURUSD", "EURCHF"]', deserialize_json=False)


def store(**context):
    rates = context["ti"].xcom_pull(task_ids="fetch_rates")
    everything = context["ti"].xcom_pull(key="return_value")
    print(context["conf"].get("core", "parallelism"), rates, everything)


default_args = {"owner": "finance", "start_date": days_ago(2), "retries": 1}

with DAG(
    "fx_rates",
    default_args=default_args,
    schedule_interval="30 15 * * 1-5",
    dagrun_timeout=timedelta(minutes=30),
    tags=["finance"],
) as dag:
    published = HttpSensor(
        task_id="rates_published",
        http_conn_id="central_bank",
        endpoint="rates/{{ next_ds }}",
        poke_interval=120,
        task_concurrency=1,
    )
    fetch = SimpleHttpOperator(
        task_id="fetch_rates",
        http_conn_id="central_bank",
        endpoint="rates/{{ next_ds }}?pairs={{ params.pairs }}",
        method="GET",
        response_filter=lambda response: response.json(),
        params={"pairs": ",".join(json.loads(PAIRS))},
    )
    published >> fetch >> PythonOperator(task_id="store_rates", python_callable=store)
