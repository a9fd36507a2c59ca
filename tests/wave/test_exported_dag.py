"""The exported DAG does in the simulated world what the engine does, also when it is killed at any of its calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airshift.schedules import Run
from airshift.wave.journal import Entry, Journal
from airshift.wave.markers import short_id
from airshift_dev.wave_faults import Kind
from airshift_dev.wave_world import Killed

from .exported import Change, Exported, Rest
from .setting import Setting

GROUP = {"last": "first"}


def a_setting(folder: Path, **kinds: Kind) -> Setting:
    """A pair of DAGs that belong together, and others as named; some runs have been on blue."""
    setting = Setting(folder)
    setting.add("first", produces=["last"]).add("last", Kind(None))
    for name, kind in kinds.items():
        setting.add(name, kind)
    setting.world.pass_time(12 * 60)
    return setting


Done = dict[str, list[str]]


def ordered(done: list[tuple[str, str, str]]) -> Done:
    """What was done to each DAG, and in which order the DAGs of each group were paused and unpaused."""
    found: Done = {}
    for word, name, text in done:
        found.setdefault(name, []).append(f"{word} {text}")
        if not text.startswith("seed"):
            found.setdefault(f"group of {GROUP.get(name, name)}", []).append(f"{word} {name} {text}")
    return found


def words(changes: list[Change]) -> Done:
    """What an export did."""
    done = []
    for word, method, path, body in changes:
        _, _, name, *more = path.split("/")
        if more and method == "PATCH":
            assert body == {"state": "success"}
            continue
        text = f"seed {body['dag_run_id']}" if more else "pause" if body["is_paused"] else "unpause"
        done.append((word, name, text))
    return ordered(done)


def journalled(calls: list[Entry]) -> Done:
    """What the engine did, by its journal."""
    return ordered(
        [
            (
                one.call.side.value,
                one.call.dag_id,
                f"seed {one.call.key}" if one.call.what == "seed" else one.call.what,
            )
            for one in calls
        ]
    )


def by_engine(setting: Setting, act: Callable[[], object]) -> Done:
    """What the engine does, by its journal."""

    def entries() -> list[Entry]:
        journal = Journal(setting.opening().journal, durable=False)
        try:
            return journal.calls(1)
        finally:
            journal.close()

    before = len(entries())
    act()
    return journalled(entries()[before:])


def check_runs(setting: Setting) -> None:
    """Nothing was ever unpaused on both sides, no tick was done twice, nothing hangs half done."""
    assert setting.world.violations == []
    for name in setting.dags:
        twice = {tick: count for tick, count in setting.world.completed(name).items() if count > 1}
        assert not twice, (name, twice)
    assert setting.world.half_done() == []


KINDS = {
    "single": Kind("*/20 * * * *"),
    "intervals": Kind("*/10 * * * *", intervals=True),
    "hourly": Kind("0 * * * *"),
    "period": Kind("timedelta(minutes=10)", intervals=True),
    "once": Kind("@once"),
}


def test_the_same_calls_in_the_same_order_as_the_engine(tmp_path: Path) -> None:
    ours, theirs = a_setting(tmp_path / "a", **KINDS), a_setting(tmp_path / "b", **KINDS)
    expected = by_engine(ours, ours.move)
    rest = Rest(theirs)
    assert Exported(theirs, rest).move() == []
    assert words(rest.changes) == expected
    assert any("seed" in one for done in expected.values() for one in done)
    for setting in (ours, theirs):
        setting.world.pass_time(31 * 60)
        assert set(setting.states().values()) == {(True, False)}
        check_runs(setting)


def test_and_back(tmp_path: Path) -> None:
    kinds = {**KINDS, "behind": Kind("*/30 * * * *", catchup=True), "exact": Kind("*/30 * * * *", True, True)}
    ours, theirs = a_setting(tmp_path / "a", **kinds), a_setting(tmp_path / "b", **kinds)
    for setting in (ours, theirs):
        setting.move()
        setting.world.pass_time(95 * 60)
        assert set(setting.states().values()) == {(True, False)}
    expected = by_engine(ours, ours.back)
    rest = Rest(theirs)
    assert Exported(theirs, rest).move(rollback=True) == []
    assert words(rest.changes) == expected
    for name in ("behind", "exact"):
        assert sum(one.startswith("blue seed") for one in expected[name]) >= 3
    for setting in (ours, theirs):
        setting.world.pass_time(61 * 60)
        assert set(setting.states().values()) == {(False, True)}
        check_runs(setting)


def test_long_ids_have_short_markers_on_mwaa(tmp_path: Path) -> None:
    name = "a_dag_with_an_id_of_forty_one_characters_"
    setting = a_setting(tmp_path, **{name: Kind("*/30 * * * *"), f"{name}x": Kind("*/30 * * * *")})
    paths: list[str] = []

    class Short(Rest):
        def call(self, word: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
            paths.append(path)
            return super().call(word, method, path, body, **query)

    rest = Short(setting)
    (stayed,) = Exported(setting, rest, ("mwaa:blue", "mwaa:green")).move()
    assert f"{name}x: MWAA takes no path" in stayed and max(map(len, paths)) == 64
    states = setting.states()
    assert states[name] == (True, False) and states[f"{name}x"] == (False, True)
    (marker,) = [run for run in setting.world.green.dags[name].runs.values() if run.marker]
    assert marker.run_id == short_id(marker.run.logical_date)
    setting.world.pass_time(31 * 60)
    check_runs(setting)


@pytest.mark.parametrize("rollback", [False, True])
def test_a_dry_run_changes_nothing(tmp_path: Path, rollback: bool) -> None:
    setting = a_setting(tmp_path)
    if rollback:
        setting.move()
    before = setting.states()
    rest = Rest(setting)
    assert Exported(setting, rest).move(dry_run=True, rollback=rollback) == []
    assert rest.changes == [] and setting.states() == before


def test_a_run_that_freezes_on_green_is_let_go_on(tmp_path: Path) -> None:
    setting = a_setting(tmp_path)
    setting.move()
    green = setting.world.green

    def somebody_triggers(number: int, word: str, effect: Callable[[], None]) -> None:
        effect()
        if number == 1:
            now = setting.world.now
            green.create(green.dags["first"], Run(now, now, now), "manual")

    rest = Rest(setting, somebody_triggers)
    assert Exported(setting, rest).move(rollback=True) == []
    assert words(rest.changes)["first"][:3] == [
        "green pause",
        "green unpause",
        "green pause",
    ]
    setting.world.pass_time(20 * 60)
    check_runs(setting)


def test_what_cannot_go_back_stays_on_green(tmp_path: Path) -> None:
    setting = a_setting(tmp_path, behind=Kind("*/30 * * * *", catchup=True))
    setting.move()
    setting.world.pass_time(11 * 60 * 60)
    rest = Rest(setting)
    assert Exported(setting, rest).move(rollback=True) == [
        "behind: blue would pass over 22 runs: use airshift wave rollback"
    ]
    states = setting.states()
    assert states.pop("behind") == (True, False) and set(states.values()) == {(False, True)}
    setting.world.pass_time(20 * 60)
    check_runs(setting)


def killed(setting: Setting, number: int, *, after: bool, rollback: bool) -> bool:
    """Run it and kill it at a change, before or after its effect; whether there was such a change."""

    def kill(count: int, word: str, effect: Callable[[], None]) -> None:
        if count != number:
            effect()
            return
        if after:
            effect()
        raise Killed

    try:
        Exported(setting, Rest(setting, kill)).move(rollback=rollback)
    except Killed:
        return True
    return False


@pytest.mark.parametrize("then_back", [False, True])
@pytest.mark.parametrize("rollback", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_stopped_anywhere_it_goes_on_or_back(
    tmp_path: Path, after: bool, rollback: bool, then_back: bool
) -> None:
    """`then_back` turns round after the kill, whatever the direction was."""
    number = 0
    while True:
        number += 1
        setting = a_setting(tmp_path / str(number))
        if rollback:
            setting.move()
            setting.world.pass_time(8 * 60)
        if not killed(setting, number, after=after, rollback=rollback):
            break
        setting.world.pass_time(4 * 60)
        onwards = rollback != then_back
        assert Exported(setting, Rest(setting)).move(resume=True, rollback=onwards) == []
        setting.world.pass_time(20 * 60)
        assert set(setting.states().values()) == {(False, True) if onwards else (True, False)}
        check_runs(setting)
    assert number > 4
