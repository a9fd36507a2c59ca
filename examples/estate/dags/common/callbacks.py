"""Failure and SLA callbacks: post to the team's channel."""
import logging

log = logging.getLogger(__name__)


def notify_failure(context):
    ti = context["task_instance"]
    log.error(
        "%s.%s failed for %s after %s s, see %s",
        ti.dag_id, ti.task_id, context["execution_date"], ti.duration, ti.log_url,
    )
    if ti.dag_run.external_trigger:
        log.error("started by hand with %s", context["dag_run"].conf)


def report_sla_miss(dag, task_list, blocking_task_list, slas, blocking_tis):
    log.warning("%s missed its SLA: %s", dag.dag_id, task_list)


def on_success_report(context):
    previous = context.get("prev_execution_date_success")
    log.info("previous success was %s, next run %s", previous, context.get("next_execution_date"))
