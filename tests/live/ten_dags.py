"""Ten DAGs as blue has them on 2.10.3, and as green has them once `airshift fix` and the simulation were followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

IDS = (
    "minute", "minute_intervals", "minute_catchup", "seconds", "chain", "once", "orders", "report", "called",
    "caller",
)  # fmt: skip
CLOCKED = ("minute", "minute_intervals", "minute_catchup", "seconds", "chain")
"""Those whose every tick is counted."""
PERIODS = {name: timedelta(minutes=1) for name in CLOCKED} | {"seconds": timedelta(seconds=20)}

_HEAD = {
    2: """
from datetime import datetime, timedelta, timezone
from airflow import DAG
from airflow.datasets import Dataset as Asset
from airflow.models.baseoperator import chain
from airflow.operators.empty import EmptyOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
def minutes(): return "* * * * *"
def seconds(): return timedelta(seconds=20)
""",
    3: """
from datetime import datetime, timedelta, timezone
from airflow.sdk import DAG, Asset, chain
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
def minutes(): return CronDataIntervalTimetable("* * * * *", timezone="UTC")
def seconds(): return DeltaDataIntervalTimetable(timedelta(seconds=20))
""",
}
_BODY = """
START = datetime.fromisoformat({start!r})
LONG_AGO = datetime(2026, 1, 1, tzinfo=timezone.utc)
with DAG("minute", schedule="* * * * *", start_date=LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("minute_intervals", schedule=minutes(), start_date=LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("minute_catchup", schedule=minutes(), start_date=START, catchup=True):
    EmptyOperator(task_id="only")
with DAG("seconds", schedule=seconds(), start_date=START, catchup=True):
    EmptyOperator(task_id="only")
with DAG("chain", schedule="* * * * *", start_date=LONG_AGO, catchup=False, max_active_runs=1):
    chain(*[EmptyOperator(task_id=f"step_{{number:02}}") for number in range(12)])
with DAG("once", schedule="@once", start_date=START, catchup=False):
    EmptyOperator(task_id="only")
with DAG("orders", schedule=None, start_date=LONG_AGO, catchup=False):
    EmptyOperator(task_id="only", outlets=[Asset("s3://shop/orders")])
with DAG("report", schedule=[Asset("s3://shop/orders")], start_date=LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("called", schedule=None, start_date=LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("caller", schedule="0 0 1 * *", start_date=LONG_AGO, catchup=False):
    TriggerDagRunOperator(task_id="call", trigger_dag_id="called")
"""


def source(major: int, start: datetime) -> str:
    """The DAG file for Airflow 2 or 3; `start` is where catchup begins."""
    return _HEAD[major] + _BODY.format(start=start.isoformat())


def a_start(now: datetime | None = None) -> datetime:
    """A minute not long ago."""
    return (now or datetime.now(UTC)).replace(second=0, microsecond=0) - timedelta(minutes=1)
