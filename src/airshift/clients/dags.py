"""DAGs and runs of a running Airflow, as its API writes them."""

from __future__ import annotations

from typing import Any

from airshift.clients.api import AirflowApi, pages

MOST_RUNS = 5000
"""Latest runs that are read, over all DAGs."""


def all_dags(airflow: AirflowApi) -> list[dict[str, Any]]:
    """Every DAG that Airflow lists."""
    return list(pages(airflow, "/dags", "dags"))


def latest_runs(airflow: AirflowApi, most: int = MOST_RUNS) -> list[dict[str, Any]]:
    """The latest runs of all DAGs, newest first."""
    return list(pages(airflow, "/dags/~/dagRuns", "dag_runs", {"order_by": "-start_date"}, most))
