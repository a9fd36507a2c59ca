"""Questions about runs, asked to Airflow's database."""
from sqlalchemy import func

from airflow import settings
from airflow.models import DagModel, DagRun, XCom
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState


def count_runs(dag_id, state=DagRunState.SUCCESS):
    with create_session() as session:
        return session.query(func.count(DagRun.id)).filter(DagRun.dag_id == dag_id, DagRun.state == state).scalar()


def last_run(dag_id):
    runs = DagRun.find(dag_id=dag_id, external_trigger=False)
    return max(runs, key=lambda run: run.execution_date, default=None)


def paused_dags():
    session = settings.Session()
    try:
        return [row.dag_id for row in session.query(DagModel).filter(DagModel.is_paused.is_(True), DagModel.is_active)]
    finally:
        session.close()


def forget_xcom(dag_id, task_id, execution_date):
    XCom.clear(dag_id=dag_id, task_id=task_id, execution_date=execution_date)
