from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airshift.estate.model import Dag, Unknown
from airshift.schedules import Run
from airshift.simulate import Action, Forecast, Hazard, simulate
from airshift.targets import Target

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
START = "datetime(2024, 1, 1)"


def forecast(
    schedule: str | Unknown | None,
    *,
    given: bool = True,
    start: str | Unknown | None = START,
    end: str | None = None,
    catchup: bool | None = False,
    dates: bool = False,
    at: datetime = AT,
    target: str = "3.3.1",
    intervals: bool | None = None,
) -> Forecast:
    dag = Dag(
        "d",
        "d.py",
        1,
        schedule=schedule,
        schedule_given=given,
        start_date=start,
        end_date=end,
        catchup=catchup,
        uses_date_keys=dates,
    )
    return simulate([dag], Target("2.10.3"), Target(target), at, intervals=intervals).forecasts[0]


def kinds(found: Forecast) -> list[Action]:
    return [step.kind for step in found.steps]


def moment(run: Run | None) -> str | None:
    return None if run is None else f"{run.run_after:%m-%dT%H:%M} {run.logical_date:%m-%dT%H:%M}"


def test_a_plain_cron_repeats_the_last_run_of_blue_under_another_date() -> None:
    found = forecast("0 6 * * *", dates=True)
    assert [moment(run) for run in found.green.due] == ["11-21T06:00 11-21T06:00"]
    assert moment(found.blue.last) == "11-21T06:00 11-20T06:00"
    assert found.hazards == (Hazard.DUPLICATE,)
    assert "has logical date 2026-11-22 06:00 UTC, on blue 2026-11-21 06:00 UTC" in found.reason


def test_pinned_and_seeded_green_goes_on_exactly_where_blue_stops() -> None:
    found = forecast("0 6 * * *", dates=True)
    assert kinds(found) == [Action.PIN, Action.SEED, Action.UNPAUSE]
    assert found.steps[0].code == (
        "from airflow.timetables.interval import CronDataIntervalTimetable",
        'schedule=CronDataIntervalTimetable("0 6 * * *", timezone="UTC")',
    )
    assert '\\"logical_date\\": \\"2026-11-20T06:00:00+00:00\\"' in found.steps[1].code[0]
    assert found.then == found.blue.coming


def test_a_dag_without_dates_in_its_tasks_needs_no_pin() -> None:
    assert kinds(forecast("0 6 * * *")) == [Action.SEED, Action.UNPAUSE]


def test_the_zone_of_the_start_date_stays_with_the_pin_and_the_new_start_date() -> None:
    berlin = 'pendulum.datetime(2026, 11, 1, tz="Europe/Berlin")'
    found = forecast("0 6 * * *", start=berlin, catchup=True, dates=True)
    assert (
        found.steps[0].code[1] == 'schedule=CronDataIntervalTimetable("0 6 * * *", timezone="Europe/Berlin")'
    )
    assert found.steps[1].code == ('start_date=pendulum.datetime(2026, 11, 21, 6, tz="Europe/Berlin")',)
    assert found.then == found.blue.coming


def test_a_run_that_is_due_soon_is_waited_for() -> None:
    found = forecast("@hourly", dates=True)
    assert kinds(found) == [Action.PIN, Action.WAIT, Action.UNPAUSE]
    assert found.then == found.blue.coming


def test_catchup_repeats_everything_since_the_start_date() -> None:
    found = forecast("0 6 * * *", start="datetime(2026, 11, 15)", catchup=True)
    assert len(found.green.due) == 7
    assert found.hazards == (Hazard.BACKFILL, Hazard.DUPLICATE)
    assert kinds(found) == [Action.START_DATE, Action.UNPAUSE]
    assert moment(found.then) == "11-22T06:00 11-22T06:00"


def test_a_backlog_is_counted_up_to_a_limit() -> None:
    found = forecast("* * * * *", start="datetime(2020, 1, 1)", catchup=True)
    assert (len(found.green.due), found.green.capped) == (10_000, True)
    assert found.reason.startswith(
        "10,000 or more runs start at once, logical dates 2020-01-01 00:00 UTC to now."
    )


def test_a_run_that_blue_never_made_is_none_too_many() -> None:
    found = forecast("@daily", start="datetime(2026, 11, 21)")
    assert (found.blue.last, len(found.green.due)) == (None, 1)
    assert (found.hazards, kinds(found)) == ((Hazard.NONE,), [Action.UNPAUSE])


def test_a_period_starts_anew_at_the_unpause() -> None:
    found = forecast("timedelta(hours=6)")
    assert moment(found.green.due[0]) == "11-21T09:30 11-21T09:30"
    assert found.hazards == (Hazard.PHASE_SHIFT, Hazard.SKIPPED_INTERVAL)
    assert kinds(found) == [Action.PIN, Action.START_DATE, Action.UNPAUSE]
    assert found.then == found.blue.coming


@pytest.mark.parametrize(
    ("schedule", "start", "is_doubtful"),
    [
        ("timedelta(hours=6)", START, False),
        ("timedelta(hours=5)", START, True),
        ("timedelta(days=1)", "datetime(2024, 1, 1, 5, 30)", True),
        ("relativedelta(months=1)", START, True),
        ("0 6 * * *", START, False),
    ],
)
def test_a_phase_that_no_file_tells_is_doubted(schedule: str, start: str, is_doubtful: bool) -> None:
    assert ("another phase" in forecast(schedule, start=start).reason) is is_doubtful
    assert "another phase" not in forecast(schedule, start=start, catchup=True).reason


