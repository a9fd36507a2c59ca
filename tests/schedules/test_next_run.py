from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airshift.estate.model import Dag
from airshift.schedules import Run, Schedule, next_run, schedule_of
from airshift.targets import Target

NOW = datetime(2024, 1, 10, 12, tzinfo=UTC)
START = "datetime(2024, 1, 1)"


def schedule(
    text: str | None,
    version: str,
    *,
    start: str | None = START,
    catchup: bool | None = True,
    now: datetime = NOW,
    intervals: bool | None = None,
) -> Schedule:
    dag = Dag("d", "d.py", 1, schedule=text, schedule_given=True, start_date=start, catchup=catchup)
    return schedule_of(dag, Target(version), now, intervals=intervals)


def first_two(found: Schedule, now: datetime = NOW) -> list[str]:
    runs: list[Run] = []
    while len(runs) < 2 and (run := next_run(found, runs[-1] if runs else None, now)) is not None:
        runs.append(run)
    return [shown(run) for run in runs]


def shown(run: Run) -> str:
    times = (run.run_after, run.data_interval_start, run.data_interval_end)
    return "{} {}..{}".format(*(time.strftime("%m-%dT%H:%M") for time in times))


# Measured by running the timetables of 2.10.3, 3.0.6 and 3.3.1 under a frozen clock.
MEASURED = [
    ("@daily", START, True, "01-02T00:00 01-01T00:00..01-02T00:00", "01-01T00:00 01-01T00:00..01-01T00:00"),
    (
        "0 6 * * *",
        START,
        False,
        "01-10T06:00 01-09T06:00..01-10T06:00",
        "01-10T06:00 01-10T06:00..01-10T06:00",
    ),
    ("@weekly", START, True, "01-14T00:00 01-07T00:00..01-14T00:00", "01-07T00:00 01-07T00:00..01-07T00:00"),
    (
        "timedelta(days=1)",
        START,
        False,
        "01-10T00:00 01-09T00:00..01-10T00:00",
        "01-10T12:00 01-10T12:00..01-10T12:00",
    ),
    (
        "0 6 * * *",
        "datetime(2024, 1, 1, 7)",
        True,
        "01-03T06:00 01-02T06:00..01-03T06:00",
        "01-02T06:00 01-02T06:00..01-02T06:00",
    ),
    (
        "@continuous",
        START,
        False,
        "01-10T12:00 01-01T00:00..01-10T12:00",
        "01-10T12:00 01-01T00:00..01-10T12:00",
    ),
    ("@once", START, True, "01-01T00:00 01-01T00:00..01-01T00:00", "01-01T00:00 01-01T00:00..01-01T00:00"),
]


@pytest.mark.parametrize(("text", "start", "catchup", "old", "new"), MEASURED)
def test_the_first_run_is_the_measured_one(text: str, start: str, catchup: bool, old: str, new: str) -> None:
    assert first_two(schedule(text, "2.10.3", start=start, catchup=catchup))[0] == old
    assert first_two(schedule(text, "3.0.6", start=start, catchup=catchup))[0] == new
    assert first_two(schedule(text, "3.3.1", start=start, catchup=catchup))[0] == new


@pytest.mark.parametrize("text", ["@daily", "0 6 * * 1-5", "timedelta(hours=6)", "timedelta(days=1)"])
@pytest.mark.parametrize("catchup", [True, False])
def test_with_the_interval_option_airflow_3_plans_as_airflow_2(text: str, catchup: bool) -> None:
    old = first_two(schedule(text, "2.10.3", catchup=catchup))
    assert first_two(schedule(text, "3.3.1", catchup=catchup, intervals=True)) == old


def test_the_option_set_to_false_on_airflow_2_leaves_timedelta_alone() -> None:
    plain = schedule("timedelta(hours=6)", "2.10.3", intervals=False)
    assert plain.timetable == schedule("timedelta(hours=6)", "2.10.3").timetable
    ticks = schedule("@daily", "2.10.3", intervals=False)
    assert ticks.timetable == schedule("@daily", "3.3.1").timetable


def test_defaults_differ_between_the_major_versions() -> None:
    omitted = Dag("d", "d.py", 1, start_date=START)
    old, new = (schedule_of(omitted, Target(version), NOW) for version in ("2.10.3", "3.3.1"))
    assert (old.catchup, new.catchup) == (True, False)
    assert next_run(old, None, NOW) is not None
    assert next_run(new, None, NOW) is None


def test_no_run_after_the_end_date() -> None:
    ended = datetime(2024, 1, 5, tzinfo=UTC)
    found = schedule("@daily", "3.3.1")
    limited = Schedule(found.timetable, found.rules, found.start, ended, catchup=True)
    run, dates = None, []
    while (run := next_run(limited, run, NOW)) is not None:
        dates.append(run.logical_date.day)
    assert dates == [1, 2, 3, 4, 5]
