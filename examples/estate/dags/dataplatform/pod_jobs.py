"""Jobs that need their own image run as pods on the platform cluster."""
from datetime import datetime

from airflow import DAG
from airflow.kubernetes.secret import Secret
from airflow.providers.cncf.kubernetes.operators.kubernetes_pod import KubernetesPodOperator

token = Secret("env", "API_TOKEN", "image-tagger", "token")

with DAG(
    "pod_jobs",
    schedule_interval="0 */4 * * *",
    start_date=datetime(2023, 8, 1),
    catchup=False,
    default_args={"owner": "data-platform"},
    tags=["platform", "kubernetes"],
) as dag:
    KubernetesPodOperator(
        task_id="tag_images",
        name="tag-images",
        namespace="jobs",
        image="registry.tidewater.example/image-tagger:4",
        cmds=["tag", "--since", "{{ prev_execution_date_success }}"],
        secrets=[token],
        is_delete_operator_pod=True,
        get_logs=True,
    )
