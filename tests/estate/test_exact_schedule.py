from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airshift.estate.exact_schedule import date_text, schedule_text
from airshift.estate.model import Dag
from airshift.schedules import next_run, schedule_of
from airshift.targets import Target

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)


def timetable(kind: str, **settings: Any) -> dict[str, Any]:
    return {"timetable": {"__type": f"airflow.timetables.{kind}", "__var": settings}}


CRON = {"expression": "0 6 * * *", "timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (timetable("simple.NullTimetable"), None),
        (timetable("simple.OnceTimetable"), "@once"),
        (timetable("interval.CronDataIntervalTimetable", **CRON), "0 6 * * *"),
        (
            timetable("trigger.CronTriggerTimetable", **CRON, interval=86400.0),
            'CronTriggerTimetable("0 6 * * *", timezone="Europe/Berlin", interval=timedelta(seconds=86400))',
        ),
        (
            timetable("trigger.CronTriggerTimetable", **CRON, interval=0.0, run_immediately=True),
            'CronTriggerTimetable("0 6 * * *", timezone="Europe/Berlin", run_immediately=True)',
        ),
        (timetable("trigger.DeltaTriggerTimetable", delta=21600.0), "DeltaTriggerTimetable(timedelta(seconds=21600))"),
        (timetable("interval.DeltaDataIntervalTimetable", delta=1234567.0), "timedelta(seconds=1234567)"),
        (timetable("interval.DeltaDataIntervalTimetable", delta={"months": 1}), "relativedelta(months=1)"),
        ({"schedule_interval": {"__type": "timedelta", "__var": 21600.0}}, "timedelta(seconds=21600)"),
        ({"schedule_interval": {"__type": "relativedelta", "__var": {"months": 1}}}, "relativedelta(months=1)"),
        ({"schedule_interval": "@daily"}, "@daily"),
        (timetable("assets.AssetTriggeredTimetable", asset_condition={"uri": "s3://x"}), "[s3://x]"),
        ({"timetable": {"__type": "mine.Workdays", "__var": {}}}, "Workdays"),
    ],
)  # fmt: skip
def test_schedules_of_serialized_dags(given: dict[str, Any], text: str | None) -> None:
    assert schedule_text(given) == text


@pytest.mark.parametrize("zone", ["UTC", None])
def test_a_date_in_utc_stays_a_plain_date(zone: str | None) -> None:
    assert date_text(1704067200.0, zone) == "2024-01-01T00:00:00+00:00"


def test_the_zone_of_the_dag_decides_when_its_cron_runs() -> None:
    start = date_text(1704063600.0, "Europe/Berlin")
    dag = Dag("d", "d.py", 1, schedule="0 6 * * *", schedule_given=True, start_date=start, catchup=False)
    run = next_run(schedule_of(dag, Target("3.3.1"), NOW), None, NOW)
    assert run is not None
    assert run.run_after == datetime(2024, 6, 15, 4, tzinfo=UTC)


def test_a_fixed_offset_is_kept() -> None:
    start = date_text(1704060000.0, 7200)
    dag = Dag("d", "d.py", 1, schedule="0 6 * * *", schedule_given=True, start_date=start, catchup=False)
    run = next_run(schedule_of(dag, Target("3.3.1"), NOW), None, NOW)
    assert run is not None
    assert run.run_after == datetime(2024, 6, 15, 4, tzinfo=UTC)
