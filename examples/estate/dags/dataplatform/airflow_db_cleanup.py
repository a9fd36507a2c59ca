"""
Deletes old rows of Airflow's own database every Sunday.
Copied from the wiki in 2020, changed many times since.
"""
from datetime import datetime, timedelta

import pendulum
from airflow import DAG, settings
from airflow.configuration import conf
from airflow.models import DagModel, DagRun, Log, SlaMiss, TaskFail, TaskInstance, Variable, XCom
from airflow.operators.python import PythonOperator
from airflow.utils import timezone
from sqlalchemy import and_, text
from sqlalchemy.orm import load_only

MAX_AGE = int(Variable.get("cleanup_max_age_days", default_var=45))
OBJECTS = [
    (DagRun, DagRun.execution_date),
    (TaskInstance, TaskInstance.start_date),
    (Log, Log.dttm),
    (XCom, XCom.timestamp),
    (SlaMiss, SlaMiss.timestamp),
    (TaskFail, TaskFail.start_date),
]
session = settings.Session()


def cleanup(model_index, **context):
    model, column = OBJECTS[model_index]
    limit = timezone.utcnow() + timedelta(days=-MAX_AGE)
    query = session.query(model).options(load_only(column)).filter(and_(column <= limit))
    for row in query.all():
        session.delete(row)
    session.commit()


def forget_inactive(**context):
    engine = settings.engine
    with engine.connect() as connection:
        connection.execute(text("delete from dag where is_active = false and last_parsed_time < now() - interval '30 days'"))
        connection.execute("delete from task_fail where dag_id not in (select dag_id from dag)")
    print(conf.get("core", "sql_alchemy_conn"), conf.getboolean("webserver", "expose_config"))


with DAG(
    "airflow_db_cleanup",
    schedule_interval="@weekly",
    start_date=pendulum.datetime(2022, 1, 2),
    catchup=False,
    default_args={"owner": "data-platform"},
    tags=["platform", "maintenance"],
) as dag:
    for number, (model, _) in enumerate(OBJECTS):
        PythonOperator(
            task_id=f"cleanup_{model.__tablename__}",
            python_callable=cleanup,
            op_args=[number],
            provide_context=True,
        )
    PythonOperator(task_id="forget_inactive_dags", python_callable=forget_inactive)
