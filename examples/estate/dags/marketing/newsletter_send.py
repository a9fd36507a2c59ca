"""Weekly newsletter."""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.contrib.operators.slack_webhook_operator import SlackWebhookOperator
from airflow.operators.email_operator import EmailOperator
from airflow.operators.python import BranchPythonOperator
from airflow.utils.email import send_email
from airflow.utils.trigger_rule import TriggerRule

from common.airflow_names import NoOp
from common.defaults import team_args


def approved(**context):
    if context["dag_run"].conf.get("approved"):
        return "send"
    send_email("growth@tidewater.example", "Newsletter waits", f"Run {context['run_id']} of {context['ds']}")
    return "hold"


with DAG(
    dag_id="newsletter_send",
    default_args=team_args("growth", sla=timedelta(hours=1)),
    schedule_interval="0 8 * * 4",
    catchup=False,
    tags=["marketing", "email"],
) as dag:
    decide = BranchPythonOperator(task_id="decide", python_callable=approved)
    send = EmailOperator(
        task_id="send",
        to="subscribers@tidewater.example",
        subject="Tidewater weekly {{ ds }}",
        html_content="newsletter.html",
    )
    hold = NoOp(task_id="hold")
    tell = SlackWebhookOperator(
        task_id="tell_team",
        slack_webhook_conn_id="slack_growth",
        message="Newsletter of {{ execution_date.format('DD MMMM') }}: sent",
        trigger_rule=TriggerRule.NONE_FAILED_OR_SKIPPED,
    )
    decide >> [send, hold] >> tell
