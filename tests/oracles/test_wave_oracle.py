"""Ten DAGs move from a real 2.10.3 to a real 3.x while the schedulers of both run, and back again.

What one interval is on both sides: a run is due at a time, the end of its data interval on Airflow 2 and `run_after`
on Airflow 3. This time, the tick, is the same on both sides whatever the logical date. An interval has been run once
when exactly one run of a scheduler or a backfill, on one of the sides, has its tick, and is a success. Marker runs are
of another type and run no task. Nothing may be missing between the first tick that any side ran and the last one. DAGs
that events start have no ticks: there, each event has one run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from airshift.clients.api import Method
from airshift.wave.airflow_side import AirflowSide
from airshift.wave.events import event_line
from airshift.wave.plan_file import read_wave
from airshift.wave.session import Opening, session
from airshift.wave.settings import Settings, SystemClock
from live import ten_dags
from live.pair import Airflow, DagRun, pair, until
from live.plain_api import PlainApi

pytestmark = pytest.mark.oracle
MADE = ("scheduled", "backfill", "asset_triggered", "dataset_triggered")
POLICY = """
[plan]
pilot_size = 0
frequent_runs_per_day = 100000
"""


@dataclass
class Estate:
    """Both environments, and the folder of the plan."""

    folder: Path
    blue: Airflow
    green: Airflow

    @property
    def plan(self) -> Path:
        return self.folder / "plan" / "plan.json"

    def made(self, dag_id: str) -> list[DagRun]:
        """What the schedulers of both sides have run, by tick."""
        found = [run for side in (self.blue, self.green) for run in side.runs(dag_id) if run.run_type in MADE]
        return sorted(found, key=lambda run: run.run_after or datetime.max)

    def ticks(self, dag_id: str) -> list[datetime]:
        return [run.run_after for run in self.made(dag_id) if run.run_after is not None]

    def wait_for_runs(self, side: Airflow, number: int) -> None:
        """Until each DAG that a clock starts has so many more finished runs on a side."""
        before = {name: finished(side, name) for name in ten_dags.CLOCKED}
        until(
            lambda: all(finished(side, name) >= before[name] + number for name in before),
            f"{number} more runs of each DAG on {side.version}",
            number * 75 + 30,
        )

    def send(self, side: Airflow) -> None:
        """Report an event of the asset that starts `report`."""
        api = PlainApi(side.url, 3 if side.third else 2)
        before = len(side.runs("report"))
        if side.third:
            (asset,) = [
                one for one in api.call(Method.GET, "/assets")["assets"] if one["uri"] == ten_dags.EVENT
            ]
            api.call(Method.POST, "/assets/events", body={"asset_id": asset["id"]})
        else:
            api.call(Method.POST, "/datasets/events", body={"dataset_uri": ten_dags.EVENT})
        until(lambda: finished(side, "report") > before, f"the run of an event on {side.version}")


def finished(side: Airflow, dag_id: str) -> int:
    return sum(run.run_type in MADE and run.state == "success" for run in side.runs(dag_id))


@contextmanager
def running(folder: Path, version: str) -> Iterator[Estate]:
    """Both sides with ten DAGs, each of which has run on blue, and the plan of their move."""
    start = ten_dags.a_start()
    files = [{"ten.py": ten_dags.source(major, start)} for major in (2, 3)]
    with pair(folder, version, *files) as (blue, green):
        estate = Estate(folder, blue, green)
        until(lambda: blue.dag_ids() == green.dag_ids() == ten_dags.IDS, "ten DAGs parsed on both sides")
        planned(estate)
        once = (*ten_dags.CLOCKED, "caller")
        until(lambda: all(finished(blue, name) for name in once), "first runs on blue")
        yield estate


def check_intervals(estate: Estate) -> dict[str, int]:
    """No interval twice, none missing, none failed; how many each DAG has had."""
    counted = {}
    for name, period in ten_dags.CLOCKED.items():
        ticks = estate.ticks(name)
        twice = sorted(tick for tick, number in Counter(ticks).items() if number > 1)
        due = {ticks[0] + n * period for n in range((ticks[-1] - ticks[0]) // period + 1)}
        assert (twice, sorted(due - set(ticks)), sorted(set(ticks) - due)) == ([], [], []), shown(
            estate, name
        )
        failed = [run for run in estate.made(name) if run.state not in ("success", "running", "queued")]
        assert not failed
        counted[name] = len(ticks)
    return counted


def check_the_others(estate: Estate, events: int) -> None:
    """What no clock starts, and what is due once a month, has run as often as it should have."""
    assert len(estate.made("report")) == events
    assert [run.state for run in estate.made("once")] == ["success"]
    assert [run.state for run in estate.blue.runs("caller") if run.run_type in MADE] == ["success"]
    assert [run.run_type for run in estate.green.runs("caller") if run.run_type in MADE] == []
    assert [len(side.runs("called")) for side in (estate.blue, estate.green)] == [1, 0]


def shown(estate: Estate, name: str) -> str:
    rows = [
        f"{side.version} {run.run_after:%H:%M:%S} {run.run_type} {run.run_id} {run.state} {run.started:%H:%M:%S}"
        for side in (estate.blue, estate.green)
        for run in side.runs(name)
        if run.run_after and run.started
    ]
    return "\n".join([name, *rows])


def planned(estate: Estate) -> None:
    """The plan of blue's DAGs, as `airshift plan` writes it."""
    (estate.folder / "airshift.toml").write_text(POLICY)
    versions = ("--source", "2.10.3", "--target", estate.green.version)
    done = airshift("plan", str(estate.blue.home / "dags"), *versions, "--out", str(estate.plan.parent))
    assert estate.plan.exists(), done.stderr


