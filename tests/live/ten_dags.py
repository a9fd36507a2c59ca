"""Ten DAGs as blue has them on 2.10.3, and as green has them once `airshift fix` and the simulation were followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

CLOCKED = {
    "minute": timedelta(minutes=1),
    "minute_intervals": timedelta(minutes=1),
    "minute_catchup": timedelta(minutes=1),
    "chain": timedelta(minutes=1),
    "seconds": timedelta(seconds=45),
}
"""Those whose every interval is counted, with their periods."""
IDS = frozenset({*CLOCKED, "once", "orders", "report", "called", "caller"})
EVENT = "s3://shop/orders"

_IMPORTS = {
    2: """from airflow import DAG
from airflow.datasets import Dataset
from airflow.models.baseoperator import chain
from airflow.operators.empty import EmptyOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
""",
    3: """from airflow.sdk import DAG, Asset, chain
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
""",
}
_BODY = """from datetime import datetime, timedelta, timezone

with DAG("minute", schedule="* * * * *", start_date=@LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("minute_intervals", schedule=@INTERVALS, start_date=@LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("minute_catchup", schedule="* * * * *", start_date=@START, catchup=True):
    EmptyOperator(task_id="only")
with DAG("chain", schedule="* * * * *", start_date=@LONG_AGO, catchup=False, max_active_runs=1):
    chain(*[EmptyOperator(task_id=f"step_{number:02}") for number in range(12)])
with DAG("seconds", schedule=@SECONDS, start_date=@LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("once", schedule="@once", start_date=@START, catchup=False):
    EmptyOperator(task_id="only")
with DAG("orders", schedule=None, start_date=@LONG_AGO, catchup=False):
    EmptyOperator(task_id="only", outlets=[@ASSET])
with DAG("report", schedule=[@ASSET], start_date=@LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("called", schedule=None, start_date=@LONG_AGO, catchup=False):
    EmptyOperator(task_id="only")
with DAG("caller", schedule="0 0 1 * *", start_date=@LONG_AGO, catchup=False):
    TriggerDagRunOperator(task_id="call", trigger_dag_id="called")
"""
_WORDS = {
    2: {"INTERVALS": '"* * * * *"', "SECONDS": "timedelta(seconds=45)", "ASSET": f'Dataset("{EVENT}")'},
    3: {
        "INTERVALS": 'CronDataIntervalTimetable("* * * * *", timezone="UTC")',
        "SECONDS": "DeltaDataIntervalTimetable(timedelta(seconds=45))",
        "ASSET": f'Asset("{EVENT}")',
    },
}


def source(major: int, start: datetime) -> str:
    """The DAG file for Airflow 2 or 3; `start` is where catchup begins."""
    moment = f"datetime({start.year}, {start.month}, {start.day}, {start.hour}, {start.minute}, tzinfo=timezone.utc)"
    text = _IMPORTS[major] + _BODY.replace("@LONG_AGO", "datetime(2026, 1, 1, tzinfo=timezone.utc)")
    for name, value in (_WORDS[major] | {"START": moment}).items():
        text = text.replace(f"@{name}", value)
    return text


def a_start() -> datetime:
    """The minute that has begun: a backlog of more than three runs wants a start date in the code of green."""
    return datetime.now(UTC).replace(second=0, microsecond=0)
