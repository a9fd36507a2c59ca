"""Waves in the simulated world while everything goes wrong that can.

The figures of all 2,000 schedules and of every single call: `python -m airshift_dev.wave_faults --each-call`. Each test
prints its share of them (`pytest -rP`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from airshift.wave import changing, driver, journal, seeding, steps
from airshift.wave.changing import Changing
from airshift.wave.settings import Settings
from airshift.wave.states import State, Where
from airshift_dev.wave_failing import KILLS
from airshift_dev.wave_faults import KINDS, Kind, Outcome, killed_at_each_call, schedules, table

from .setting import Setting

SEEDS = 2000
PORTIONS = 40
EACH = SEEDS // PORTIONS


def faulty(outcomes: list[Outcome]) -> list[str]:
    return [f"seed {one.seed}: {'; '.join(one.violations[:3])}" for one in outcomes if one.violations]


def show(outcomes: list[Outcome], began: float) -> None:
    print("\n".join(table(outcomes, process_time() - began)))


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_no_fault_schedule_breaks_the_invariant(portion: int) -> None:
    began = process_time()
    outcomes = list(schedules(EACH, portion * EACH))
    show(outcomes, began)
    assert not faulty(outcomes)
    counts: Counter[str] = sum((one.counts + one.states for one in outcomes), Counter())
    for name, least in LEAST.items():
        assert counts[name] >= least, name


LEAST = {
    "kills before effect": 2,
    "kills after effect": 2,
    "kills before late effect": 2,
    "timeout after effect": 10,
    "timeout with late effect": 10,
    "5xx": 10,
    "409": 1,
    "429": 40,
    "failed readings": 50,
    "second operators": 1,
    "done": 20,
    "rolled_back": 20,
}
"""What each portion has seen of everything at the least; skewed clocks and old readings come without being counted."""


@pytest.mark.parametrize("back", [False, True], ids=["forward", "back"])
@pytest.mark.parametrize("how", KILLS)
@pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.schedule)
def test_killed_at_each_single_call(kind: Kind, how: str, back: bool) -> None:
    began = process_time()
    outcomes = list(killed_at_each_call(kind, how, back=back))
    show(outcomes, began)
    assert not faulty(outcomes)
    counts: Counter[str] = sum((one.counts + one.states for one in outcomes), Counter())
    assert counts["kills"] == len(outcomes) >= 80
    assert counts["rolled_back" if back else "done"] == len(outcomes)


def forget(
    self: journal.Journal,
    wave: int,
    call: journal.Call,
    who: str,
    at: Any,
    begin: Any = journal.Journal.begin,
) -> int:
    """What is written ahead is not remembered as something that may have had its effect."""
    number: int = begin(self, wave, call, who, at)
    self.end(number, journal.Outcome.REFUSED, at)
    return number


def hasty(progress: Any, seen: Any, *rest: Any, plain: Any = steps.next_step) -> Any:
    """Green is unpaused while blue still runs."""
    if progress.state is State.GAP and seen.green.paused:
        return steps.SetPaused(Where.GREEN, False, "at once")
    return plain(progress, seen, *rest)


Change = tuple[object, str, Callable[..., Any]]
NO_OBJECTION: Change = (Changing, "_objection", lambda self, dag_id, other: "")
MUTANTS: dict[str, tuple[tuple[Change, ...], str]] = {
    "without what was written ahead": (((journal.Journal, "begin", forget),), "paused on both sides"),
    "reading right after a change": (
        (NO_OBJECTION, (Changing, "readable_from", lambda self, dag_id: None)),
        "paused on both sides",
    ),
    "without asking the other side": (((driver, "next_step", hasty), NO_OBJECTION), "unpaused on both sides"),
    "without draining": (
        ((steps, "own_runs", lambda dag: ()), (changing, "own_runs", lambda dag: ())),
        "half done",
    ),
    "without marker runs": (((steps, "seeding", lambda *_: seeding.Seeds((), "")),), "was done 2 times"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_an_engine_with_a_guard_less_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above can fail."""
    changes, expected = MUTANTS[name]
    for where, attribute, value in changes:
        monkeypatch.setattr(where, attribute, value)
    outcomes = (
        killed_at_each_call(KINDS[0], "before late", back=True) if name in AT_EACH_CALL else schedules(12)
    )
    assert any(expected in text for text in faulty(list(outcomes)))


AT_EACH_CALL = ("without what was written ahead", "reading right after a change")


def test_the_other_side_is_asked_before_each_unpause(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The guard holds alone: an engine that decides wrongly, too, unpauses nothing while the other side runs."""
    monkeypatch.setattr(driver, "next_step", hasty)
    setting = Setting(tmp_path, settings=Settings(patience=timedelta(minutes=1))).add("d")
    setting.move()
    assert setting.steps("d", "problem")[0] == "problem unpause on green: it is unpaused on blue"
    assert not setting.world.violations


def test_a_schedule_is_the_same_each_time() -> None:
    first, again = (list(schedules(6, 40)) for _ in range(2))
    assert [one.events for one in first] == [one.events for one in again]
