"""Cluster policies: every DAG needs an owner, every pod gets our labels."""
from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.models.baseoperator import BaseOperator
from airflow.utils.log.secrets_masker import mask_secret

mask_secret("tidewater-internal")


def policy(task: BaseOperator):
    if task.queue == "default" and task.dag and "heavy" in (task.dag.tags or []):
        task.queue = "heavy"


def dag_policy(dag):
    if dag.schedule_interval == "* * * * *":
        raise AirflowClusterPolicyViolation(f"{dag.dag_id}: minutely schedules need a platform review")
    if not dag.tags:
        raise AirflowClusterPolicyViolation(f"{dag.dag_id} ({dag.filepath}) has no tags")


def pod_mutation_hook(pod):
    pod.metadata.labels["team"] = pod.metadata.labels.get("team", "unknown")
