"""The decision about one DAG, as laws over everything that can be seen, and by example."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.estate.model import Dag
from airshift.schedules import Run, schedule_of
from airshift.targets import Target
from airshift.wave.side import DagState, Interval, RunState
from airshift.wave.states import BETWEEN, Progress, State, Where
from airshift.wave.steps import (
    Gate,
    Move,
    Nothing,
    Rules,
    Seed,
    Seen,
    SetPaused,
    Step,
    TurnBack,
    Wait,
    is_quiet,
    next_step,
)

NOW = datetime(2026, 12, 1, 10, 4, tzinfo=UTC)
TICK = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
PERIOD = timedelta(minutes=10)
DAG = Dag(
    "d", "d.py", 1, schedule="*/10 * * * *", schedule_given=True, start_date="2026-11-01", catchup=False
)
RULES = Rules(schedule_of(DAG, Target("2.10.3"), NOW), schedule_of(DAG, Target("3.3.1"), NOW))
ACTIVE = RunState("d", "scheduled__x", "scheduled", "running", TICK, Interval(TICK, TICK), TICK)
MARKER = RunState("d", "migrated__x", "manual", "queued", TICK, Interval(TICK, TICK), TICK)
DONE = replace(ACTIVE, state="success")


def dag(*, paused: bool, due: datetime | None = TICK + PERIOD, runs: tuple[RunState, ...] = ()) -> DagState:
    interval = None if due is None else Interval(due, due)
    return DagState("d", paused, True, False, due, due, interval, NOW, runs)


moments = st.sampled_from([None, TICK - PERIOD, TICK, TICK + PERIOD, TICK + 2 * PERIOD])
dag_states = st.none() | st.builds(
    dag,
    paused=st.booleans(),
    due=moments,
    runs=st.sampled_from([(), (ACTIVE,), (MARKER,), (ACTIVE, MARKER)]),
)
seen = st.builds(
    Seen,
    at=st.just(NOW),
    blue=dag_states,
    green=dag_states,
    blue_last=st.sampled_from([None, DONE]),
    green_runs=st.sampled_from([(), (ACTIVE,), (DONE,)]),
    problems=st.sampled_from([(), ("no pool",)]),
)
gates = st.builds(Gate, st.booleans(), st.booleans(), st.booleans(), st.booleans())
progress = st.builds(
    Progress,
    dag_id=st.just("d"),
    state=st.sampled_from(State),
    back=st.booleans(),
    blue_last=st.sampled_from([None, Run(TICK, TICK - PERIOD, TICK)]),
    seeded=st.sampled_from([(), ("migrated__x",)]),
    green_done=st.sampled_from([(), (TICK,)]),
)


@given(progress, seen, gates)
def test_a_side_is_unpaused_only_when_the_other_is_seen_paused_and_at_rest(
    one: Progress, now: Seen, gate: Gate
) -> None:
    step = next_step(one, now, gate, RULES)
    if isinstance(step, SetPaused) and not step.paused:
        other = now.green if step.where is Where.BLUE else now.blue
        assert other is not None
        assert other.paused
        thaw = one.state in (State.BLUE_PAUSED, State.GREEN_PAUSED)
        give_back = one.back and step.where is Where.BLUE
        assert thaw or give_back or ACTIVE not in other.active_runs


@given(progress, seen, gates)
def test_runs_are_seeded_only_where_the_dag_is_paused(one: Progress, now: Seen, gate: Gate) -> None:
    step = next_step(one, now, gate, RULES)
    if isinstance(step, Seed):
        side = now.blue if step.where is Where.BLUE else now.green
        assert side is not None
        assert side.paused
        assert step.marker.run_id.startswith("migrated__")


@given(progress, seen, gates)
def test_unpaused_on_both_sides_is_answered_by_pausing_one(one: Progress, now: Seen, gate: Gate) -> None:
    if now.blue is None or now.green is None or now.blue.paused or now.green.paused:
        return
    step = next_step(one, now, gate, RULES)
    assert not (isinstance(step, SetPaused) and not step.paused)
    if one.state in BETWEEN:
        assert isinstance(step, Move | SetPaused | TurnBack), (
            "in a state where it should run nowhere nobody just waits"
        )


@given(progress, seen, gates)
def test_moves_lead_somewhere_else(one: Progress, now: Seen, gate: Gate) -> None:
    step = next_step(one, now, gate, RULES)
    assert not isinstance(step, Move) or step.to is not one.state


@given(progress, seen, gates)
def test_settled_dags_are_left_alone(one: Progress, now: Seen, gate: Gate) -> None:
    if one.state in (State.BLOCKED, State.IDLE, State.ROLLED_BACK):
        assert next_step(one, now, gate, RULES) == Nothing()


def step(state: State, blue: DagState, green: DagState, gate: Gate | None = None, **known: object) -> Step:
    names = ("back", "blue_last", "seeded", "green_done")
    memory: dict[str, Any] = {name: known.pop(name) for name in names if name in known}
    one = replace(Progress("d", state), **memory)
    return next_step(one, Seen(NOW, blue, green, **known), gate or Gate(), RULES)  # type: ignore[arg-type]


RUNS, RESTS = dag(paused=False), dag(paused=True)
LAST = Run(TICK, TICK - PERIOD, TICK)


@pytest.mark.parametrize(
    ("blue", "green", "to"),
    [
        (RUNS, RESTS, State.READY),
        (RESTS, RESTS, State.IDLE),
        (RESTS, RUNS, State.DONE),
        (RUNS, RUNS, State.BLOCKED),
    ],
    ids=["to move", "paused on blue before", "on green before", "unpaused on both"],
)
def test_where_a_dag_begins(blue: DagState, green: DagState, to: State) -> None:
    found = step(State.PLANNED, blue, green)
    assert isinstance(found, Move)
    assert found.to is to


def test_a_run_that_is_due_soon_closes_the_gap() -> None:
    assert is_quiet(dag(paused=False, due=NOW + timedelta(seconds=61)), NOW, timedelta(seconds=60))
    assert not is_quiet(dag(paused=False, due=NOW + timedelta(seconds=60)), NOW, timedelta(seconds=60))
    assert not is_quiet(replace(RUNS, queued_events=1), NOW, timedelta(seconds=60))
    assert is_quiet(dag(paused=False, due=None), NOW, timedelta(seconds=60))


def test_a_frozen_run_is_let_go_on() -> None:
    found = step(State.BLUE_PAUSED, dag(paused=True, runs=(ACTIVE,)), RESTS)
    assert found == SetPaused(Where.BLUE, False, "scheduled__x is frozen: it has to end first")


def test_what_blue_did_last_is_marked_on_green() -> None:
    green = dag(paused=True, due=TICK)
    found = step(State.DRAINED, RESTS, green, blue_last=LAST)
    assert isinstance(found, Seed)
    assert (found.where, found.marker.logical_date, found.marker.run_after) == (Where.GREEN, TICK, TICK)
    after = step(State.DRAINED, RESTS, green, blue_last=LAST, seeded=(found.marker.run_id,))
    assert isinstance(after, Move)
    assert after.to is State.SEEDED


def test_a_run_that_blue_left_out_is_green_s_to_do() -> None:
    found = step(
        State.DRAINED, RESTS, dag(paused=True, due=TICK), blue_last=Run(TICK - PERIOD, TICK, TICK - PERIOD)
    )
    assert isinstance(found, Move)
    assert found.to is State.SEEDED


def test_what_became_due_between_seeding_and_unpausing_is_seeded_too() -> None:
    found = step(State.SEEDED, RESTS, dag(paused=True, due=TICK), blue_last=LAST)
    assert found == Move(State.DRAINED, "more has become due")


def test_nobody_is_unpaused_while_its_group_is_not_ready() -> None:
    found = step(State.SEEDED, RESTS, RESTS, Gate(unpause=False), blue_last=LAST)
    assert isinstance(found, Wait)


def test_on_the_way_back_green_s_runs_are_marked_on_blue() -> None:
    blue = DagState("d", True, True, False, TICK, TICK - PERIOD, Interval(TICK - PERIOD, TICK), NOW)
    found = step(State.GREEN_DRAINED, blue, RESTS, back=True, green_done=(TICK,))
    assert isinstance(found, Seed)
    assert (found.where, found.marker.logical_date) == (Where.BLUE, TICK - PERIOD)


def test_a_period_without_a_pin_turns_back() -> None:
    periodic = replace(DAG, schedule="timedelta(minutes=10)")
    rules = Rules(schedule_of(periodic, Target("2.10.3"), NOW), schedule_of(periodic, Target("3.3.1"), NOW))
    one = Progress("d", State.DRAINED, blue_last=LAST)
    found = next_step(one, Seen(NOW, RESTS, dag(paused=True, due=NOW)), Gate(), rules)
    assert isinstance(found, TurnBack)
    assert "pin its timetable" in found.reason
