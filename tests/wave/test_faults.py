"""Waves in the simulated world while everything goes wrong that can."""

from __future__ import annotations

from collections import Counter

import pytest

from airshift.wave import changing, seeding, steps
from airshift_dev.wave_faults import KINDS, Kind, Outcome, killed_at_each_call, schedules

SEEDS = 2000
PORTIONS = 40
EACH = SEEDS // PORTIONS


def faulty(outcomes: list[Outcome]) -> list[str]:
    return [f"seed {one.seed}: {'; '.join(one.violations[:3])}" for one in outcomes if one.violations]


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_no_fault_schedule_breaks_the_invariant(portion: int) -> None:
    outcomes = list(schedules(EACH, portion * EACH))
    assert not faulty(outcomes)
    counts: Counter[str] = sum((one.counts + one.states for one in outcomes), Counter())
    assert counts["kills"] > 30
    assert counts["timeout after effect"] + counts["timeout with late effect"] + counts["5xx"] > 20
    assert min(counts["done"], counts["rolled_back"]) > 20


@pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.schedule)
def test_killed_at_each_single_call_before_and_after_its_effect(kind: Kind) -> None:
    outcomes = list(killed_at_each_call(kind))
    assert not faulty(outcomes)
    assert len(outcomes) > 100
    assert sum(one.counts["kills"] for one in outcomes) == len(outcomes)


def test_without_waiting_for_late_effects_the_world_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above can fail: once readings are trusted right after a change, DAGs are left where nobody runs them."""
    monkeypatch.setattr(changing.Changing, "_objection", lambda self, dag_id, other: "")
    monkeypatch.setattr(changing.Changing, "readable_from", lambda self, dag_id: None)
    found = [text for seed in (71, 92) for text in faulty(list(schedules(1, seed)))]
    assert any("paused on both sides" in text for text in found)


def test_without_marker_runs_the_world_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "seeding", lambda *_: seeding.Seeds((), "nothing is seeded"))
    assert any("was done 2 times" in text for text in faulty(list(schedules(10))))


def test_a_schedule_is_the_same_each_time() -> None:
    first, again = (list(schedules(6, 40)) for _ in range(2))
    assert [one.events for one in first] == [one.events for one in again]
