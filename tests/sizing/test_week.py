"""The week's load equals what counting minute by minute gives, and every limit is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.sizing.model import Flow, Job, Limits, Step
from airshift.sizing.shape import shape_of
from airshift.sizing.week import load_of
from sizing.naive import count

HORIZON = 90
STEPS = st.lists(st.builds(Step, st.integers(1, 7), st.integers(0, 4)), min_size=1, max_size=3).map(tuple)


@st.composite
def flows(draw: st.DrawFn, key: str) -> Flow:
    jobs = []
    for place in range(draw(st.integers(1, 4))):
        after = draw(st.sets(st.integers(0, place - 1))) if place else set()
        pool = draw(st.sampled_from(["default_pool", "a", "b"]))
        most = draw(st.sampled_from([None, None, None, 1, 2]))
        slots = draw(st.integers(1, 2))
        jobs.append(Job(f"t{place}", draw(STEPS), tuple(sorted(after)), pool, slots, most))
    every = draw(st.integers(1, 40))
    ticks = tuple(range(draw(st.integers(0, 30)), HORIZON, every))[:12]
    return Flow(
        key, ticks, tuple(jobs), draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.booleans())
    )


ESTATES = st.integers(1, 5).flatmap(lambda size: st.tuples(*(flows(f"d{n}") for n in range(size))))
LIMITS = st.builds(
    Limits,
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 6)),
    st.none() | st.integers(1, 12),
)


@settings(max_examples=400, deadline=None)
@given(ESTATES, LIMITS)
def test_the_load_is_the_brute_force_count(estate: tuple[Flow, ...], limits: Limits) -> None:
    assert list(load_of(estate, limits, HORIZON).tasks) == count(estate, limits, HORIZON)


@settings(max_examples=100, deadline=None)
@given(ESTATES)
def test_without_limits_it_is_the_sum_of_the_runs(estate: tuple[Flow, ...]) -> None:
    free = [
        Flow(one.key, one.ticks, tuple(Job(j.task_id, j.steps, j.after) for j in one.jobs), 999, 999)
        for one in estate
    ]
    load = load_of(free, Limits(), HORIZON)
    assert load.held_back == frozenset()
    assert list(load.tasks) == count(free, Limits(), HORIZON)


def one(minutes: int, **settings: object) -> Job:
    return Job("t", (Step(minutes),), **settings)  # type: ignore[arg-type]


def peak(*estate: Flow) -> int:
    return max(load_of(estate, Limits(), HORIZON).tasks)


def test_runs_that_overlap_add_up_until_max_active_runs() -> None:
    assert peak(Flow("d", (0, 1, 2, 3), (one(10),))) == 4
    assert peak(Flow("d", (0, 1, 2, 3), (one(10),), most_runs=2)) == 2


def test_max_active_tasks_counts_over_runs_on_airflow_2_and_in_each_run_on_3() -> None:
    jobs = (one(10), one(10))
    assert peak(Flow("d", (0, 1), jobs, most_tasks=2)) == 2
    assert peak(Flow("d", (0, 1), jobs, most_tasks=2, tasks_by_run=True)) == 4


@pytest.mark.parametrize(
    ("limits", "expected", "held"),
    [
        (Limits(), 6, 0),
        (Limits({"p": 2}), 4, 2),
        (Limits({"p": 4}), 6, 0),
        (Limits({"q": 1}), 6, 0),
        (Limits(parallelism=3), 3, 3),
        (Limits(parallelism=6), 6, 0),
    ],
)
def test_only_flows_that_share_an_exceeded_limit_are_held_back(
    limits: Limits, expected: int, held: int
) -> None:
    estate = [
        Flow("a", (0,), (one(5, pool="p"), one(5, pool="p"))),
        Flow("b", (0,), (one(5, pool="p"), one(5, pool="p"))),
        Flow("c", (0,), (one(5), one(5))),
    ]
    load = load_of(estate, limits, HORIZON)
    assert (max(load.tasks), len(load.held_back)) == (expected, held)
    assert load.full_pools == (("p",) if limits.pools.get("p") == 2 else ())


def test_a_full_pool_makes_the_next_pool_wait_too() -> None:
    """Holding back the first tasks moves later ones onto each other; that has to be seen as well."""
    early, late = one(5, pool="p"), Job("u", (Step(5),), (0,), "q")
    estate = [Flow(key, (tick,), (early, late)) for key, tick in (("a", 0), ("b", 0))]
    estate.append(Flow("c", (8,), (one(9, pool="q"),)))
    limits = Limits({"p": 1, "q": 1})
    assert list(load_of(estate, limits, HORIZON).tasks) == count(estate, limits, HORIZON)


def test_a_task_that_never_fits_blocks_its_runs_only() -> None:
    stuck = Flow("a", (0, 5), (one(3, pool="p", slots=3), one(1)), most_runs=1)
    assert load_of([stuck, Flow("b", (9,), (one(2),))], Limits({"p": 2}), 12).tasks == (
        1, *[0] * 8, 1, 1, 0,
    )  # fmt: skip


@pytest.mark.parametrize(("length", "expected"), [(1, 1), (59, 1), (60, 1), (61, 2)])
def test_a_run_that_ends_when_the_next_begins_does_not_count_twice(length: int, expected: int) -> None:
    assert peak(Flow("d", (0, 60), (one(length),))) == expected


def test_a_shape_has_holds_and_pauses_in_order() -> None:
    jobs = (Job("w", (Step(1, 9), Step(1))), Job("t", (Step(3),), (0,)))
    shape = shape_of(Flow("d", (0,), jobs))
    assert shape.tasks == {0: 1, 1: -1, 10: 1, 11: 0, 14: -1}
    assert (shape.ends, shape.length) == ((11, 14), 14)


def test_what_never_runs_has_no_load() -> None:
    assert load_of([Flow("a", (), (one(3),)), Flow("b", (0,), ())], Limits(), 5).tasks == (0,) * 5
