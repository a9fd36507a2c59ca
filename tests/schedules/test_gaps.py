"""Quiet slots of a group, by example."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airshift.estate.model import Dag
from airshift.schedules import Schedule, Slot, gaps, schedule_of
from airshift.targets import Target

DAY = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = Slot(DAY, DAY + timedelta(days=1))
HOUR = timedelta(hours=1)


def schedule(text: str | None, start: str = "datetime(2024, 1, 1)") -> Schedule:
    dag = Dag("d", "d.py", 1, schedule=text, schedule_given=True, start_date=start, catchup=False)
    return schedule_of(dag, Target("2.10.3"), DAY)


def slots(*texts: str | None, minutes: int = 0, shortest: timedelta = HOUR) -> list[str]:
    found = gaps(
        [schedule(text) for text in texts],
        WINDOW,
        durations=[timedelta(minutes=minutes)] * len(texts),
        shortest=shortest,
    )
    return [f"{slot.start:%H:%M}-{slot.end:%H:%M}" for slot in found]


def test_slots_lie_between_the_runs_of_all() -> None:
    found = slots("0 6 * * *", "0 18 * * *", "30 6 * * *")
    assert found == ["00:00-06:00", "06:30-18:00", "18:00-00:00"]


def test_a_slot_begins_when_the_run_before_it_has_ended() -> None:
    assert slots("0 6 * * *", "0 18 * * *", minutes=90) == ["00:00-06:00", "07:30-18:00", "19:30-00:00"]


def test_a_run_that_began_before_the_window_counts() -> None:
    assert slots("30 23 * * *", minutes=90) == ["01:00-23:30"]


def test_short_slots_are_left_out() -> None:
    assert slots("@hourly", shortest=2 * HOUR) == []
    assert len(slots("@hourly")) == 24


@pytest.mark.parametrize("quiet", [None, "[Dataset('s3://x')]", "MyTimetable()", "@once"])
def test_what_no_clock_starts_limits_nothing(quiet: str | None) -> None:
    assert slots(quiet) == ["00:00-00:00"]


def test_a_continuous_dag_leaves_no_slot() -> None:
    assert slots("0 6 * * *", "@continuous") == []


def test_a_dag_that_begins_within_the_window_is_quiet_until_then() -> None:
    late = schedule("@hourly", "datetime(2026, 11, 24, 20)")
    found = list(gaps([late], WINDOW, shortest=2 * HOUR))
    assert found == [Slot(DAY, DAY + 21 * HOUR)]


def test_durations_of_one_schedule_are_joined() -> None:
    both = [schedule("0 6 * * *"), schedule("0 6 * * *", "datetime(2025, 1, 1)")]
    found = gaps(both, WINDOW, durations=[HOUR, 3 * HOUR], shortest=HOUR)
    assert [slot.start.hour for slot in found] == [0, 9]
