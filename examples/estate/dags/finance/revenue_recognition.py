"""Recognises revenue and announces the table as a dataset."""
from datetime import datetime

from airflow import DAG
from airflow.datasets import Dataset

from common.operators.warehouse import IncrementalLoadOperator, WarehouseLoadOperator

REVENUE = Dataset("s3://tidewater-dwh/revenue", extra={"owner": "finance"})
DEFERRED = Dataset("s3://tidewater-dwh/deferred_revenue")

with DAG(
    dag_id="revenue_recognition",
    schedule="0 4 * * *",
    start_date=datetime(2023, 1, 1),
    catchup=True,
    default_args={"owner": "finance"},
    tags=["finance", "revenue"],
):
    orders = IncrementalLoadOperator(
        task_id="load_orders",
        sql="sql/orders_increment.sql",
        table="finance.orders",
    )
    recognise = WarehouseLoadOperator(
        task_id="recognise",
        sql="""
            insert into finance.revenue
            select * from finance.orders where shipped_on = '{{ ds }}' and period = '{{ macros.tidewater.fiscal_quarter(ds) }}'
        """,
        table="finance.revenue",
        outlets=[REVENUE, DEFERRED],
    )
    orders >> recognise
