#!/usr/bin/env bash
# Start a DAG run from the ERP after the nightly close. Usage: trigger_run.sh DAG_ID DATE
set -euo pipefail
dag_id="$1"
date="${2:-$(date -u +%Y-%m-%dT00:00:00Z)}"

curl --fail --silent --user "$AIRFLOW_USER:$AIRFLOW_PASSWORD" \
  -H 'Content-Type: application/json' \
  -X POST "https://airflow.tidewater.example/api/v1/dags/${dag_id}/dagRuns" \
  -d "{\"execution_date\": \"${date}\", \"conf\": {\"origin\": \"erp\"}}"

curl --fail --silent "https://airflow.tidewater.example/health"
