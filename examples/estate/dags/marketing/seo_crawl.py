"""Crawl our own pages every Sunday and list dead links."""
from __future__ import annotations

import pendulum

from airflow.decorators import dag, task


@dag(
    dag_id="seo_crawl",
    schedule="0 1 * * 0",
    start_date=pendulum.datetime(2024, 1, 7, tz="UTC"),
    catchup=False,
    default_args={"owner": "growth", "retries": 1},
    tags=["marketing", "seo"],
)
def seo_crawl():
    @task
    def sitemap() -> list[str]:
        return [f"https://www.tidewater.example/c/{number}" for number in range(5)]

    @task(max_active_tis_per_dag=2)
    def check(url: str) -> str:
        return url

    @task
    def report(urls) -> None:
        print(sorted(urls))

    report(check.expand(url=sitemap()))


seo_crawl()