def test_a_period_without_data_intervals_on_both_sides_keeps_its_phase() -> None:
    found = forecast("DeltaTriggerTimetable(timedelta(hours=6))")
    assert kinds(found) == [Action.START_DATE, Action.UNPAUSE]
    assert found.then == found.blue.coming


def test_a_dag_without_schedule_never_runs_on_airflow_3() -> None:
    found = forecast(None, given=False, catchup=None)
    assert found.hazards == (Hazard.NEVER_RUNS,)
    assert found.steps[0].code[1] == "schedule=DeltaDataIntervalTimetable(timedelta(days=1))"
    assert found.then == found.blue.coming


def test_with_the_interval_option_dates_stay() -> None:
    found = forecast("0 6 * * *", dates=True, intervals=True)
    assert found.green.coming == found.blue.coming
    assert kinds(found) == [Action.SEED, Action.UNPAUSE]


@pytest.mark.parametrize(
    ("schedule", "start"),
    [
        (None, START),
        ('[Dataset("s3://x")]', START),
        ("@daily", "datetime(2027, 1, 1)"),
        ("EventsTimetable(event_dates=[pendulum.datetime(2027, 1, 1)])", START),
    ],
)
def test_nothing_happens_before_the_clock_or_an_event_says_so(schedule: str | None, start: str) -> None:
    found = forecast(schedule, start=start)
    assert (found.green.due, found.hazards, kinds(found)) == ((), (Hazard.NONE,), [Action.UNPAUSE])


def test_events_that_arrive_while_paused_are_mentioned() -> None:
    assert "dropped" in forecast('[Dataset("s3://x")]').action


def test_an_ended_dag_is_left_alone() -> None:
    found = forecast("@daily", end="datetime(2025, 1, 1)", dates=True)
    assert (found.green.first, found.hazards, kinds(found)) == (None, (Hazard.NONE,), [Action.UNPAUSE])


def test_what_ran_once_stays_paused() -> None:
    found = forecast("@once")
    assert (found.hazards, kinds(found), found.then) == ((Hazard.DUPLICATE,), [Action.WAIT], None)


def test_a_continuous_dag_begins_behind_what_blue_has_done() -> None:
    found = forecast("@continuous")
    assert found.hazards == (Hazard.DUPLICATE,)
    assert kinds(found) == [Action.START_DATE, Action.UNPAUSE]
    assert found.then is not None
    assert found.then.logical_date == AT


@pytest.mark.parametrize(
    "unknown",
    [
        {"schedule": Unknown("os.environ['S']")},
        {"schedule": "MyTimetable()"},
        {"schedule": "@daily", "start": Unknown("Variable.get('start')")},
        {"schedule": "0 25 * * *"},
        {"schedule": "R 6 * * *"},
    ],
)
def test_what_only_the_code_knows_is_said_and_checked(unknown: dict[str, str | Unknown]) -> None:
    found = forecast(**unknown)  # type: ignore[arg-type]
    assert (found.hazards, kinds(found), found.then) == ((Hazard.UNKNOWN,), [Action.CHECK], None)
    assert "/api/v2/dags/d" in found.steps[0].code[0]


@pytest.mark.parametrize("catchup", [True, Unknown("FLAG")])
def test_an_unknown_schedule_that_may_catch_up_is_limited(catchup: bool) -> None:
    found = forecast(Unknown("os.environ['S']"), catchup=catchup)
    assert kinds(found) == [Action.CHECK, Action.LIMIT]


def test_a_dag_that_airflow_3_refuses_is_told() -> None:
    found = forecast("@daily", start=None, catchup=True)
    assert found.hazards == (Hazard.NEVER_RUNS,)
    assert "refuses catchup=True without a start date" in found.reason


@pytest.mark.parametrize(
    ("schedule", "start", "last"),
    [
        ("@daily", "days_ago(2)", "11-21T00:00 11-20T00:00"),
        ("@daily", "datetime.now() - timedelta(days=1)", "11-21T00:00 11-20T00:00"),
        ("0 * * * *", "days_ago(1)", "11-21T09:00 11-21T08:00"),
        ("30 15 * * 1,2,4", "days_ago(1)", "11-17T15:30 11-16T15:30"),
        ("@weekly", "days_ago(2)", None),
        ("@hourly", "datetime.now()", None),
    ],
)
def test_a_start_date_that_moves_hides_no_history(schedule: str, start: str, last: str | None) -> None:
    assert moment(forecast(schedule, start=start, catchup=True).blue.last) == last


def test_a_subdag_is_not_unpaused() -> None:
    dag = Dag("parent.child", "d.py", 1, schedule="@daily", schedule_given=True, start_date=START)
    found = simulate([dag], Target("2.10.3"), Target("3.3.1"), AT, subdags={"parent.child"}).forecasts[0]
    assert (found.green.first, found.hazards, kinds(found)) == (None, (Hazard.NONE,), [Action.CHECK])


def test_mwaa_gets_its_own_commands() -> None:
    dag = Dag("d", "d.py", 1, schedule="@daily", schedule_given=True, start_date=START, catchup=False)
    found = simulate([dag], Target("2.10.3"), Target("3.3.1", "mwaa"), AT).forecasts[0]
    assert all(line.startswith("aws mwaa invoke-rest-api") for step in found.steps for line in step.code)


def test_the_repeated_hour_is_no_hazard() -> None:
    before = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    found = forecast("30 * * * *", start='pendulum.datetime(2024, 1, 1, tz="Europe/Berlin")', at=before)
    assert moment(found.blue.last) == "10-25T00:30 10-24T23:30"
    assert found.then is not None
    assert moment(found.then) == "10-25T01:30 10-25T01:30"
