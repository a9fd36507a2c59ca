#!/usr/bin/env bash
# Ship DAGs and restart staging. Usage: scripts/deploy.sh staging
set -euo pipefail
stage="${1:?stage}"

aws s3 sync dags/ "s3://tidewater-airflow-${stage}/dags" --delete --exclude "*.pyc"

if [ "$stage" = staging ]; then
  kubectl exec deploy/airflow-scheduler -- airflow db upgrade
  kubectl exec deploy/airflow-scheduler -- airflow dags list-runs -d daily_ledger --state failed
  kubectl exec deploy/airflow-scheduler -- airflow tasks test daily_ledger load_ledger 2024-01-01 --subdir /opt/airflow/dags/finance
fi
