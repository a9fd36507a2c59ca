"""MWAA takes paths of up to 64 characters: long ids go through lists, runs get short names, or the preflight says why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airshift.clients.running import RunningAirflow
from airshift.clients.transport import Answer, Call, NoAnswerError
from airshift.estate.model import Dag
from airshift.targets import Target
from airshift.wave.airflow_side import AirflowSide
from airshift.wave.markers import is_marker, marker_id, short_id
from airshift.wave.plan_file import WavePlan
from airshift.wave.session import Opening, session
from airshift.wave.settings import Settings, SystemClock
from airshift.wave.states import Progress, State
from live.recording import World

TICK = datetime(2026, 12, 1, 10, 10, tzinfo=UTC)


class FakeMwaa:
    """One side of the world behind MWAA's way."""

    def __init__(self, world: World, side: str) -> None:
        self.world, self.side = world, side

    @property
    def label(self) -> str:
        return f"mwaa:{self.side}"

    def find_major(self) -> Answer:
        return Answer(200, 2 if self.side == "blue" else 3)

    def send(self, call: Call, major: int) -> Answer:
        if len(call.path) > 64:
            raise NoAnswerError("too long", sent=False, passing=False)
        query = {
            name: [str(one) for one in (value if isinstance(value, list) else [value])]
            for name, value in (call.query or {}).items()
        }
        return Answer(*self.world.answer(self.side, call.method.value, call.path, query, call.body))

    def advice(self, status: int) -> str:
        return ""


class NoPace:
    def wait(self) -> None:
        return


def moved(folder: Path, world: World, *dags: Dag) -> dict[str, Progress]:
    settings = Settings(
        margin=timedelta(seconds=1),
        settle=timedelta(seconds=0.02),
        uncertain=timedelta(seconds=0.05),
        poll=timedelta(seconds=0.02),
        watch=timedelta(),
    )
    names = {dag.dag_id: dag for dag in dags}
    plan = WavePlan(1, "Wave 1", names, (), (), (), Target("2.10.3"), Target("3.3.1"), "digest")
    blue, green = (
        AirflowSide(RunningAirflow(FakeMwaa(world, side), pace=NoPace()))  # type: ignore[arg-type]
        for side in ("blue", "green")
    )
    opening = Opening(
        plan, blue, green, folder / "journal", SystemClock(), settings, lambda event: None, durable=False
    )
    with session(opening) as driver:
        driver.advance()
        return dict(driver.progress)


def daily(length: int) -> Dag:
    name = "d" * length
    return Dag(name, "d.py", 1, schedule="0 0 * * *", schedule_given=True, start_date="2026-01-01")


def by_hand(length: int) -> Dag:
    return Dag("h" * length, "h.py", 1, schedule_given=True, start_date="2026-01-01")


def test_a_dag_with_a_long_id_gets_a_short_marker_and_nobody_else_is_touched(tmp_path: Path) -> None:
    world, dag = World(), daily(41)
    world.add(dag.dag_id, timedelta(days=1))
    world.add(dag.dag_id[:-1], timedelta(days=1))
    progress = moved(tmp_path, world, dag)
    assert progress[dag.dag_id].state is State.GREEN_UNPAUSED
    (marker,) = world.runs["green"]
    assert (marker["dag_run_id"], marker["state"]) == (
        short_id(datetime.fromisoformat(marker["logical_date"])),
        "success",
    )
    assert not world.dags["blue"][dag.dag_id[:-1]]["is_paused"]
    assert not world.was_twice


def test_a_shorter_id_has_the_readable_name(tmp_path: Path) -> None:
    world, dag = World(), daily(14)
    world.add(dag.dag_id, timedelta(days=1))
    moved(tmp_path, world, dag)
    assert world.runs["green"][0]["dag_run_id"].startswith("migrated__")


def test_a_dag_without_a_clock_needs_no_marker_and_may_have_a_longer_id(tmp_path: Path) -> None:
    world, dag = World(), by_hand(58)
    world.add(dag.dag_id, None)
    assert moved(tmp_path, world, dag)[dag.dag_id].state is State.DONE


@pytest.mark.parametrize("dag", [daily(42), by_hand(59), daily(200)], ids=lambda dag: str(len(dag.dag_id)))
def test_what_cannot_be_asked_for_is_refused_before_anything_is_changed(tmp_path: Path, dag: Dag) -> None:
    world = World()
    world.add(dag.dag_id, timedelta(days=1) if dag.schedule else None)
    one = moved(tmp_path, world, dag)[dag.dag_id]
    assert one.state is State.BLOCKED
    assert one.reason.startswith("its id is too long to be moved by calls to mwaa:blue: MWAA takes paths of")
    assert not world.changes


@pytest.mark.parametrize(
    ("run_id", "logical_date", "expected"),
    [
        (marker_id(TICK), TICK, True),
        (marker_id(TICK), None, True),
        (short_id(TICK), TICK, True),
        (short_id(TICK), TICK + timedelta(seconds=1), False),
        (short_id(TICK), None, False),
        (short_id(TICK.replace(microsecond=5)), TICK.replace(microsecond=5), True),
        ("m~x", TICK, False),
        ("scheduled__2026-12-01T10:10:00+00:00", TICK, False),
    ],
)
def test_only_marker_runs_are_taken_for_them(run_id: str, logical_date: datetime, expected: bool) -> None:
    assert is_marker(run_id, logical_date) is expected


def test_short_names_have_eight_characters_and_the_same_in_each_zone() -> None:
    assert len(short_id(TICK)) == 8
    assert short_id(TICK) == short_id(datetime.fromisoformat("2026-12-01T11:10:00+01:00"))
