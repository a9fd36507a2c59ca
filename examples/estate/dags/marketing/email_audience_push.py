"""Pushes an audience to the e-mail tool. Only ever triggered by other DAGs or from the UI."""
from datetime import datetime

from airflow.decorators import dag, task
from airflow.providers.sftp.operators.sftp import SFTPOperator


@dag(
    schedule=None,
    start_date=datetime(2023, 9, 1),
    default_args={"owner": "growth"},
    render_template_as_native_obj=True,
    tags=["marketing", "audience", "email"],
)
def email_audience_push():
    @task
    def export(dag_run=None, ds=None) -> str:
        if not dag_run.external_trigger:
            raise ValueError("nobody schedules this")
        print(dag_run.execution_date, dag_run.run_type == "manual")
        return f"/tmp/{dag_run.conf['audience']}-{ds}.csv"

    upload = SFTPOperator(
        task_id="upload",
        ssh_conn_id="email_tool_sftp",
        local_filepath="{{ ti.xcom_pull('export') }}",
        remote_filepath="/in/{{ dag_run.conf['audience'] }}-{{ ds_nodash }}.csv",
    )
    export() >> upload


email_audience_push()
