"""Features for the recommender; the features of a day build on the day before."""
from __future__ import annotations

import pendulum

from airflow.decorators import dag, task
from airflow.models.xcom import XCom
from airflow.timetables.interval import CronDataIntervalTimetable


class Frame:
    """Rows with a name, pickled between the tasks."""

    def __init__(self, name, rows):
        self.name = name
        self.rows = rows


@dag(
    schedule=CronDataIntervalTimetable("0 3 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2024, 7, 1, tz="UTC"),
    catchup=True,
    max_active_runs=1,
    default_args={"owner": "ml-engineering", "depends_on_past": True},
    tags=["ml", "features"],
)
def feature_store():
    @task
    def previous(data_interval_start=None):
        return XCom.get_many(run_id="latest", task_ids="compute", include_prior_dates=True).first()

    @task
    def compute(before, data_interval_start=None, data_interval_end=None):
        return Frame("features", [(str(data_interval_start), str(data_interval_end))])

    compute(previous())


feature_store()
