"""Shifted minutes: they lower the peak, and touch no DAG whose minute matters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.estate.model import EdgeKind, Task
from airshift.schedules.ticks import following
from airshift.sizing.minutes import minutes_of
from sizing.estates import BASH, dag, edge, sized


def test_dags_of_one_minute_are_spread_over_the_hour() -> None:
    found = sized(*(dag(f"d{n}", tasks=2) for n in range(10)))
    assert max(found.now.tasks) == 20
    assert found.staggered is not None
    assert max(found.staggered.tasks) == 2
    assert len(found.moves) == 9
    assert {move.after.split()[0] for move in found.moves} == {str(minute) for minute in range(1, 10)}
    assert all(move.after.endswith(" 6 * * *") for move in found.moves)


def test_the_answer_is_always_the_same() -> None:
    dags = [dag(f"d{n}", f"{n % 3} * * * *", tasks=n % 4 + 1) for n in range(30)]
    assert sized(*dags).moves == sized(*reversed(dags)).moves


def test_nothing_is_moved_where_nothing_is_won() -> None:
    for dags in ([dag("a", tasks=5)], [dag("a", "0 6 * * *"), dag("b", "30 6 * * *")], [dag("a", None)]):
        found = sized(*dags)
        assert (found.staggered, found.moves) == (None, ())


def kept() -> list[tuple[str, dict[str, object]]]:
    return [
        ("reads_time", {"reads_time": True}),
        ("limited", {"tasks": tuple(Task(f"t{n}", BASH, 1, (("pool", "full"),)) for n in range(9))}),
    ]


@pytest.mark.parametrize(("why", "fields"), kept())
def test_dags_whose_minute_matters_stay(why: str, fields: dict[str, object]) -> None:
    fields.setdefault("tasks", 9)
    found = sized(
        dag("a", **fields),  # type: ignore[arg-type]
        *(dag(f"d{n}", tasks=3) for n in range(5)),
        pools={"full": 4},
    )
    assert "a" not in {move.dag.dag_id for move in found.moves}
    assert found.moves
    assert {reason.name.lower(): count for reason, count in found.kept.items()} == {why: 1}


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        (None, "no_clock"),
        ("timedelta(hours=1)", "no_clock"),
        ("@once", "no_clock"),
        ("5-40 6 * * *", "minutes"),
        ("*/7 6 * * *", "minutes"),
        ("* 6 * * *", "minutes"),
        ("CronTriggerTimetable('0 6 * * *', timezone='UTC')", "minutes"),
    ],
)
def test_schedules_without_plain_minutes_stay(schedule: str | None, why: str) -> None:
    found = sized(dag("a", schedule), *(dag(f"d{n}") for n in range(4)))
    assert {reason.name.lower(): count for reason, count in found.kept.items()} == {why: 1}
    assert "a" not in {move.dag.dag_id for move in found.moves}


@pytest.mark.parametrize("kind", [EdgeKind.SENSOR, EdgeKind.MARKER, EdgeKind.API])
def test_dags_that_wait_for_each_other_stay(kind: EdgeKind) -> None:
    others = [dag(f"d{n}") for n in range(4)]
    found = sized(dag("a"), dag("b"), *others, edges=(edge("a", "b", kind),))
    assert {move.dag.dag_id for move in found.moves} <= {f"d{n}" for n in range(4)}
    assert {reason.name.lower(): count for reason, count in found.kept.items()} == {"coupled": 2}


def test_a_sensor_on_a_dag_elsewhere_keeps_its_own_dag() -> None:
    found = sized(dag("a"), *(dag(f"d{n}") for n in range(4)), edges=(edge("far", "a", EdgeKind.SENSOR),))
    assert "a" not in {move.dag.dag_id for move in found.moves}


def test_uncertain_edges_couple_as_well() -> None:
    found = sized(dag("a"), dag("b"), dag("c"), edges=(edge("a", "b", certain=False),))
    assert {move.dag.dag_id for move in found.moves} <= {"c"}


def test_what_a_dag_triggers_moves_along() -> None:
    dags = [dag("a", tasks=2), dag("b", None, tasks=2), *(dag(f"d{n}", tasks=2) for n in range(4))]
    found = sized(*dags, edges=(edge("a", "b"),))
    along = {move.dag.dag_id: move.along for move in found.moves}
    assert all(names == (("b",) if name == "a" else ()) for name, names in along.items())
    assert found.staggered is not None
    assert max(found.staggered.tasks) == 2


def test_dags_to_keep_are_named_by_patterns() -> None:
    dags = [dag("pay_a"), dag("pay_b"), dag("c"), dag("d")]
    assert {move.dag.dag_id for move in sized(*dags, keep=("pay_*",)).moves} <= {"c", "d"}
    assert sized(*dags, keep=("*",)).moves == ()
    assert sized(*dags, wants_staggering=False).moves == ()


def test_a_shift_never_leaves_the_day_that_ds_is_made_of() -> None:
    """05:45 in India is 00:15 UTC: half an hour earlier would be another day."""
    zone = "pendulum.datetime(2026, 1, 1, tz='Asia/Kolkata')"
    dags = [replace(dag(f"d{n:02}", "35 5 * * *"), start_date=zone) for n in range(40)]
    found = sized(*dags)
    assert found.staggered is not None
    assert max(found.staggered.tasks) == 2
    assert all(int(move.after.split()[0]) >= 30 for move in found.moves)


@pytest.mark.parametrize(
    ("schedule", "by", "expected"),
    [
        ("@daily", 7, "7 0 * * *"),
        ("@hourly", 59, "59 * * * *"),
        ("0,30 1 * * 1-5", 4, "4,34 1 * * 1-5"),
        ("*/15 * * * *", 3, "3-59/15 * * * *"),
        ("59 23 * * *", -59, "0 23 * * *"),
    ],
)
def test_the_minutes_of_a_cron_are_rewritten(schedule: str, by: int, expected: str) -> None:
    minutes = minutes_of(schedule)
    assert minutes is not None
    assert by in set(minutes.shifts())
    assert minutes.shifted(by) == expected


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["*/5", "*/15", "*/20", "*/30", "0", "7", "59", "0,30", "5,10,50"]), st.data())
def test_a_shifted_cron_ticks_as_before_by_so_many_minutes(field: str, data: st.DataObject) -> None:
    from datetime import datetime, timedelta

    minutes = minutes_of(f"{field} 3-5 * * *")
    assert minutes is not None
    by = data.draw(st.sampled_from(list(minutes.shifts())))
    old = new = datetime(2026, 11, 23)
    for _ in range(40):
        old, new = following(f"{field} 3-5 * * *", old), following(minutes.shifted(by), new)
        assert new - old == timedelta(minutes=by)


SCHEDULES = st.sampled_from(
    ["0 * * * *", "*/15 * * * *", "0 6 * * *", "30 6 * * *", "*/5 * * * *", "@daily", "@hourly", None]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SCHEDULES, st.integers(1, 6), st.booleans()), min_size=1, max_size=12))
def test_the_peak_never_rises_and_fixed_dags_are_never_moved(
    estate: list[tuple[str | None, int, bool]],
) -> None:
    dags = [
        dag(f"d{n}", schedule, tasks=tasks, reads_time=fixed)
        for n, (schedule, tasks, fixed) in enumerate(estate)
    ]
    found = sized(*dags)
    assert not {move.dag.dag_id for move in found.moves} & {one.dag_id for one in dags if one.reads_time}
    if found.staggered is not None:
        assert max(found.staggered.tasks) < max(found.now.tasks)
        assert sum(found.staggered.tasks) == sum(found.now.tasks)
