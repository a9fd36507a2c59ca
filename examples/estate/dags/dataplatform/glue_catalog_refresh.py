"""Crawl the lake, then run the Glue clean-up job."""
import pendulum

from airflow.models.dag import DAG
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator

with DAG(
    dag_id="glue_catalog_refresh",
    schedule="30 5 * * *",
    start_date=pendulum.datetime(2024, 3, 1, tz="UTC"),
    catchup=False,
    default_args={"owner": "data-platform", "retries": 1},
    tags=["platform", "glue"],
) as dag:
    crawl = GlueCrawlerOperator(task_id="crawl", config={"Name": "lake-raw"}, aws_conn_id="aws_default")
    clean = GlueJobOperator(task_id="clean", job_name="lake-clean", region_name="eu-west-1", num_of_dpus=4)
    crawl >> clean
