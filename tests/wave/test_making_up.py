"""Which DAGs of a wave have something to make up for after their move, and how that is carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airshift.cli.app import run
from airshift.clients.api import ApiError
from airshift.errors import UsageError
from airshift.schedules import Run
from airshift.wave.carrying import Job, opened
from airshift.wave.gaps import Filling, Stretch
from airshift.wave.journal import Journal, Outcome
from airshift.wave.making_up import Filler, Found, Skipped, find_gaps, found_events
from airshift.wave.margins import margin_of, shortest_period
from airshift.wave.states import Progress, State
from airshift_dev.wave_faults import Kind
from airshift_dev.wave_world import SimulatedSide

from .setting import Setting

TEN = timedelta(minutes=10)


class Offering(SimulatedSide):
    """Green that makes what it is asked to, as real ones do."""

    def backfill_dry_run(self, dag_id: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
        there = {run.run.logical_date for run in self.environment.dags[dag_id].runs.values()}
        dates = (start + n * TEN for n in range((end - start) // TEN + 1))
        return tuple(date for date in dates if date not in there)

    def backfill(self, dag_id: str, start: datetime, end: datetime) -> str:
        dag = self.environment.dags[dag_id]
        for date in self.backfill_dry_run(dag_id, start, end):
            self.environment.create(dag, Run(date, date, date), "backfill")
        return "7"


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    made = Setting(tmp_path)
    for name in ("d", "behind"):
        made.add(name)
    made.world.pass_time(12 * 60)
    return made


def moved_late(setting: Setting) -> tuple[dict[str, Progress], Offering]:
    """Both DAGs are on green; `d` was paused on both sides for 45 minutes in between."""
    progress = dict(setting.move())
    green = setting.world.green
    green.dags["d"].paused = True
    setting.world.pass_time(45 * 60)
    green.dags["d"].paused = False
    setting.world.pass_time(60)
    return progress, Offering(green)


def gaps(setting: Setting, progress: dict[str, Progress], green: Offering) -> dict[str, Any]:
    found = find_gaps(setting.plan(), progress, SimulatedSide(setting.world.blue), green, setting.world.now)
    return {one.dag_id: one for one in found}


def test_ticks_that_nobody_made_are_found_and_made_once(setting: Setting) -> None:
    progress, green = moved_late(setting)
    before = setting.ticks("d")
    found = gaps(setting, progress, green)
    assert found["behind"] == Filling("behind", ())
    (stretch,) = found["d"].stretches
    assert len(stretch.dates) == 3 and found["d"].left == ()
    journal = Journal(setting.folder / "fill.journal", durable=False)
    filler = Filler(green, journal, 1, "me", lambda: setting.world.now, setting.world.pass_time)
    assert list(filler.fill(found["d"])) == [stretch]
    assert gaps(setting, progress, green)["d"] == Filling("d", ())
    assert setting.ticks("d") == before, "scheduled runs stay as they were"
    (entry,) = journal.calls(1)
    journal.close()
    assert (entry.call.what, entry.outcome, entry.detail) == ("backfill", Outcome.DONE, "backfill 7")


def test_what_went_wrong_is_in_the_journal(setting: Setting) -> None:
    _, green = moved_late(setting)
    plan = Filling("d", (Stretch((setting.world.now + 9 * TEN,)),))
    green.backfill_dry_run = lambda *_: ()  # type: ignore[method-assign]
    journal = Journal(setting.folder / "fill.journal", durable=False)
    filler = Filler(green, journal, 1, "me", lambda: setting.world.now, setting.world.pass_time)
    with pytest.raises(ApiError, match="something else by now"):
        list(filler.fill(plan))
    (entry,) = journal.calls(1)
    journal.close()
    assert entry.outcome is Outcome.UNCERTAIN and "something else by now" in entry.detail


def test_who_is_passed_over_and_why(setting: Setting) -> None:
    progress, green = moved_late(setting)
    one = progress["d"]
    cases = {
        "no clock has started it": {"d": replace(one, blue_last=None)},
        "paused on green": {"d": one},
    }
    setting.world.green.dags["d"].paused = True
    for reason, given in cases.items():
        found = gaps(setting, given, green)["d"]
        assert isinstance(found, Skipped) and reason in found.reason
    setting.world.green.dags["d"].paused = False
    setting.dags["d"] = replace(setting.dags["d"], catchup=True)
    assert gaps(setting, progress, green)["d"] == Skipped("d", "it makes up for what it missed by itself")
    del setting.world.green.dags["d"]
    assert gaps(setting, progress, green)["d"] == Skipped("d", "green does not know it")


@pytest.mark.parametrize("state", [State.PLANNED, State.BLUE_PAUSED, State.ROLLED_BACK, State.IDLE])
def test_a_dag_that_is_not_on_green_has_no_gap_there(setting: Setting, state: State) -> None:
    progress, green = moved_late(setting)
    assert gaps(setting, {"d": replace(progress["d"], state=state)}, green) == {}
    assert gaps(setting, {"d": replace(progress["d"], back=True)}, green) == {}


def test_what_is_told(setting: Setting) -> None:
    now = setting.world.now
    found: list[Found] = [
        Skipped("a", "because"),
        Filling("b", (Stretch((now,)), Stretch((now + TEN, now + 2 * TEN))), (now + 3 * TEN,)),
    ]
    told = [(one.dag_id, one.step, one.detail) for one in found_events(found, 1, now)]
    assert told == [
        ("a", "skip", "because"),
        ("b", "would_fill", f"1 run, {now:%Y-%m-%d %H:%M:%S}"),
        ("b", "would_fill", f"2 runs, {now + TEN:%Y-%m-%d %H:%M:%S} to {now + 2 * TEN:%Y-%m-%d %H:%M:%S}"),
        ("b", "problem", f"green would not make {now + 3 * TEN:%Y-%m-%d %H:%M:%S}"),
    ]


@pytest.mark.parametrize(
    ("schedules", "margin"),
    [(["@daily"], 60), (["*/5 * * * *", None], 60), (["* * * * *", "@daily"], 15), (["*/2 * * * *"], 30)],
)
def test_the_margin_follows_the_shortest_period(
    tmp_path: Path, schedules: list[str | None], margin: int
) -> None:
    setting = Setting(tmp_path)
    for number, schedule in enumerate(schedules):
        setting.add(f"d{number}", Kind(schedule))
    assert margin_of(setting.plan(), setting.world.now) == timedelta(seconds=margin)
    assert margin_of(setting.plan(), setting.world.now, 7) == timedelta(seconds=7)


def test_a_margin_as_long_as_a_period_is_refused(tmp_path: Path) -> None:
    setting = Setting(tmp_path).add("slow").add("quick", Kind("* * * * *"))
    assert shortest_period(setting.plan(), setting.world.now, TEN) == ("quick", timedelta(minutes=1))
    assert margin_of(setting.plan(), setting.world.now, 59) == timedelta(seconds=59)
    with pytest.raises(UsageError, match="quick runs every 60 seconds"):
        margin_of(setting.plan(), setting.world.now, 60)
    slow = Setting(tmp_path).add("slow", Kind("@daily"))
    assert margin_of(slow.plan(), slow.world.now, 600) == timedelta(minutes=10), "nothing runs as often"


def filled(
    setting: Setting, green: Offering, monkeypatch: pytest.MonkeyPatch, *options: str
) -> tuple[int, list[str]]:
    """`airshift wave fill` in the simulated world: the exit code, and what was told."""
    job = Job(setting.opening(green=green), setting.folder / "plan.json")
    monkeypatch.setattr("airshift.cli.wave_options.job_of", lambda given: job)
    setting.events.clear()
    code = run(["wave", "fill", "1", "--blue", "mwaa:b", "--green", "mwaa:g", *options])
    return code, [f"{one.dag_id} {one.step} {one.detail[:6]}".strip() for one in setting.events]


def test_the_command_says_first_and_then_does_it_once(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, green = moved_late(setting)
    told = ["d would_fill 3 runs"]
    assert filled(setting, green, monkeypatch) == (1, told)
    assert filled(setting, green, monkeypatch, "--dag", "behind") == (0, [])
    assert filled(setting, green, monkeypatch, "--dag", "nobody")[0] == 2
    assert "wave 1 has no DAG nobody" in capsys.readouterr().err
    assert filled(setting, green, monkeypatch, "--execute", "--yes") == (0, [*told, "d fill 3 runs"])
    assert filled(setting, green, monkeypatch, "--execute", "--yes") == (0, [])
    assert "no run is missing" in capsys.readouterr().err
    with opened(setting.opening().journal) as journal:
        assert [one.detail for one in journal.calls(1) if one.call.what == "backfill"] == ["backfill 7"]


def test_what_green_would_not_make_is_incomplete(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    _, green = moved_late(setting)
    green.backfill_dry_run = lambda *_: ()  # type: ignore[method-assign]
    assert filled(setting, green, monkeypatch) == (3, ["d problem green"] * 3)
