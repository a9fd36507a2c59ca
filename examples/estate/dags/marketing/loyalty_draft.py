"""Draft, do not deploy: loyalty tiers."""
from datetime import datetime

from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2025, 3, 1), catchup=False, tags=["draft"])
def loyalty_tiers_draft():
    @task
    def compute():
        return {"gold": 100}

    compute()


loyalty_tiers_draft()
