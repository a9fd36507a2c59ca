"""What holds for every plan, whatever the estate and the policy."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airshift.errors import UsageError
from airshift.estate.model import EdgeKind
from airshift.plan.capacity import CLASSES
from airshift.plan.coupling import groups, is_hard
from airshift.plan.levels import NORMAL
from airshift.plan.model import Plan, WaveState
from airshift.plan.planner import Estate, State, make_plan
from airshift.plan.policy import Policy
from plan.made_up import Clockwork, edge, estate, member, random_estate, random_policy, rules

INSTANCES = st.integers(0, 10**9)


def instance(seed: int, most: int = 30) -> tuple[Estate, Policy, Clockwork]:
    chance = random.Random(seed)
    dags = chance.randint(1, most)
    one = random_estate(chance, dags, chance.randint(0, dags + 5))
    policy = random_policy(chance, sorted(one.members))
    return one, policy, Clockwork({name: chance.choice((5, 60, 1440)) for name in one.members})


def planned(seed: int) -> tuple[Estate, Policy, Plan]:
    one, policy, times = instance(seed)
    try:
        return one, policy, make_plan(one, policy, times)
    except UsageError:
        policy = replace(policy, pin={})
        return one, policy, make_plan(one, policy, times)


@settings(max_examples=60, deadline=None)
@given(INSTANCES)
def test_every_dag_is_in_exactly_one_wave_or_list_with_reasons(seed: int) -> None:
    one, _, plan = planned(seed)
    placed = [dag.dag_id for wave in plan.waves for dag in wave.dags]
    listed = [dag.dag_id for group in (plan.blocked, plan.retire, plan.excluded) for dag in group]
    assert sorted(placed + listed) == sorted(one.members)
    assert all(dag.reasons for wave in plan.waves for dag in wave.dags)
    assert all(dag.reasons for group in (plan.blocked, plan.retire, plan.excluded) for dag in group)
    assert {dag.dag_id for dag in plan.blocked} >= one.blockers.keys() - {
        dag.dag_id for group in (plan.retire, plan.excluded) for dag in group
    }


@settings(max_examples=60, deadline=None)
@given(INSTANCES)
def test_no_wave_exceeds_its_limits_and_green_its_class(seed: int) -> None:
    one, policy, plan = planned(seed)
    for wave in plan.waves:
        assert len(wave.dags) <= policy.max_dags
        assert sum(one.members[dag.dag_id].minutes for dag in wave.dags) <= policy.max_minutes
    if policy.green_class:
        assert sum(len(wave.dags) for wave in plan.waves) <= CLASSES[policy.green_class].dags
        assert all(wave.load and wave.load.busiest <= (wave.load.task_capacity or 0) for wave in plan.waves)


@settings(max_examples=60, deadline=None)
@given(INSTANCES)
def test_hard_edges_stay_within_a_wave_or_have_a_bridge(seed: int) -> None:
    one, _, plan = planned(seed)
    bridged = {(bridge.source, bridge.target, bridge.kind) for bridge in plan.bridges}
    retired = {dag.dag_id for dag in plan.retire}
    for found in filter(is_hard, one.edges):
        here, there = plan.wave_of.get(found.source), plan.wave_of.get(found.target)
        if here == there or retired & {found.source, found.target}:
            assert (found.source, found.target, found.kind) not in bridged or here != there
        else:
            assert (found.source, found.target, found.kind) in bridged
            assert found.kind is not EdgeKind.SUBDAG


@settings(max_examples=60, deadline=None)
@given(INSTANCES)
def test_coupled_dags_that_fit_into_a_wave_are_in_one(seed: int) -> None:
    one, policy, plan = planned(seed)
    moving = plan.wave_of
    pairs = [
        (found.source, found.target)
        for found in one.edges
        if is_hard(found) and found.source in moving and found.target in moving
    ]
    for together in groups(moving, pairs):
        fits = len(together) <= policy.max_dags
        fits = fits and sum(one.members[name].minutes for name in together) <= policy.max_minutes
        if fits and len({policy.pin[name] for name in together if name in policy.pin}) < 2:
            assert len({moving[name] for name in together}) == 1


@settings(max_examples=60, deadline=None)
@given(INSTANCES)
def test_the_pilot_is_first_small_and_matters_little(seed: int) -> None:
    one, policy, plan = planned(seed)
    pilots = [wave for wave in plan.waves if wave.name == "Pilot"]
    assert pilots == list(plan.waves[:1]) or not pilots
    for wave in pilots:
        pinned = {name for name, number in policy.pin.items() if number == 1}
        chosen = [one.members[dag.dag_id] for dag in wave.dags if "pilot:" in dag.reasons[0]]
        assert 0 < len(chosen) <= policy.pilot_size
        assert all(found.level <= NORMAL and not found.history for found in chosen)
        assert pinned or len(chosen) == len(wave.dags)


@settings(max_examples=50, deadline=None)
@given(INSTANCES)
def test_waves_start_in_order_in_the_calendar_and_outside_freezes_and_absences(seed: int) -> None:
    one, policy, plan = planned(seed)
    window = timedelta(hours=policy.window_hours)
    for wave in plan.waves:
        assert not any(closed.meets(wave.start, wave.start + window) for closed in policy.freeze)
        owners = {owner for dag in wave.dags for owner in one.members[dag.dag_id].owners}
        away = [closed for owner, closed in policy.away if owner in owners]
        assert not any(closed.meets(wave.start, wave.start + window) for closed in away)
        assert wave.start.weekday() in policy.cadence.weekdays
        assert wave.cutover and wave.start <= wave.cutover.start < wave.cutover.end <= wave.start + window
    for first, second in zip(plan.waves, plan.waves[1:], strict=False):
        assert first.number < second.number
        assert second.start.date() - first.start.date() >= timedelta(days=policy.validation_days)
        assert second.start > first.start


@settings(max_examples=25, deadline=None)
@given(INSTANCES)
def test_the_same_input_gives_the_same_plan(seed: int) -> None:
    one, policy, times = instance(seed)
    shuffled = list(one.members)
    random.Random(seed + 1).shuffle(shuffled)
    other = replace(one, members={name: one.members[name] for name in shuffled}, edges=one.edges[::-1])
    try:
        first = make_plan(one, policy, times)
    except UsageError:
        return
    second = make_plan(other, policy, times)
    assert first.waves == second.waves
    assert (first.blocked, first.bridges, first.objective) == (
        second.blocked,
        second.bridges,
        second.objective,
    )


@settings(max_examples=50, deadline=None)
@example(2611768, 2)
@given(INSTANCES, st.integers(0, 3))
def test_an_isolated_dag_that_joins_moves_no_other_dag(seed: int, finished: int) -> None:
    one, policy, plan = planned(seed)
    _, _, times = instance(seed)
    new = random.Random(seed + 2)
    joined = member(
        f"d{new.randint(0, 99):03}_new", level=new.choice((-1, 0, 2)), minutes=new.choice((5, 60))
    )
    grown = replace(one, members={**one.members, joined.dag_id: joined})
    again = make_plan(grown, policy, times, State(plan.waves, finished))
    assert {name: again.wave_of[name] for name in plan.wave_of} == plan.wave_of
    assert joined.dag_id in again.wave_of or joined.dag_id in {dag.dag_id for dag in again.blocked}


@settings(max_examples=50, deadline=None)
@given(INSTANCES, INSTANCES, st.integers(1, 4))
def test_finished_waves_stay_as_they_were(seed: int, other: int, finished: int) -> None:
    one, _, plan = planned(seed)
    chance = random.Random(other)
    changed = random_estate(chance, len(one.members) + 3, len(one.edges))
    policy = replace(random_policy(chance, ()), pilot_size=3)
    done = tuple(replace(w, state=WaveState.FINISHED) for w in plan.waves if w.number <= finished)
    rest = tuple(wave for wave in plan.waves if wave.number > finished)
    again = make_plan(changed, policy, Clockwork({}), State((*done, *rest), finished))
    assert again.waves[: len(done)] == done
    later = [dag.dag_id for wave in again.waves[len(done) :] for dag in wave.dags]
    assert not {dag.dag_id for wave in done for dag in wave.dags} & set(later)
    assert all(wave.number > finished for wave in again.waves[len(done) :])
    for first, second in zip(again.waves, again.waves[1:], strict=False):
        assert first.start < second.start


def test_a_coupled_dag_that_joins_goes_beside_its_partner_and_moves_nobody() -> None:
    members = [member(f"d{n}", minutes=20) for n in range(6)]
    policy = rules(max_dags_per_wave=3, pilot_size=0)
    before = make_plan(estate(*members[:5]), policy, Clockwork({}))
    after = make_plan(estate(*members, edges=[edge("d4", "d5")]), policy, Clockwork({}), State(before.waves))
    assert after.wave_of == {**before.wave_of, "d5": before.wave_of["d4"]}
    full = make_plan(estate(*members, edges=[edge("d0", "d5")]), policy, Clockwork({}), State(before.waves))
    assert {name: full.wave_of[name] for name in before.wave_of} == before.wave_of
    assert [(bridge.source, bridge.target) for bridge in full.bridges] == [("d0", "d5")]


def test_a_trivial_dag_that_joins_a_first_plan_moves_no_other() -> None:
    members = [
        member(f"dag_{n:02}", minutes=20, runs_per_day=1.0, kind="cron", operators=("Bash",))
        for n in range(26)
    ]
    critical = [member(f"paid_{n}", level=2, minutes=20) for n in range(6)]
    joins = [edge("dag_03", "dag_04"), edge("dag_04", "dag_05")]
    policy = rules(max_dags_per_wave=10)
    before = make_plan(estate(*members, *critical, edges=joins), policy, Clockwork({}))
    new = member("new_and_alone", minutes=5, runs_per_day=1.0, kind="cron", operators=("Bash",))
    after = make_plan(estate(*members, *critical, new, edges=joins), policy, Clockwork({}))
    assert {name: after.wave_of[name] for name in before.wave_of} == before.wave_of


def test_an_oversize_group_is_split_where_edges_are_cheapest() -> None:
    names = [f"a{n}" for n in range(4)] + [f"b{n}" for n in range(4)]
    inside = [edge("a0", f"a{n}", EdgeKind.SENSOR) for n in range(1, 4)]
    inside += [edge("b0", f"b{n}", EdgeKind.SENSOR) for n in range(1, 4)]
    plan = make_plan(
        estate(*(member(name) for name in names), edges=[*inside, edge("a3", "b3", EdgeKind.ASSET)]),
        rules(max_dags_per_wave=4, pilot_size=0),
        Clockwork({}),
    )
    assert [(bridge.source, bridge.target, bridge.kind) for bridge in plan.bridges] == [
        ("a3", "b3", EdgeKind.ASSET)
    ]
    assert {len({plan.wave_of[name] for name in names if name[0] == side}) for side in "ab"} == {1}


def test_pins_that_do_not_fit_are_a_usage_error() -> None:
    members = [member(f"d{n}") for n in range(3)]
    with pytest.raises(UsageError, match="pin: wave 1 holds no more than 2 DAGs"):
        make_plan(
            estate(*members),
            rules(max_dags_per_wave=2, pilot_size=0, pin={f"d{n}": 1 for n in range(3)}),
            Clockwork({}),
        )


def test_dags_that_need_their_history_move_after_those_of_their_level_that_do_not() -> None:
    members = [member(f"d{n}", history=n % 2 == 0, minutes=20) for n in range(12)]
    plan = make_plan(estate(*members), rules(max_dags_per_wave=3), Clockwork({}))
    late = [plan.wave_of[one.dag_id] for one in members if one.history]
    assert max(plan.wave_of[one.dag_id] for one in members if not one.history) < min(late)
    reasons = [
        reason
        for wave in plan.waves
        for dag in wave.dags
        if plan.members[dag.dag_id].history
        for reason in dag.reasons
    ]
    assert sum("seed its last run" in reason for reason in reasons) == len(late)


def test_less_critical_dags_move_first() -> None:
    members = [member(f"d{n:02}", level=(n % 4) - 1, minutes=20) for n in range(24)]
    plan = make_plan(estate(*members), rules(max_dags_per_wave=6, pilot_size=0), Clockwork({}))
    assert [sorted({plan.members[dag.dag_id].level for dag in wave.dags}) for wave in plan.waves] == [
        [-1],
        [0],
        [1],
        [2],
    ]
