"""Waves in a simulated world in which nothing fails: who goes where, in which order, with which runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from airshift.errors import UsageError
from airshift.schedules import Run
from airshift.wave.driver import Driver
from airshift.wave.lock import LockedError, LostLockError
from airshift.wave.session import ChangedError, looking_on, session
from airshift.wave.side import ImportProblem
from airshift.wave.states import State
from airshift_dev.wave_faults import Kind, WorldClock
from airshift_dev.wave_world import SimulatedSide

from .setting import Refusing, Setting


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path)


def test_a_dag_moves_and_no_tick_is_done_twice_or_left_out(setting: Setting) -> None:
    setting.add("d").world.pass_time(12 * 60)
    progress = setting.move()
    setting.world.pass_time(15 * 60)
    assert progress["d"].state is State.DONE
    assert setting.states() == {"d": (True, False)}
    assert setting.ticks("d") == ["10:10 blue", "10:20 green", "10:30 green"]


def test_and_back(setting: Setting) -> None:
    setting.add("d").world.pass_time(12 * 60)
    setting.move()
    setting.world.pass_time(12 * 60)
    progress = setting.back()
    setting.world.pass_time(20 * 60)
    assert progress["d"].state is State.ROLLED_BACK
    assert setting.states() == {"d": (False, True)}
    assert setting.ticks("d") == ["10:10 blue", "10:20 green", "10:30 green", "10:40 blue", "10:50 blue"]


def test_there_and_back_and_there_again(setting: Setting) -> None:
    setting.add("d").world.pass_time(12 * 60)
    setting.move()
    setting.back()
    setting.world.pass_time(10 * 60)

    def again(driver: Driver) -> None:
        driver.plan_again()
        driver.advance()

    assert setting.with_driver(again)["d"].state is State.DONE
    ticks = setting.ticks("d")
    assert len(ticks) == len({tick[:5] for tick in ticks})


def test_a_run_that_is_going_on_is_awaited(setting: Setting) -> None:
    setting.add("d", seconds=60.0).world.pass_time(10 * 60 + 5)
    progress = setting.move()
    assert progress["d"].state is State.DONE
    assert setting.steps("d", "wait")[0] == "wait scheduled__2026-12-01T10:00:00+00:00 is running"
    assert setting.ticks("d")[:2] == ["10:10 blue", "10:20 green"]


def test_a_frozen_run_is_let_go_on_and_nothing_is_half_done(setting: Setting) -> None:
    setting.add("d").world.pass_time(12 * 60)
    begun: list[str] = []
    blue = setting.world.blue

    def somebody_triggers(name: str, side: SimulatedSide, effect: object) -> None:
        if callable(effect):
            effect()
        if name == "pause" and not begun:
            begun.append(name)
            now = setting.world.now
            blue.create(blue.dags["d"], Run(now, now, now), "manual")

    side = SimulatedSide(setting.world.blue, somebody_triggers)
    progress = setting.move(blue=side)
    assert progress["d"].state is State.DONE
    assert progress["d"].thaws == 1
    assert not setting.world.half_done()


def test_sources_are_paused_first_and_targets_unpaused_first(setting: Setting) -> None:
    setting.add("last").add("first", produces=["last"]).world.pass_time(12 * 60)
    setting.move()
    order = [
        f"{one.step} {one.detail.split(':')[0]} {one.dag_id}"
        for one in setting.events
        if one.step.endswith("pause")
    ]
    assert order == [
        "pause blue first",
        "pause blue last",
        "unpause green last",
        "unpause green first",
    ]
    setting.events.clear()
    setting.back("last")
    order = [
        f"{one.step} {one.detail.split(':')[0]} {one.dag_id}"
        for one in setting.events
        if one.step.endswith("pause")
    ]
    assert order == [
        "pause green first",
        "pause green last",
        "unpause blue last",
        "unpause blue first",
    ]


def test_an_asset_consumer_loses_no_event(setting: Setting) -> None:
    setting.add("consumer", Kind(None)).add("producer", produces=["consumer"])
    setting.world.pass_time(12 * 60)
    setting.move()
    setting.world.pass_time(15 * 60)
    produced = len(setting.ticks("producer"))
    consumed = [
        run
        for side in (setting.world.blue, setting.world.green)
        for run in side.dags["consumer"].runs.values()
        if run.state == "success"
    ]
    assert produced == len(consumed) >= 3


def test_a_dag_without_a_clock_is_done_at_once(setting: Setting) -> None:
    assert setting.add("d", Kind(None)).move()["d"].reason == "no clock starts it"


def test_data_intervals_are_kept_where_green_has_them(setting: Setting) -> None:
    setting.add("d", Kind("*/10 * * * *", intervals=True)).world.pass_time(12 * 60)
    assert setting.move()["d"].state is State.DONE
    setting.world.pass_time(15 * 60)
    assert setting.ticks("d") == ["10:10 blue", "10:20 green", "10:30 green"]
    assert not setting.world.green.dags["d"].stuck


def test_what_was_paused_on_blue_stays_paused(setting: Setting) -> None:
    setting.add("d").world.blue.dags["d"].paused = True
    assert setting.move()["d"].state is State.IDLE
    assert setting.states() == {"d": (True, True)}


def test_what_runs_on_both_sides_already_is_not_touched(setting: Setting) -> None:
    setting.add("d").world.green.dags["d"].paused = False
    assert setting.move()["d"].reason == "it is unpaused on both sides: pause one of them"
    assert setting.states() == {"d": (False, False)}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind("timedelta(minutes=10)"), "pin its timetable"),
        (Kind("*/10 * * * *", catchup=True), "start_date"),
    ],
)
def test_what_would_repeat_runs_is_blocked_before_anything_is_changed(
    setting: Setting, kind: Kind, words: str
) -> None:
    progress = setting.add("d", kind).move()
    assert progress["d"].state is State.BLOCKED
    assert words in progress["d"].reason
    assert setting.states() == {"d": (False, True)}


def test_the_preflight_names_what_green_lacks(setting: Setting) -> None:
    setting.add("d")
    setting.dags["d"] = replace(setting.dags["d"], pools=("slow",), variables=("key",), connections=("db",))
    setting.world.green.names = {"variables": frozenset({"key"}), "masked": frozenset({"variable key"})}
    assert setting.move()["d"].reason == (
        "green has no pool slow; the variable key on green holds a mask (***), not its value; green has no connection db"
    )


def test_partners_of_a_blocked_dag_stay_too(setting: Setting) -> None:
    setting.add("b", Kind("timedelta(minutes=10)")).add("a", triggers=["b"]).add("c").world.pass_time(12 * 60)
    progress = setting.move()
    assert {name: one.state for name, one in progress.items()} == {
        "a": State.BLOCKED,
        "b": State.BLOCKED,
        "c": State.DONE,
    }
    assert progress["a"].reason == "it moves together with b, which is blocked"


def test_a_dag_without_a_gap_goes_nowhere(setting: Setting) -> None:
    setting.settings = replace(setting.settings, patience=timedelta(minutes=5))
    progress = setting.add("d", Kind("* * * * *")).move()
    assert progress["d"].state is State.ROLLED_BACK
    assert "no way to green" in setting.steps("d", "back")[0]
    assert setting.states() == {"d": (False, True)}


def test_failing_runs_are_a_concern_and_with_auto_rollback_a_way_back(setting: Setting) -> None:
    setting.add("d", Kind("*/5 * * * *"), seconds=5.0).world.pass_time(12 * 60)
    setting.world.green.dags["d"].failing = True
    setting.settings = replace(setting.settings, auto_rollback=True, watch=timedelta(minutes=40))
    progress = setting.move()
    assert progress["d"].state is State.ROLLED_BACK
    assert "runs failed on green" in setting.steps("d", "concern")[0]
    assert setting.states() == {"d": (False, True)}


def test_a_side_that_somebody_unpauses_is_paused_again(setting: Setting) -> None:
    setting.add("d").world.pass_time(12 * 60)

    def somebody(name: str, side: SimulatedSide, effect: object) -> None:
        if callable(effect):
            effect()
        if name == "unpause" and side.environment.name == "green":
            setting.world.blue.dags["d"].paused = False

    setting.move(green=SimulatedSide(setting.world.green, somebody))
    assert setting.states() == {"d": (True, False)}


def test_two_processes_with_one_journal(setting: Setting) -> None:
    setting.add("d")
    with (
        session(setting.opening()),
        pytest.raises(LockedError, match="another process of this machine"),
        session(setting.opening()),
    ):
        pass


def test_two_machines(setting: Setting) -> None:
    setting.add("d")
    with (
        session(setting.opening("first")),
        pytest.raises(LockedError, match="first runs a wave here until"),
        session(setting.opening("second")),
    ):
        pass


def test_a_lock_that_was_not_given_back_runs_out_but_the_wave_belongs_to_its_journal(
    setting: Setting,
) -> None:
    setting.add("d").world.pass_time(12 * 60)
    with pytest.raises(KeyboardInterrupt), session(setting.opening("first")) as driver:
        driver.preflight()
        raise KeyboardInterrupt
    with pytest.raises(LockedError, match="first runs a wave"), session(setting.opening("second")):
        pass
    setting.world.pass_time(10 * 60)
    with pytest.raises(LockedError, match="begun with another journal"), session(setting.opening("second")):
        pass
    with session(setting.opening("second", take_over=True)):
        pass


def test_who_lost_the_lock_changes_nothing_more(setting: Setting) -> None:
    setting.add("d").world.pass_time(12 * 60)
    with (
        pytest.raises(LostLockError, match="second has taken the lock"),
        session(setting.opening("first")) as driver,
    ):
        driver.preflight()
        setting.world.pass_time(10 * 60)
        with session(setting.opening("second", take_over=True)):
            pass
        driver.advance()
    assert setting.states() == {"d": (False, True)}


def test_a_journal_that_another_one_has_finished_the_wave_after_is_out_of_date(setting: Setting) -> None:
    setting.add("d").world.pass_time(12 * 60)
    setting.with_driver(Driver.preflight)
    setting.world.pass_time(10 * 60)
    assert setting.move(name="second", take_over=True)["d"].state is State.DONE
    with pytest.raises(LockedError, match="begun with another journal, of second"):
        setting.move()
    assert setting.move(take_over=True)["d"].reason == "it runs on green already"
    assert setting.move(name="third", place="new")["d"].state is State.DONE
    assert setting.states() == {"d": (True, False)}


def test_who_lost_the_lock_hears_of_it_even_when_nothing_was_to_be_changed(setting: Setting) -> None:
    setting.add("d")
    with pytest.raises(LostLockError, match="second has taken"), session(setting.opening("first")):
        setting.world.pass_time(10 * 60)
        with session(setting.opening("second", take_over=True)):
            pass


def test_a_plan_that_changed_under_way_stops_the_wave(setting: Setting) -> None:
    setting.add("d")
    setting.with_driver(Driver.preflight)
    changed = replace(setting.plan(), digest="another")
    with pytest.raises(ChangedError, match="d is on its way"), session(setting.opening(plan=changed)):
        pass


def test_a_plan_may_change_while_nothing_is_under_way(setting: Setting) -> None:
    setting.add("d", Kind(None)).move()
    assert setting.move(plan=replace(setting.plan(), digest="another"))["d"].state is State.DONE


def test_an_environment_that_changed_under_way_stops_the_wave(setting: Setting) -> None:
    setting.add("d")
    setting.with_driver(Driver.preflight)
    setting.world.green.version = "3.3.2"
    with pytest.raises(ChangedError, match=r"3\.3\.2"), session(setting.opening()):
        pass


@pytest.mark.parametrize("seconds", [-90, 15])
def test_clocks_that_differ_much_are_refused(setting: Setting, seconds: int) -> None:
    setting.add("d")
    clock = WorldClock(setting.world, timedelta(seconds=-seconds))
    with (
        pytest.raises(UsageError, match="clocks of this machine and of blue differ"),
        session(setting.opening(clock=clock)),
    ):
        pass


def test_the_wrong_environments_are_refused(setting: Setting) -> None:
    opening = setting.add("d").opening()
    with (
        pytest.raises(UsageError, match=r"blue has to be Airflow 2; .* green has to be Airflow 3"),
        session(replace(opening, blue=opening.green, green=opening.blue)),
    ):
        pass


def test_import_errors_from_before_the_wave_are_no_concern(setting: Setting) -> None:
    setting.world.green.errors = (ImportProblem("old.py", "broken"),)
    setting.add("d", Kind("*/5 * * * *")).world.pass_time(7 * 60)
    setting.move()
    assert not setting.steps("", "concern")


def test_an_expected_version_is_not_asked_twice(setting: Setting) -> None:
    """`Refusing` shows that a rehearsal changes nothing: each changing call of the real sides would fail."""
    from airshift.wave.rehearsal import rehearse

    def forbidden(*_: object) -> None:
        raise AssertionError("a rehearsal changes nothing")

    setting.add("d").world.pass_time(12 * 60)
    opening = setting.opening()
    names = ("set_paused", "seed_run", "create_note", "write_note", "delete_note", "backfill")
    answers = dict.fromkeys(names, forbidden)
    found = rehearse(
        replace(opening, blue=Refusing(opening.blue, **answers), green=Refusing(opening.green, **answers))
    )
    assert [f"{call.where} {call.method} {call.path}" for call in found.calls] == [
        "blue PATCH /dags/d",
        "green POST /dags/d/dagRuns",
        "green PATCH /dags/d/dagRuns/migrated__2026-12-01T10:10:00+00:00",
        "green PATCH /dags/d",
    ]
    assert found.progress["d"].state is State.GREEN_UNPAUSED
    assert timedelta(seconds=20) < found.lasts < timedelta(seconds=90)
    assert not opening.journal.exists()


def test_a_wave_of_daily_dags_ends_in_minutes_and_verify_completes_it(setting: Setting) -> None:
    setting.settings = replace(setting.settings, watch=timedelta(minutes=30))
    setting.add("daily", Kind("30 6 * * *")).add("often").world.pass_time(12 * 60)
    setting.wave = replace(setting.plan(), number=7)
    began = setting.world.now
    progress = setting.move()
    assert (setting.world.now - began) < timedelta(minutes=10)
    assert {name: one.state for name, one in progress.items()} == {
        "daily": State.GREEN_UNPAUSED,
        "often": State.DONE,
    }
    reason = "its first run on green is due at 2026-12-02 06:30:00, see airshift wave verify 7"
    assert progress["daily"].reason == reason
    with looking_on(setting.opening()) as driver:
        driver.verify()
        assert driver.progress["daily"].state is State.GREEN_UNPAUSED
    setting.world.pass_time((setting.world.now.replace(hour=6, minute=31) - began).total_seconds() % 86_400)
    with looking_on(setting.opening()) as driver:
        assert driver.verify() == 0
        assert driver.progress["daily"].state is State.DONE
        assert driver.progress["daily"].verified == "scheduled__2026-12-02T06:30:00+00:00"


def test_a_first_run_within_the_watch_is_awaited(setting: Setting) -> None:
    setting.settings = replace(setting.settings, watch=timedelta(minutes=30))
    setting.add("half_hourly", Kind("*/30 * * * *")).world.pass_time(12 * 60)
    assert setting.move()["half_hourly"].state is State.DONE
