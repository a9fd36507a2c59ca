# -*- coding: utf-8 -*-
#
# Orders ETL. Written for Airflow 1.10.3; nobody dares to touch it.
from __future__ import print_function

from datetime import datetime, timedelta
from distutils.util import strtobool

import airflow
from airflow.contrib.hooks.ftp_hook import FTPHook
from airflow.contrib.operators.ssh_operator import SSHOperator
from airflow.hooks.postgres_hook import PostgresHook
from airflow.models import DAG, Variable
from airflow.operators.bash_operator import BashOperator
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.postgres_operator import PostgresOperator
from airflow.operators.python_operator import PythonOperator
from airflow.utils.dates import days_ago

default_args = {
    "owner": "orders",
    "depends_on_past": True,
    "start_date": airflow.utils.dates.days_ago(30),
    "email": ["orders@tidewater.example"],
    "email_on_failure": True,
    "retries": 3,
    "retry_delay": timedelta(minutes=15),
    "sla": timedelta(hours=5),
    "queue": "etl",
    "pool": "orders",
}

dag = DAG(
    "old_orders_etl",
    default_args=default_args,
    schedule_interval="@daily",
    user_defined_macros={"week_of": lambda day: datetime.strptime(day, "%Y-%m-%d").isocalendar()[1]},
    tags=["orders", "legacy"],
)
dag.doc_md = __doc__


def download(ds, **kwargs):
    if strtobool(Variable.get("orders_download", "true")):
        FTPHook("orders_ftp").retrieve_file("/orders/%s.csv" % kwargs["next_ds"], "/tmp/orders.csv")
    return kwargs["ti"].xcom_pull(task_ids=None, key="watermark", include_prior_dates=True)


def validate(**kwargs):
    rows = PostgresHook(postgres_conn_id="orders_db").get_records("select count(*) from orders where day = %s", (kwargs["ds"],))
    print(kwargs["test_mode"], kwargs["dag"].get_dagrun(kwargs["execution_date"]), rows)


start = DummyOperator(task_id="start", dag=dag)
fetch = PythonOperator(task_id="fetch", python_callable=download, provide_context=True, dag=dag)
convert = BashOperator(task_id="convert", bash_command="sql/convert.sh", dag=dag)
load = PostgresOperator(
    task_id="load",
    postgres_conn_id="orders_db",
    sql="""
        delete from orders where day between '{{ prev_ds }}' and '{{ ds }}';
        copy orders from '/tmp/orders.csv'; -- week {{ week_of(tomorrow_ds) }}
    """,
    dag=dag,
)
check = PythonOperator(task_id="validate", python_callable=validate, provide_context=True, dag=dag)
archive = SSHOperator(task_id="archive", ssh_conn_id="orders_ssh", command="archive {{ execution_date.strftime('%Y%m%d') }}", dag=dag)

start >> fetch >> convert >> load >> check
check.set_downstream(archive)
