"""
### Daily ledger
Loads yesterday's postings, balances them and publishes the result. Runbook: wiki/finance/ledger
"""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.python_operator import PythonOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.providers.postgres.operators.postgres import PostgresOperator

from common.defaults import report_sla_miss, team_args


def check_balance(**kwargs):
    day = kwargs["execution_date"].strftime("%Y-%m-%d")
    debit, credit = PostgresHook("warehouse").get_first(
        "select sum(debit), sum(credit) from ledger where day = %s", parameters=(day,)
    )
    if debit != credit:
        raise ValueError(f"ledger of {day} is off by {debit - credit}, yesterday was {kwargs['yesterday_ds']}")
    kwargs["ti"].xcom_push(key="balance", value=float(debit))


def publish(ds, next_ds, **context):
    balance = context["ti"].xcom_pull(key="balance")
    print(f"publishing {ds} (closes {next_ds}): {balance}")


with DAG(
    dag_id="daily_ledger",
    default_args=team_args("finance", sla=timedelta(hours=2), depends_on_past=True),
    schedule_interval="0 2 * * *",
    start_date=datetime(2022, 1, 1),
    max_active_runs=1,
    concurrency=4,
    sla_miss_callback=report_sla_miss,
    template_searchpath=["/opt/airflow/dags/finance/sql", "/usr/local/airflow/dags/finance/sql"],
    default_view="graph",
    tags=["finance", "ledger", "critical"],
    doc_md=__doc__,
) as dag:
    start = DummyOperator(task_id="start")

    stage = BashOperator(
        task_id="stage_postings",
        bash_command="aws s3 cp s3://tidewater-erp/postings/{{ ds_nodash }}.csv /tmp/ && echo next is {{ next_ds_nodash }}",
    )
    load = PostgresOperator(
        task_id="load_ledger",
        postgres_conn_id="warehouse",
        sql="ledger_load.sql",
        pool="warehouse",
    )
    balance = PythonOperator(task_id="check_balance", python_callable=check_balance, provide_context=True)
    done = PythonOperator(task_id="publish", python_callable=publish, provide_context=True, trigger_rule="all_success")

    start >> stage >> load >> balance >> done
