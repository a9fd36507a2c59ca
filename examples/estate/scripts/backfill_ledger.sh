#!/bin/sh
# Re-run the ledger for a range: scripts/backfill_ledger.sh 2024-01-01 2024-01-31
airflow dags backfill daily_ledger --start-date "$1" --end-date "$2" --reset-dagruns -y
airflow tasks clear daily_ledger -s "$1" -e "$2" -x -y
airflow dags trigger revenue_dashboard --exec-date "$2"
