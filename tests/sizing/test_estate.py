"""From DAGs to load: schedules, what other DAGs start, waiting modes, durations, limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest

from airshift.errors import UsageError
from airshift.estate.model import EdgeKind, LiveFacts, Task, Unknown
from airshift.plan.overrides import COLUMNS
from airshift.sizing.durations import Assumptions, Durations, read_durations
from airshift.sizing.environment import Environment
from airshift.sizing.jobs import work_of
from airshift.sizing.model import Flow, Step
from airshift.sizing.pools import read_pools
from airshift.sizing.shape import shape_of
from sizing.estates import BASH, dag, edge, sized

S3 = "airflow.providers.amazon.aws.sensors.s3.S3KeySensor"


def busy(tasks: tuple[int, ...]) -> list[tuple[int, int]]:
    """Minutes and levels of the first day in which something runs."""
    return [(minute, level) for minute, level in enumerate(tasks[:1440]) if level]


def steps(operator: str, seconds: float = 300, **settings: object) -> tuple[Step, ...]:
    one = dag("d", tasks=(Task("t", operator, 1, tuple(settings.items())),))  # type: ignore[arg-type]
    return work_of(one, Durations(tasks={("d", "t"): seconds}), Assumptions()).jobs[0].steps


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (steps(BASH), (Step(5),)),
        (steps(BASH, 301), (Step(6),)),
        (steps(BASH, 0), (Step(1),)),
        (steps(S3), (Step(5),)),
        (steps(S3, mode="poke"), (Step(5),)),
        (steps(S3, deferrable=True), (Step(1, 5), Step(1))),
        (steps("x.DateTimeSensorAsync"), (Step(1, 5), Step(1))),
        (steps(S3, mode="reschedule"), (Step(1, 0),) * 5 + (Step(1),)),
        (steps(S3, mode="reschedule", poke_interval=120), (Step(1, 1),) * 3 + (Step(1),)),
        (
            steps(S3, mode="reschedule", poke_interval=Unknown("timedelta(minutes=5)")),
            (Step(1, 4), Step(1)),
        ),
        (steps(BASH, mode="reschedule"), (Step(5),)),
        (steps(S3, mode="reschedule", poke_interval=Unknown("wait()")), (Step(1, 0),) * 5 + (Step(1),)),
    ],
)
def test_waiting_holds_a_worker_as_its_mode_says(found: tuple[Step, ...], expected: tuple[Step, ...]) -> None:
    assert found == expected


def test_tasks_without_work_are_stepped_over() -> None:
    names = ("start", "a", "join", "b")
    tasks = tuple(
        Task(name, "airflow.operators.empty.EmptyOperator" if name in ("start", "join") else BASH, 1)
        for name in names
    )
    edges = (("start", "a"), ("a", "join"), ("join", "b"))
    jobs = work_of(dag("d", tasks=tasks, task_edges=edges), Durations(), Assumptions()).jobs
    assert [(job.task_id, job.after) for job in jobs] == [("a", ()), ("b", (0,))]


def test_a_known_run_stretches_the_tasks_nobody_knows() -> None:
    one = dag("d", tasks=3, task_edges=(("t0", "t1"), ("t1", "t2")))
    known = Durations({"d": 1800}, {("d", "t0"): 60})
    lengths = [job.steps[0].hold for job in work_of(one, known, Assumptions()).jobs]
    assert lengths == [1, 10, 10]
    assert shape_of(Flow("d", (0,), work_of(one, Durations({"d": 1800}), Assumptions()).jobs)).length == 30


def test_a_live_airflow_knows_durations_and_who_is_paused() -> None:
    slow = replace(dag("slow"), live=LiveFacts("slow", durations=(600.0, 1200.0, 6000.0)))
    paused = replace(dag("paused"), live=LiveFacts("paused", is_paused=True))
    found = sized(slow, paused)
    assert busy(found.now.tasks) == [(minute, 1) for minute in range(360, 380)]
    assert found.estate.origins == {"live": 1, "assumed": 1}
    assert any("paused" in note for note in found.estate.notes)


def test_a_triggered_dag_starts_when_the_trigger_has_run() -> None:
    first = dag("first", tasks=2, task_edges=(("t0", "t1"),))
    second = dag("second", schedule=None)
    found = sized(first, second, edges=(edge("first", "second", via="t0"),))
    assert busy(found.now.tasks) == [(360, 1), (361, 2)]


def test_an_asset_consumer_waits_for_each_of_its_assets() -> None:
    assets = [dag("a", "0 6 * * *"), dag("b", "0 8 * * *"), dag("c", "[Dataset('x'), Dataset('y')]")]
    edges = tuple(edge(source, "c", EdgeKind.ASSET, via) for source, via in (("a", "x"), ("b", "y")))
    assert busy(sized(*assets, edges=edges).now.tasks) == [(360, 1), (480, 1), (481, 1)]
    assets[2] = replace(assets[2], schedule="Dataset('x') | Dataset('y')")
    assert busy(sized(*assets, edges=edges).now.tasks) == [(360, 1), (361, 1), (480, 1), (481, 1)]


def test_dags_that_start_each_other_do_not_hang() -> None:
    edges = (edge("a", "b"), edge("b", "a"))
    found = sized(dag("a"), dag("b", None), edges=edges)
    assert busy(found.now.tasks) == [(360, 1), (361, 1), (362, 1)]
    assert any("circle" in note for note in found.estate.notes)


def test_runs_of_the_evening_before_are_still_there_on_monday() -> None:
    found = sized(dag("night", "0 23 * * *"), durations=Durations({"night": 3 * 3600.0}))
    assert busy(found.now.tasks)[:1] == [(0, 1)]
    assert found.estate.lead == 1440
    assert sized(dag("long"), durations=Durations({"long": 2 * 86_400.0})).estate.lead == 2 * 1440


def test_continuous_runs_one_after_the_other() -> None:
    found = sized(dag("loop", "@continuous", tasks=2, task_edges=(("t0", "t1"),)))
    assert set(found.now.tasks) == {1}


def test_what_only_the_code_knows_is_said_and_counts_nothing() -> None:
    found = sized(dag("odd", Unknown("pick()")), dag("even"))  # type: ignore[arg-type]
    assert max(found.now.tasks) == 1
    assert any("known only when the code runs" in note and "odd" in note for note in found.estate.notes)


def limited() -> Iterator[object]:
    wide = dag("d", tasks=20)
    yield pytest.param(wide, {}, 16, id="max_active_tasks is 16 where nobody sets it")
    yield pytest.param(replace(wide, settings=(("max_active_tasks", 3),)), {}, 3, id="of the DAG")
    yield pytest.param(replace(wide, settings=(("concurrency", 4),)), {}, 4, id="by its old name")
    yield pytest.param(wide, {"environment": Environment(most_tasks=18)}, 18, id="of the environment")
    yield pytest.param(
        wide, {"environment": Environment(parallelism=4, schedulers=2)}, 8, id="parallelism of each scheduler"
    )
    yield pytest.param(wide, {"environment": Environment(default_pool=5)}, 5, id="default pool")
    yield pytest.param(
        replace(wide, settings=(("max_active_tasks", Unknown("n")),)), {}, 16, id="not known: the default"
    )
    pooled = tuple(Task(f"t{n}", BASH, 1, (("pool", "p"), ("pool_slots", 2))) for n in range(20))
    yield pytest.param(dag("d", tasks=pooled), {"pools": {"p": 8}}, 4, id="pool slots")
    yield pytest.param(dag("d", tasks=pooled), {"pools": {"q": 8}}, 16, id="another pool")


@pytest.mark.parametrize(("one", "question", "expected"), list(limited()))
def test_limits_hold_the_peak_down(one: object, question: dict[str, object], expected: int) -> None:
    assert max(sized(one, **question).now.tasks) == expected  # type: ignore[arg-type]


def test_durations_come_from_a_plain_table_or_from_the_overrides_of_plan() -> None:
    found = read_durations("dag_id,task_id,seconds\nd,,120\nd,t,30\ne,,\n", "d.csv")
    assert (found.runs, found.tasks) == ({"d": 120.0}, {("d", "t"): 30.0})
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerow({"dag_id": "d", "duration_minutes": "45", "wave": "2"})
    assert read_durations(text.getvalue(), "o.csv").runs == {"d": 2700.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("task_id,seconds\n", "needs the columns"),
        ("dag_id\nd\n", "needs the columns"),
        ("dag_id,seconds,colour\n", "unknown column colour"),
        ("dag_id,seconds\nd,soon\n", "d.csv:2: seconds soon is no number"),
        ("dag_id,seconds\nd,-1\n", "between 0 and a week"),
        ("dag_id,seconds\nd,nan\n", "between 0 and a week"),
        ("dag_id,seconds\n,5\n", "dag_id is empty"),
    ],
)
def test_a_wrong_table_is_refused_with_its_row(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        read_durations(text, "d.csv")


@pytest.mark.parametrize(
    "text",
    [
        '{"p": {"slots": 5, "description": ""}, "free": {"slots": -1}}',
        '{"pools": [{"name": "p", "slots": 5}, {"name": "free", "slots": -1}]}',
        '[{"pool": "p", "slots": 5}]',
    ],
)
def test_pools_are_read_as_airflow_prints_them(text: str) -> None:
    assert read_pools(text, "pools.json") == {"p": 5}


@pytest.mark.parametrize("text", ["", "[1]", '{"p": 5}', '[{"name": "p"}]'])
def test_what_is_no_list_of_pools_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"pools\.json"):
        read_pools(text, "pools.json")
