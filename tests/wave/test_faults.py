"""Waves in the simulated world while everything goes wrong that can."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from airshift.wave import changing
from airshift_dev.wave_faults import Outcome, killed_at_each_call, schedules

SEEDS = 2000
PORTIONS = 20
EACH = SEEDS // PORTIONS


def faulty(outcomes: list[Outcome]) -> list[str]:
    return [f"seed {one.seed}: {'; '.join(one.violations[:3])}" for one in outcomes if one.violations]


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_no_fault_schedule_breaks_the_invariant(portion: int) -> None:
    outcomes = list(schedules(EACH, portion * EACH))
    assert not faulty(outcomes)
    counts: Counter[str] = sum((one.counts for one in outcomes), Counter())
    states: Counter[str] = sum((one.states for one in outcomes), Counter())
    assert counts["kills"] > 30
    assert counts["timeout after effect"] + counts["timeout with late effect"] + counts["5xx"] > 20
    assert states["done"] > 20
    assert states["rolled_back"] > 20


@pytest.mark.parametrize("seed", [0, 3])
def test_killed_at_each_single_call_before_and_after_its_effect(seed: int) -> None:
    outcomes = list(killed_at_each_call(seed))
    assert not faulty(outcomes)
    assert len(outcomes) > 100
    assert sum(one.counts["kills"] for one in outcomes) == len(outcomes)


def test_without_the_guard_the_world_sees_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tests above can fail: with the guard and the waiting taken out, violations come up."""
    monkeypatch.setattr(changing.Changing, "_objection", lambda self, dag_id, other: "")
    monkeypatch.setattr(changing.Changing, "readable_from", lambda self, dag_id: None)
    assert faulty(list(schedules(150)))


def test_a_schedule_is_the_same_each_time(tmp_path: Path) -> None:
    first, again = (list(schedules(6, 40)) for _ in range(2))
    assert [one.events for one in first] == [one.events for one in again]
