"""Files from and to the logistics partner, waiting without a worker slot."""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.models import BaseOperator
from airflow.providers.ssh.operators.ssh import SSHOperator

from common.triggers import PartnerFileTrigger


class WaitForPartnerFile(BaseOperator):
    template_fields = ("path",)

    def __init__(self, path, conn_id="partner_sftp", **kwargs):
        super().__init__(**kwargs)
        self.path = path
        self.conn_id = conn_id

    def execute(self, context):
        self.defer(trigger=PartnerFileTrigger(self.conn_id, self.path), method_name="resume")

    def resume(self, context, event):
        context["task_instance"].xcom_push(key="path", value=event["path"])
        return event["path"]


with DAG(
    "partner_exchange",
    schedule="45 * * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"owner": "data-platform", "execution_timeout": timedelta(minutes=50)},
    tags=["platform", "partner"],
):
    WaitForPartnerFile(task_id="wait", path="/out/stock-{{ ts_nodash }}.csv") >> SSHOperator(
        task_id="acknowledge", ssh_conn_id="partner_ssh", command="touch /in/ack-{{ ds_nodash }}"
    )