def airshift(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    login = {
        f"AIRSHIFT_{side}_{name}": "admin" for side in ("BLUE", "GREEN") for name in ("USER", "PASSWORD")
    }
    return subprocess.run(
        [sys.executable, "-m", "airshift", *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **login},
    )  # fmt: skip


Move = Callable[[Estate, bool], Mapping[str, str]]
"""Moves the wave, or brings it back; the states of its DAGs."""


def by_the_library(estate: Estate, back: bool) -> Mapping[str, str]:
    settings = Settings(
        margin=timedelta(seconds=5),
        settle=timedelta(seconds=3),
        uncertain=timedelta(seconds=10),
        fresh=timedelta(seconds=5),
        poll=timedelta(seconds=1),
        patience=timedelta(minutes=5),
        watch=timedelta(seconds=75),
    )
    opening = Opening(
        read_wave(estate.plan, 1),
        AirflowSide(PlainApi(estate.blue.url, 2)),
        AirflowSide(PlainApi(estate.green.url, 3)),
        estate.folder / "journal.db",
        SystemClock(),
        settings,
        lambda event: print(event_line(event), flush=True),
    )
    with session(opening) as driver:
        if back:
            driver.go_back(list(driver.progress), "asked to")
        driver.advance()
        return {name: one.state.value for name, one in driver.progress.items()}


def by_the_command(estate: Estate, back: bool) -> Mapping[str, str]:
    where = ("--plan", str(estate.plan), "--blue", estate.blue.url, "--green", estate.green.url)
    verb = ("rollback", "1") if back else ("run", "1", "--watch", "2")
    done = airshift("wave", *verb, *where, "--execute", "--yes", "--json")
    print(done.stdout, done.stderr)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert "forecast" in {event["step"] for event in events}
    assert done.returncode == (0 if back else 3), "the first run of `caller` is due next month"
    told = airshift("wave", "status", "1", "--plan", str(estate.plan), "--json")
    return {one["dag_id"]: one["state"] for one in json.loads(told.stdout)["dags"]}


@pytest.mark.parametrize(
    ("version", "move"),
    [
        ("3.3.1", by_the_library),
        ("3.0.6", by_the_library),
        pytest.param("3.0.6", by_the_command, marks=pytest.mark.exhaustive),
    ],
)
def test_no_interval_is_run_twice_and_none_is_missed(tmp_path: Path, version: str, move: Move) -> None:
    with running(tmp_path, version) as estate:
        estate.send(estate.blue)
        moved = move(estate, False)
        assert moved == dict.fromkeys(ten_dags.IDS, "done") | {"caller": "green_unpaused"}
        assert estate.blue.paused() == dict.fromkeys(ten_dags.IDS, True)
        assert estate.green.paused() == dict.fromkeys(ten_dags.IDS, False)
        estate.send(estate.green)
        print("after the wave:", check_intervals(estate))
        check_the_others(estate, events=2)
        assert move(estate, True) == dict.fromkeys(ten_dags.IDS, "rolled_back")
        assert estate.blue.paused() == dict.fromkeys(ten_dags.IDS, False)
        assert estate.green.paused() == dict.fromkeys(ten_dags.IDS, True)
        estate.send(estate.blue)
        estate.wait_for_runs(estate.blue, 1)
        print("after the rollback:", check_intervals(estate))
        check_the_others(estate, events=3)
