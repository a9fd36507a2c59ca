"""What is read off the text of schedules and dates, and what is not guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from airshift.estate.model import Dag, Unknown
from airshift.schedules import (
    Assets,
    Continuous,
    Cron,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Events,
    Never,
    Once,
    Schedule,
    Timetable,
    Unreadable,
    schedule_of,
)
from airshift.targets import Target

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def read(
    schedule: str | Unknown | None = "@daily",
    start: str | Unknown | None = "datetime(2024, 1, 1)",
    version: str = "3.3.1",
) -> Schedule:
    dag = Dag("d", "d.py", 1, schedule=schedule, schedule_given=True, start_date=start)
    return schedule_of(dag, Target(version), NOW)


@pytest.mark.parametrize(
    ("text", "timetable"),
    [
        (None, Never()),
        ("NullTimetable()", Never()),
        ("@once", Once()),
        ("@continuous", Continuous()),
        ("@daily", CronTriggers((Cron("@daily", UTC),))),
        ("0 6 * * MON-FRI", CronTriggers((Cron("0 6 * * MON-FRI", UTC),))),
        ("0 6 L * *", CronTriggers((Cron("0 6 L * *", UTC),))),
        ("timedelta(hours=6)", DeltaTriggers(timedelta(hours=6))),
        ("dt.timedelta(2)", DeltaTriggers(timedelta(2))),
        ("pendulum.duration(minutes=5)", DeltaTriggers(timedelta(minutes=5))),
        ("2 * timedelta(hours=6)", DeltaTriggers(timedelta(hours=12))),
        ("DeltaDataIntervalTimetable(timedelta(hours=6))", DeltaIntervals(timedelta(hours=6))),
        (
            "CronDataIntervalTimetable('0 6 * * *', timezone='Europe/Berlin')",
            CronIntervals(Cron("0 6 * * *", BERLIN)),
        ),
        (
            "CronDataIntervalTimetable('0 6 * * *', pendulum.timezone('Europe/Berlin'))",
            CronIntervals(Cron("0 6 * * *", BERLIN)),
        ),
        (
            "MultipleCronTriggerTimetable('0 1 * * *', '0 2 * * *', timezone=timezone.utc)",
            CronTriggers((Cron("0 1 * * *", UTC), Cron("0 2 * * *", UTC))),
        ),
        (
            "CronTriggerTimetable(cron='0 1 * * *', timezone=ZoneInfo('Europe/Berlin'), interval=timedelta(1))",
            CronTriggers((Cron("0 1 * * *", BERLIN),), timedelta(1)),
        ),
        (
            "EventsTimetable(event_dates=[pendulum.datetime(2026, 2, 1, tz='UTC'), datetime(2026, 1, 1)])",
            Events((datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))),
        ),
        ("[Dataset('s3://x')]", Assets()),
        ("[s3://x, s3://y]", Assets()),
        ("Asset('x') | (Asset('y') & Asset('z'))", Assets()),
        (
            "AssetOrTimeSchedule(timetable=CronTriggerTimetable('0 1 * * *', timezone='UTC'), assets=[Asset('x')])",
            CronTriggers((Cron("0 1 * * *", UTC),)),
        ),
    ],
)  # fmt: skip
def test_schedules_that_are_read(text: str | None, timetable: Timetable) -> None:
    assert read(text).timetable == timetable


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (Unknown("os.environ['S']"), "known only when the code runs"),
        ("MyTimetable()", "MyTimetable(...) is known only when the code runs"),
        ("timedelta(hours=HOURS)", "HOURS is known only when the code runs"),
        ("timedelta(**SETTINGS)", "arguments of timedelta"),
        ("timedelta(days='x')", "unsupported type"),
        ("timedelta(hours=-1)", "the period must be positive"),
        ("timedelta()", "the period must be positive"),
        ("0 25 * * *", "no valid cron expression"),
        ("0 0 30 2 *", "failed to find next date"),
        ("@fortnightly", "no valid cron expression"),
        ("R 6 * * *", "random"),
        ("H 6 * * *", "no valid cron expression"),
        ("Asset('x') | other", "known only when the code runs"),
        ("CronTriggerTimetable('0 1 * * *', timezone='Mars/Olympus')", "no time zone is called"),
        ("daily", "known only when the code runs"),
        ("(" * 300, "not a Python expression"),
        ("42", "no schedule that Airflow knows"),
    ],
)
def test_schedules_that_are_not_guessed(text: str | Unknown, reason: str) -> None:
    found = read(text).timetable
    assert isinstance(found, Unreadable)
    assert reason in found.reason


def test_an_expression_of_literals_is_read_though_the_interpreter_left_it() -> None:
    assert read("@daily", Unknown('pendulum.today("UTC").add(days=-3)')).start == datetime(
        2026, 11, 18, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("datetime(2024, 1, 1)", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)),
        ("datetime(2024, 1, 1, tzinfo=timezone.utc)", datetime(2024, 1, 1, tzinfo=UTC)),
        ("pendulum.datetime(2024, 7, 1, tz='Europe/Berlin')", datetime(2024, 6, 30, 22, tzinfo=UTC)),
        ("datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2)))", datetime(2023, 12, 31, 22, tzinfo=UTC)),
        ("pendulum.parse('2024-01-01', tz='Europe/Berlin')", datetime(2023, 12, 31, 23, tzinfo=UTC)),
        ("datetime.fromisoformat('2024-01-01T06:00:00+00:00')", datetime(2024, 1, 1, 6, tzinfo=UTC)),
        ("datetime.strptime('01/02/2024', '%d/%m/%Y')", datetime(2024, 2, 1, tzinfo=UTC)),
        ("datetime(2024, 1, 1) + timedelta(days=2)", datetime(2024, 1, 3, tzinfo=UTC)),
        ("datetime(2024, 1, 31).replace(day=1)", datetime(2024, 1, 1, tzinfo=UTC)),
        ("days_ago(2)", datetime(2026, 11, 19, tzinfo=UTC)),
        ("datetime.now() - timedelta(days=1)", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("pendulum.yesterday('Europe/Berlin')", datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("pendulum.now('UTC').subtract(months=1)", datetime(2026, 10, 21, 9, 30, tzinfo=UTC)),
    ],
)
def test_start_dates_that_are_read(text: str, start: datetime) -> None:
    assert read("@daily", text).start == start


@pytest.mark.parametrize("text", [Unknown("Variable.get('s')"), "START", "datetime(2024, 13, 1)", "7"])
def test_start_dates_that_are_not_guessed(text: str | Unknown) -> None:
    found = read("@daily", text).timetable
    assert isinstance(found, Unreadable)
    assert found.reason.startswith("start_date: ")


@pytest.mark.parametrize("schedule", [None, "[Dataset('s3://x')]"])
def test_dates_do_not_matter_where_no_clock_starts_anything(schedule: str | None) -> None:
    assert not isinstance(read(schedule, Unknown("Variable.get('s')")).timetable, Unreadable)


def test_a_plain_cron_takes_its_hours_from_the_zone_of_the_start_date() -> None:
    found = read("0 6 * * *", "pendulum.datetime(2024, 1, 1, tz='Europe/Berlin')").timetable
    assert found == CronTriggers((Cron("0 6 * * *", BERLIN),))


def test_versions_refuse_what_they_refuse() -> None:
    old = read("@daily", None, "2.10.3").timetable
    assert isinstance(old, Unreadable)
    assert old.refused
    assert read("@daily", None, "3.0.6").timetable == CronTriggers((Cron("@daily", UTC),))
