"""Copy invoices of the shop to the ERP (TaskFlow)."""
from __future__ import annotations

import pendulum

from airflow.decorators import dag, task
from airflow.operators.python import get_current_context
from airflow.providers.http.hooks.http import HttpHook


@dag(
    schedule="@daily",
    start_date=pendulum.datetime(2023, 3, 1, tz="Europe/Berlin"),
    default_args={"owner": "finance", "retries": 3, "task_concurrency": 2},
    max_active_tasks=3,
    tags=["finance", "erp"],
)
def invoice_sync():
    @task
    def list_invoices() -> list[str]:
        context = get_current_context()
        day = context["ds"]
        upper = context["tomorrow_ds"]
        answer = HttpHook("GET", http_conn_id="shop_api").run(f"invoices?from={day}&to={upper}")
        return [row["id"] for row in answer.json()]

    @task(trigger_rule="none_failed_or_skipped")
    def push(invoices: list[str], execution_date=None, prev_ds=None) -> int:
        print(f"{len(invoices)} invoices of {execution_date}, before that {prev_ds}")
        return len(invoices)

    push(list_invoices())


invoice_sync()
