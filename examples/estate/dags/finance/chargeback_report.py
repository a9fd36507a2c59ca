"""Weekly chargebacks; re-runs the ledger first when the bank sent corrections."""
from datetime import datetime

from airflow.models import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

dag = DAG(
    "chargeback_report",
    "Chargebacks per card scheme",
    "0 5 * * 1",
    start_date=datetime(2022, 1, 3),
    default_args={"owner": "finance", "email": "chargebacks@tidewater.example", "email_on_failure": True},
    tags=["finance", "payments"],
)

rerun = BashOperator(
    task_id="rerun_ledger",
    bash_command=(
        "airflow dags backfill daily_ledger -s {{ prev_ds }} -e {{ ds }} --reset-dagruns -y"
        " && airflow tasks clear payment_reconciliation -s {{ prev_ds }} -e {{ ds }} -y"
    ),
    env={"RUN_DATE": "{{ execution_date.isoformat() }}"},
    append_env=True,
    dag=dag,
)
report = BashOperator(
    task_id="report",
    bash_command='render-report chargebacks --week "$AIRFLOW_CTX_EXECUTION_DATE"',
    skip_exit_code=99,
    dag=dag,
)
follow_up = TriggerDagRunOperator(
    task_id="push_audience",
    trigger_dag_id="email_audience_push",
    execution_date="{{ execution_date }}",
    conf={"audience": "chargebacks"},
    wait_for_completion=True,
    dag=dag,
)
rerun >> report >> follow_up
