"""The [plan] table, the override file and the holiday calendar: read exactly, refused with a hint."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from airshift.errors import UsageError
from airshift.estate.model import Dag
from airshift.plan.cadence import parse_cadence
from airshift.plan.holidays import read_holidays
from airshift.plan.levels import Field, LevelRule, level_name, parse_level
from airshift.plan.overrides import read_overrides
from airshift.plan.policy import Block
from airshift.plan.policy_table import policy
from airshift.plan.standing import Status
from plan.made_up import TODAY, rules

BERLIN = ZoneInfo("Europe/Berlin")
FULL = """
cadence = "weekly tue 10:00"
timezone = "Europe/Berlin"
start = 2026-12-01
validation_days = 3
freeze = [{start = "2026-12-18", end = "2027-01-04", reason = "year end"}, {start = 2027-02-01T08:00:00, end = 2027-02-01T18:00:00}]
holidays = ["2027-05-01"]
away = [{owner = "finance", start = "2027-03-01", end = "2027-03-05"}]
max_dags_per_wave = 20
max_effort_hours_per_wave = 12.5
pilot_size = 2
criticality = [{match = "finance*", field = "owner", level = "critical"}, {match = "sandbox", level = -1}]
pin = {daily_ledger = 4}
exclude = ["tmp_*"]
retire = ["old_etl"]
block = "decisions"
source_environment = "airflow-prod"
green_environment = "airflow-prod-3"
green_class = "mw1.medium"
target = "mwaa-3.3.1"
"""


def test_every_key_is_read() -> None:
    found = policy(tomllib.loads(FULL), TODAY)
    assert (found.start, found.timezone, found.validation_days) == (date(2026, 12, 1), BERLIN, 3)
    assert (found.max_dags, found.max_minutes, found.pilot_size) == (20, 750, 2)
    assert [closed.reason for closed in found.freeze] == ["year end", "freeze window", "holiday"]
    assert found.freeze[0].end == datetime(2027, 1, 5, tzinfo=BERLIN), "the last day belongs to the freeze"
    assert found.freeze[1].start == datetime(2027, 2, 1, 8, tzinfo=BERLIN)
    assert found.away[0][0] == "finance"
    assert found.criticality == (LevelRule("finance*", Field.OWNER, 2), LevelRule("sandbox", Field.TAG, -1))
    assert (found.pin, found.exclude, found.retire) == ({"daily_ledger": 4}, ("tmp_*",), ("old_etl",))
    assert (found.block, found.green_class) == (Block.DECISIONS, "mw1.medium")


def test_without_keys_there_are_defaults() -> None:
    found = rules()
    assert (found.start, str(found.cadence), found.timezone.key) == (TODAY, "tue 10:00", "UTC")
    assert (found.max_dags, found.pilot_size, found.block) == (50, 3, Block.ERRORS)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("max_dag_per_wave = 3", r"unknown key max_dag_per_wave \(did you mean max_dags_per_wave\?\)"),
        ("max_dags_per_wave = 0", "max_dags_per_wave has to be at least 1"),
        ('max_dags_per_wave = "many"', "max_dags_per_wave has to be a whole number"),
        ("max_effort_hours_per_wave = 0", "more than 0"),
        ('cadence = "now and then"', "cadence 'now and then' is not understood"),
        ('timezone = "Europe/Berlim"', "timezone 'Europe/Berlim' is not known"),
        ('start = "tomorrow"', "start 'tomorrow' is not a date"),
        ('freeze = [{start = "2026-12-20"}]', r"freeze\[1\] end is missing"),
        ('freeze = [{start = "2026-12-20", end = "2026-12-01"}]', "before start"),
        ('freeze = [{start = "2026-12-20", end = "2026-12-21", until = "x"}]', "unknown key until"),
        ('criticality = [{match = "x", field = "team", level = 1}]', r"field 'team' is not known"),
        ('criticality = [{match = "x", level = "urgent"}]', "level 'urgent' has to be"),
        ('criticality = [{field = "tag", level = 1}]', "match is missing"),
        ("pin = {a = 0}", "the wave of a has to be"),
        ('block = "some"', r"block 'some' is not known \(known: errors"),
        ('green_class = "mw1.huge"', r"green_class 'mw1.huge' is not known \(known: mw1.micro"),
        ("cutover_minutes = 300", "cutover_minutes is longer than window_hours"),
        ("window_hours = 30", "window_hours has to be 1 to 24"),
        ('exclude = "tmp"', "exclude has to be a list"),
    ],
)
def test_mistakes_are_named(line: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        policy(tomllib.loads(line), TODAY, "airshift.toml: [plan]")


@pytest.mark.parametrize(
    ("text", "days", "first"),
    [
        ("weekly tue 10:00", {1}, "2026-12-01T10:00:00+01:00"),
        ("Weekly Tuesdays 10:00", {1}, "2026-12-01T10:00:00+01:00"),
        ("weekly mon,thu 09:30", {0, 3}, "2026-12-03T09:30:00+01:00"),
        ("daily 0:05", set(range(7)), "2026-12-01T00:05:00+01:00"),
        ("workdays 22:00", set(range(5)), "2026-12-01T22:00:00+01:00"),
        ("biweekly wed 08:00", {2}, "2026-12-02T08:00:00+01:00"),
    ],
)
def test_cadences(text: str, days: set[int], first: str) -> None:
    found = parse_cadence(text)
    assert found is not None
    assert found.weekdays == days
    assert next(found.starts(date(2026, 12, 1), BERLIN)).isoformat() == first


@pytest.mark.parametrize(
    "text",
    ["", "weekly", "weekly 10:00", "weekly foo 10:00", "daily 24:00", "daily tue 10:00", "weekly t 9:00"],
)
def test_what_is_no_cadence(text: str) -> None:
    assert parse_cadence(text) is None


def test_every_second_week_means_fourteen_days() -> None:
    found = parse_cadence("biweekly wed 08:00")
    assert found is not None
    starts = found.starts(date(2026, 12, 1), BERLIN)
    assert next(starts) + timedelta(days=14) == next(starts)


def test_a_start_that_the_clocks_skip_is_moved_on() -> None:
    found = parse_cadence("daily 02:30")
    assert found is not None
    assert next(found.starts(date(2027, 3, 28), BERLIN)).isoformat() == "2027-03-28T03:30:00+02:00"
    assert next(found.starts(date(2026, 10, 25), BERLIN)).isoformat() == "2026-10-25T02:30:00+02:00"


@pytest.mark.parametrize(
    ("value", "level"),
    [("low", -1), ("Normal", 0), ("medium", 0), ("high", 1), ("critical", 2), (5, 5), ("7", 7), ("-2", -2)],
)
def test_levels(value: object, level: int) -> None:
    assert parse_level(value) == level
    assert level_name(level)


@pytest.mark.parametrize("value", [None, True, 1.5, "urgent", "", "1e3", "99999999999999999999"])
def test_what_is_no_level(value: object) -> None:
    assert parse_level(value) is None


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        (LevelRule("tier1", Field.TAG, 2), True),
        (LevelRule("tier?", Field.TAG, 2), True),
        (LevelRule("tier", Field.TAG, 2), False),
        (LevelRule("fin*", Field.OWNER, 2), True),
        (LevelRule("dags/pay/*", Field.PATH, 2), True),
        (LevelRule("dags/other/*", Field.PATH, 2), False),
        (LevelRule("ledger", Field.DAG_ID, 2), True),
        (LevelRule("LEDGER", Field.DAG_ID, 2), False),
    ],
)
def test_rules_of_criticality(rule: LevelRule, applies: bool) -> None:
    dag = Dag("ledger", "dags/pay/ledger.py", 1, tags=("tier1",))
    assert rule.applies(dag, ("finance",)) is applies


def test_override_rows() -> None:
    text = "\ufeffdag_id,action,wave,level,effort_hours,duration_minutes,owner,reason\na,,3,high,1.5,90,finance,board\nb,retire,,,,,,unused\nc,hold,,,,,,\n"
    rows = read_overrides(text, "plan.csv")
    assert (rows["a"].wave, rows["a"].level, rows["a"].minutes, rows["a"].duration) == (
        3,
        1,
        90,
        timedelta(minutes=90),
    )
    assert (rows["b"].status, rows["b"].reason, rows["c"].status) == (Status.RETIRE, "unused", Status.BLOCKED)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dag,wave\na,1\n", "plan.csv: unknown column dag .did you mean dag_id"),
        ("wave\n1\n", "there is no column dag_id"),
        ("dag_id,wave\na,soon\n", "plan.csv:2: wave soon is no number"),
        ("dag_id,wave\na,0\n", "wave has to be at least 1"),
        ("dag_id,action\na,drop\n", "action drop is not known"),
        ("dag_id,level\na,urgent\n", "level urgent has to be"),
        ("dag_id,effort_hours\na,nan\n", "effort_hours has to be at least 0"),
        ("dag_id\na\na\n", "plan.csv:3: a occurs twice"),
        ("dag_id,wave\n,1\n", "dag_id is empty"),
    ],
)
def test_mistakes_in_override_rows(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_overrides(text, "plan.csv")


CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20261225\r
DTEND;VALUE=DATE:20261227\r
SUMMARY:Christmas\\, both\r
  days\r
RRULE:FREQ=YEARLY\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;TZID=America/New_York:20270104T090000\r
DTEND;TZID=America/New_York:20270104T170000\r
SUMMARY:Inventory\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART:20270201T000000Z\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART:someday\r
SUMMARY:broken\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_holidays_of_a_calendar_file() -> None:
    found = read_holidays(CALENDAR, BERLIN)
    first = [closed for closed in found if closed.reason.startswith("Christmas")]
    assert first[0].reason == "Christmas, both days"
    assert (first[0].start, first[0].end) == (
        datetime(2026, 12, 25, tzinfo=BERLIN),
        datetime(2026, 12, 27, tzinfo=BERLIN),
    )
    assert first[3].start.year == 2029
    timed = next(closed for closed in found if closed.reason == "Inventory")
    assert timed.start.astimezone(UTC) == datetime(2027, 1, 4, 14, tzinfo=UTC)
    assert any(closed.start == datetime(2027, 2, 1, tzinfo=UTC) for closed in found)
    assert not any(closed.reason == "broken" for closed in found)


def test_text_that_is_no_calendar_has_no_holidays() -> None:
    assert read_holidays("hello\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", BERLIN) == ()
