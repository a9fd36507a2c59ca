"""What is said about green after a move, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.errors import UsageError
from airshift.settings import Table
from airshift.wave.side import (
    ExpectedRun,
    Health,
    ImportProblem,
    Interval,
    Observations,
    RunState,
    WatchedDag,
)
from airshift.wave.watch import Thresholds, Trouble, judge, read_thresholds

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALIVE = Health(True, NOW - timedelta(seconds=5), True)


def tick(hour: int) -> datetime:
    return datetime(2026, 11, 21, hour, tzinfo=UTC)


def run(hour: int, state: str = "success", run_type: str = "scheduled", run_id: str = "") -> RunState:
    due = tick(hour)
    return RunState(
        "orders", run_id or f"{run_type}__{hour}", run_type, state, due, Interval(due, due), due, due, due
    )


def watched(*runs: RunState, hours: tuple[int, ...] = (9, 10, 11, 12), **more: object) -> WatchedDag:
    expected = tuple(ExpectedRun(tick(hour), tick(hour)) for hour in hours)
    return replace(WatchedDag("orders", tick(8), expected, runs), **more)


def seen(dag: WatchedDag | None = None, **more: object) -> Observations:
    dags = (dag,) if dag is not None else ()
    return replace(Observations(NOW, dags, health=ALIVE), **more)


def troubles(observations: Observations, thresholds: Thresholds | None = None) -> list[Trouble]:
    return [concern.trouble for concern in judge(observations, thresholds or Thresholds())]


GOOD = (run(9), run(10), run(11), run(12, "running"))


@pytest.mark.parametrize(
    "observations",
    [
        seen(),
        seen(watched(*GOOD)),
        seen(watched(*GOOD[:3])),
        seen(watched(*GOOD[:2], run(11, "failed"), GOOD[3])),
        seen(watched(*GOOD, run(10, run_type="manual"))),
        seen(watched(*GOOD, hours=(9,), exact=False)),
        seen(watched(*GOOD), import_errors=(ImportProblem("old.py"),), known_import_errors=(ImportProblem("old.py"),)),
        seen(watched(*GOOD, blue_runs=(run(7), run(8), run(9, run_type="manual")))),
        seen(
            watched(
                *(run(hour, "failed") for hour in (9, 10)), run(11), run(12), blue_runs=(run(6, "failed"), run(7, "failed"), run(8))
            )
        ),
        seen(watched(hours=())),
        seen(health=Health(True, NOW - timedelta(seconds=90))),
        seen(health=Health(True)),
    ],
    ids=[
        "nothing is watched",
        "every run is there",
        "the run that is due just now has some grace",
        "one failed run is no trend",
        "runs by hand are nobody's concern",
        "an unreadable schedule expects nothing",
        "import errors from before",
        "blue's runs were earlier",
        "as many failures as on blue",
        "no clock starts it",
        "a heartbeat that may be that old",
        "a health without times",
    ],
)  # fmt: skip
def test_nothing_is_wrong(observations: Observations) -> None:
    assert judge(observations, Thresholds()) == ()


@pytest.mark.parametrize(
    ("observations", "trouble", "words"),
    [
        (seen(watched(*GOOD[:2], run(11, "failed"), run(12, "failed"))), Trouble.FAILURES, "2 of 4 runs failed"),
        (seen(watched(GOOD[0], *GOOD[2:])), Trouble.MISSING, "no run for 2026-11-21 10:00:00"),
        (seen(watched(*GOOD, run(10, run_id="again"))), Trouble.DUPLICATE, "two runs for 2026-11-21 10:00:00"),
        (seen(watched(*GOOD, blue_runs=(run(9, run_id="theirs"),))), Trouble.DUPLICATE, "on blue (theirs)"),
        (seen(watched(*GOOD, run(7))), Trouble.UNEXPECTED, "scheduled__7"),
        (seen(watched(run(11, "running"), hours=(11,))), Trouble.DEADLINE, "is running, after 30 minutes"),
        (seen(watched(run(11, "failed"), hours=(11,))), Trouble.DEADLINE, "is failed, after 30 minutes"),
        (seen(watched(*GOOD, import_error=True)), Trouble.IMPORT_ERROR, "cannot parse"),
        (seen(import_errors=(ImportProblem("new.py", "NameError: x"),)), Trouble.IMPORT_ERROR, "new.py: NameError: x"),
        (seen(health=None), Trouble.HEARTBEAT, "does not answer"),
        (seen(health=replace(ALIVE, scheduler=False)), Trouble.HEARTBEAT, "scheduler"),
        (seen(health=replace(ALIVE, scheduler_heartbeat=NOW - HOUR)), Trouble.HEARTBEAT, "scheduler"),
        (seen(health=replace(ALIVE, dag_processor=False)), Trouble.HEARTBEAT, "DAG processor"),
        (seen(health=replace(ALIVE, metadatabase=False)), Trouble.HEARTBEAT, "database"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_once_with_its_reason(
    observations: Observations, trouble: Trouble, words: str
) -> None:
    (concern,) = judge(observations, Thresholds())
    assert (concern.trouble, concern.grave) == (trouble, trouble is not Trouble.UNEXPECTED)
    assert words in concern.message


def test_every_trouble_belongs_to_its_dag() -> None:
    first, second = watched(*GOOD[:1]), replace(watched(*GOOD), dag_id="fine")
    found = judge(seen(None, dags=(first, second)), Thresholds())
    assert {(one.dag_id, one.trouble) for one in found} == {("orders", Trouble.MISSING)}
    assert len(found) == 2, "the runs of ten and eleven o'clock; that of twelve has some grace"


def test_what_is_grave_is_the_policy_s_decision() -> None:
    lax = Thresholds(rollback_on=frozenset({Trouble.IMPORT_ERROR}))
    assert judge(seen(watched(*GOOD[:1])), lax)[0].grave is False
    assert judge(seen(import_errors=(ImportProblem("x.py"),)), lax)[0].grave is True


@given(
    made=st.lists(st.sampled_from(range(9, 13)), unique=True),
    state=st.sampled_from(["success", "running", "failed"]),
    minutes=st.integers(1, 300),
)
def test_a_missing_run_is_said_as_long_as_it_is_missing(made: list[int], state: str, minutes: int) -> None:
    thresholds = Thresholds(grace=timedelta(minutes=minutes))
    dag = watched(*(run(hour, state) for hour in made))
    missing = [one for one in judge(seen(dag), thresholds) if one.trouble is Trouble.MISSING]
    overdue = {hour for hour in range(9, 13) if tick(hour) + thresholds.grace < NOW}
    assert len(missing) == len(overdue - set(made))


def test_the_policy_is_read() -> None:
    table = Table(
        {"failure_rate": 0.5, "failures": 1, "deadline_minutes": 5, "rollback_on": ["failures"], "grace_minutes": 2},
        "airshift.toml: [wave]",
    )  # fmt: skip
    found = read_thresholds(table)
    table.finish()
    assert found == Thresholds(
        0.5, 1, timedelta(minutes=5), timedelta(minutes=2), rollback_on=frozenset({Trouble.FAILURES})
    )
    assert read_thresholds(Table({}, "")) == Thresholds()
    assert read_thresholds(Table({"rollback_on": []}, "")).rollback_on == frozenset()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"failure_rate": 2.0}, "between 0 and 1"),
        ({"deadline_minutes": 0}, "at least 1"),
        ({"heartbeat_seconds": "soon"}, "a whole number"),
        ({"rollback_on": ["failure"]}, "no such trouble as failure"),
    ],
)
def test_a_wrong_policy_is_refused(content: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_thresholds(Table(content, "airshift.toml: [wave]"))
