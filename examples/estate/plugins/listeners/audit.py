"""Write one audit line for each task that ends."""
import logging

from airflow.listeners import hookimpl

log = logging.getLogger("tidewater.audit")


@hookimpl
def on_task_instance_success(previous_state, task_instance, session):
    log.info("%s %s ok", task_instance.dag_id, task_instance.execution_date)


@hookimpl
def on_task_instance_failed(previous_state, task_instance, error, session):
    log.info("%s %s failed: %s", task_instance.dag_id, task_instance.task_id, error)


@hookimpl
def on_dataset_changed(dataset):
    log.info("dataset %s changed", dataset.uri)
