"""Export yesterday's run durations to the operations dashboard (runs from cron, outside Airflow)."""
from __future__ import annotations

import csv
import os
import sys

import requests

BASE = os.environ.get("AIRFLOW_URL", "https://airflow.tidewater.example") + "/api/v1"
AUTH = (os.environ.get("AIRFLOW_USER", ""), os.environ.get("AIRFLOW_PASSWORD", ""))


def runs(since: str):
    answer = requests.get(
        f"{BASE}/dags/~/dagRuns",
        params={"execution_date_gte": since, "order_by": "-execution_date"},
        auth=AUTH,
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["dag_runs"]


def is_scheduled(dag_id: str) -> bool:
    dag = requests.get(f"{BASE}/dags/{dag_id}", auth=AUTH, timeout=30).json()
    return dag["schedule_interval"] is not None and dag["is_active"]


def main() -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(["dag_id", "execution_date", "state", "manual"])
    for run in runs(sys.argv[1]):
        if is_scheduled(run["dag_id"]):
            writer.writerow([run["dag_id"], run["execution_date"], run["state"], run["external_trigger"]])


if __name__ == "__main__":
    main()
