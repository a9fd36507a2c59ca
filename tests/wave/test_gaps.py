"""Gaps are filled with what nobody has run, and with nothing else; on real Airflow 3."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.clients.api import ApiError, Method
from airshift.schedules import CronIntervals, CronTriggers, Run, Schedule, rules_of
from airshift.schedules.cron import Cron
from airshift.targets import Target
from airshift.wave.airflow_side import AirflowSide
from airshift.wave.gaps import Filling, Stretch, fill, filling, missing
from airshift.wave.side import RunState
from live.pair import Airflow, airflow, until
from live.plain_api import PlainApi

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 21, 10, tzinfo=UTC)
CRON = Cron("* * * * *", UTC)
TRIGGERS = Schedule(CronTriggers((CRON,)), rules_of(Target("3.3.1")))
INTERVALS = Schedule(CronIntervals(CRON), rules_of(Target("3.3.1")))


def at(minute: int) -> datetime:
    return START + minute * MINUTE


def state(minute: int, outcome: str = "success") -> RunState:
    return RunState("orders", f"r{minute}", "scheduled", outcome, at(minute), run_after=at(minute))


class Dry:
    """Green with some runs; it offers every minute that has none."""

    label = "green"

    def __init__(self, made: Collection[int]) -> None:
        self.made = set(made)
        self.started: list[tuple[datetime, datetime]] = []
        self.busy = 0

    def backfill_dry_run(self, _: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
        minutes = range((start - START) // MINUTE, (end - START) // MINUTE + 1)
        return tuple(at(minute) for minute in minutes if minute not in self.made)

    def backfill(self, dag_id: str, start: datetime, end: datetime) -> str:
        if self.busy:
            self.busy -= 1
            raise ApiError("one is running", status=409)
        self.made |= {(date - START) // MINUTE for date in self.backfill_dry_run(dag_id, start, end)}
        self.started.append((start, end))
        return str(len(self.started))

    def runs(self, _: str, since: datetime) -> tuple[RunState, ...]:
        return tuple(state(minute) for minute in sorted(self.made) if at(minute) >= since)


def gap(*minutes: int) -> list[Run]:
    return [Run(at(minute), at(minute), at(minute)) for minute in minutes]


def test_a_gap_is_what_is_due_and_was_made_by_nobody() -> None:
    found = missing(TRIGGERS, at(0), at(7), [state(0), state(1)], [state(4, "failed"), state(6, "running")])
    assert [run.run_after for run in found] == [at(2), at(3), at(5)]
    found = missing(INTERVALS, at(0), at(3), [state(0)], [])
    assert [(run.run_after, run.logical_date) for run in found] == [(at(1), at(0)), (at(2), at(1))]
    assert missing(TRIGGERS, at(0), at(1), [], []) == ()


def test_what_blue_has_done_divides_a_gap() -> None:
    green = Dry(made={9})
    plan = filling(green, "orders", gap(1, 2, 5, 8))
    assert plan == Filling("orders", (Stretch((at(1), at(2))), Stretch((at(5),)), Stretch((at(8),))))
    assert green.started == [], "a plan changes nothing"


def test_what_green_does_not_offer_is_left() -> None:
    assert filling(Dry(made={2}), "orders", gap(1, 2)) == Filling("orders", (Stretch((at(1),)),), (at(2),))
    assert filling(Dry(made=()), "orders", []) == Filling("orders", ())


def test_one_backfill_after_the_other() -> None:
    green = Dry(made=())
    green.busy = 2
    waits: list[float] = []
    done = list(fill(green, filling(green, "orders", gap(1, 2, 5)), waits.append))
    assert [number for _, number in done] == ["1", "2"]
    assert green.started == [(at(1), at(2)), (at(5), at(5))] and len(waits) == 2


def test_a_plan_that_no_longer_holds_starts_nothing() -> None:
    green = Dry(made={3})
    plan = filling(green, "orders", gap(2, 4))
    for stale in (plan, Filling("orders", (Stretch((at(6), at(8))),))):
        green.made = set()
        with pytest.raises(ApiError, match="something else by now"):
            list(fill(green, stale, lambda _: None))
    assert green.started == []


@given(wanted=st.sets(st.integers(0, 20), min_size=1), made=st.sets(st.integers(0, 20)))
def test_exactly_the_gap_is_made(wanted: set[int], made: set[int]) -> None:
    green = Dry(made)
    plan = filling(green, "orders", gap(*sorted(wanted)))
    list(fill(green, plan, lambda _: None))
    assert green.made == made | wanted
    assert {(date - START) // MINUTE for date in plan.left} == wanted & made


DAGS = """
from datetime import datetime, timezone
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.timetables.interval import CronDataIntervalTimetable
for name, schedule in (("ticks", "* * * * *"), ("stretches", CronDataIntervalTimetable("* * * * *", timezone="UTC"))):
    with DAG(name, schedule=schedule, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc), catchup=False):
        EmptyOperator(task_id="only")
"""


class Patient(PlainApi):
    """Asks again where SQLite, which Airflow does not recommend for backfills, was busy: that changed nothing."""

    def call(self, method: Method, path: str, **more: Any) -> Any:
        for _ in range(20):
            try:
                return super().call(method, path, **more)
            except ApiError as error:
                if error.status != 503:
                    raise
                time.sleep(0.5)
        raise AssertionError("SQLite is busy all the time")


@pytest.mark.oracle
@pytest.mark.exhaustive
@pytest.mark.parametrize("version", ["3.0.6", "3.3.1"])
def test_a_real_airflow_makes_each_missing_run_once(version: str, tmp_path: Path) -> None:
    with airflow(version, tmp_path, {"dags.py": DAGS}) as green, ThreadPoolExecutor() as pool:
        green.wait_until_ready()
        until(lambda: len(green.dag_ids()) == 2, "both DAGs parsed")
        checks = [
            pool.submit(check_filling, green, *case)
            for case in (("ticks", TRIGGERS), ("stretches", INTERVALS))
        ]
        for check in checks:
            check.result()


def check_filling(green: Airflow, name: str, schedule: Schedule) -> None:
    """Blue has made the runs of eight and five minutes ago; green makes the newest, and the others are missing."""
    side = AirflowSide(Patient(green.url, 3))
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    since, hole = now - 8 * MINUTE, now - 5 * MINUTE
    blue = [replace(state(0), run_after=moment) for moment in (since, hole)]
    side.set_paused(name, False)
    until(lambda: green.runs(name), "the run that starts at once")
    first = green.runs(name)[0].run_after
    assert first is not None
    found = missing(schedule, since, first, blue, side.runs(name, since))
    plan = filling(side, name, found)
    assert [len(stretch.dates) for stretch in plan.stretches] == [2, (first - hole) // MINUTE - 1]
    assert all(number for _, number in fill(side, plan, lambda _: time.sleep(1)))
    counted = Counter(run.run_after for run in green.runs(name))
    assert set(counted.values()) == {1}
    expected = {since + n * MINUTE for n in range(1, (first - since) // MINUTE + 1)} - {hole}
    assert expected <= set(counted) and hole not in counted and since not in counted
    made = [run for run in green.runs(name) if run.run_type == "backfill"]
    assert {run.state for run in made} == {"success"} and len(made) == len(found)
    again = missing(schedule, since, first, blue, side.runs(name, since))
    assert filling(side, name, again) == Filling(name, ())
