"""When an estate's DAGs run, as the planner asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airshift.estate.model import Dag, Unknown
from airshift.plan.model import Slot
from airshift.plan.schedule_times import ScheduleTimes, kind_of, schedule_times
from airshift.plan.windows import Window, choose
from airshift.targets import Target

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
BLUE = Target("2.10.3")


def times(schedule: str | Unknown | None, **durations: timedelta) -> ScheduleTimes:
    dag = Dag("x", "x.py", 1, schedule=schedule, schedule_given=True, start_date="2024-01-01T00:00:00+00:00")
    return schedule_times([dag], BLUE, NOON, timedelta(minutes=10), durations)


@pytest.mark.parametrize(
    ("schedule", "kind", "per_day"),
    [
        ("@daily", "cron", 1.0),
        ("*/10 * * * *", "cron", 144.0),
        ("@weekly", "cron", round(1 / 7, 6)),
        ("timedelta(hours=6)", "period", 4.0),
        (None, "none", 0.0),
        ("@once", "once", 0.0),
        ('[Dataset("s3://x/y")]', "asset", 0.0),
        (Unknown("f()"), "unknown", 0.0),
        ("@continuous", "timetable", 144.0),
    ],
)
def test_how_often_a_schedule_runs(schedule: str | Unknown | None, kind: str, per_day: float) -> None:
    found = times(schedule)
    assert kind_of(found.schedules["x"]) == kind
    assert found.per_day("x", NOON) == per_day


def test_runs_by_hour_of_the_day() -> None:
    assert [hour for hour, count in enumerate(times("30 6,18 * * *").hours("x", NOON)) if count] == [6, 18]


def test_a_known_duration_counts() -> None:
    long = times("0 10 * * *", x=timedelta(hours=3))
    window = Window(Slot(NOON, NOON + timedelta(hours=4)), timedelta(minutes=15))
    slot, (gap,) = choose(long, ["x"], window)
    assert slot.start == NOON + timedelta(hours=1)
    assert gap.fits
    assert choose(times("0 10 * * *"), ["x"], window)[0].start == NOON


def test_a_continuous_dag_never_leaves_a_gap() -> None:
    _, (gap,) = choose(
        times("@continuous"), ["x"], Window(Slot(NOON, NOON + timedelta(hours=4)), timedelta(minutes=15))
    )
    assert not gap.fits


def test_a_time_zone_moves_the_slot_with_the_clocks() -> None:
    dag = Dag(
        "x", "x.py", 1, schedule="0 10 * * *", schedule_given=True,
        start_date="pendulum.datetime(2024, 1, 1, tz='Europe/Berlin')",
    )  # fmt: skip
    found = schedule_times([dag], BLUE, NOON, timedelta(minutes=10), {})
    winter = found.runs("x", datetime(2027, 3, 27, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC))
    summer = found.runs("x", datetime(2027, 3, 29, tzinfo=UTC), datetime(2027, 3, 30, tzinfo=UTC))
    assert [moment.hour for moment in (*winter, *summer)] == [9, 8]


def test_a_dag_that_is_not_there_never_runs() -> None:
    assert times("@daily").runs("y", NOON, NOON + timedelta(days=1)) == ()
