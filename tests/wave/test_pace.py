"""A wave of 500 DAGs through the real client, on a clock of its own: the pace of its calls, and its forecast."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airshift.clients.pace import CALLS_A_SECOND, Pace
from airshift.clients.running import RunningAirflow
from airshift.clients.transport import Answer, Call
from airshift.estate.model import Dag
from airshift.targets import Target
from airshift.wave.airflow_side import AirflowSide
from airshift.wave.plan_file import WavePlan
from airshift.wave.rehearsal import rehearsal_events, rehearse
from airshift.wave.session import Opening, session
from airshift.wave.settings import Settings
from airshift.wave.states import State
from live.recording import World

NUMBER = 500
TAKES = 0.02
"""Seconds a server needs for an answer."""


@dataclass
class Clock:
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.time

    def seconds(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Server:
    """One side of the world; `times` has when each call came."""

    world: World
    side: str
    clock: Clock
    label: str = "a server"
    times: list[datetime] = field(default_factory=list)

    def find_major(self) -> Answer:
        return Answer(200, 2 if self.side == "blue" else 3)

    def send(self, call: Call, major: int) -> Answer:
        self.times.append(self.clock.now())
        self.clock.sleep(TAKES)
        query = {name: value for name, value in (call.query or {}).items() if isinstance(value, list)}
        status, content = self.world.answer(self.side, call.method.value, call.path, query, call.body)
        if call.path.endswith("/health"):
            content["scheduler"]["latest_scheduler_heartbeat"] = self.clock.now().isoformat()
        return Answer(status, content)

    def advice(self, status: int) -> str:
        return ""

    def in_one_second(self) -> int:
        """The most calls that came within any second."""
        return max(
            sum(at - first < timedelta(seconds=1) for at in self.times[n : n + 40])
            for n, first in enumerate(self.times)
        )


def test_500_dags_keep_to_ten_calls_a_second_and_take_as_long_as_was_said(tmp_path: Path) -> None:
    world, clock = World(), Clock()
    dags = {
        name: Dag(name, "d.py", 1, schedule="0 0 * * *", schedule_given=True, start_date="2026-01-01")
        for name in (f"d{number:03}" for number in range(NUMBER))
    }
    for name in dags:
        world.add(name, timedelta(days=1))
    servers = [Server(world, side, clock) for side in ("blue", "green")]
    blue, green = (
        AirflowSide(
            RunningAirflow(server, pace=Pace(clock=clock.seconds, sleep=clock.sleep), sleep=clock.sleep)
        )
        for server in servers
    )
    plan = WavePlan(1, "Wave 1", dags, (), (), (), Target("2.10.3"), Target("3.3.1"), "digest")
    opening = Opening(
        plan, blue, green, tmp_path / "journal", clock, Settings(watch=timedelta()), lambda event: None,
        durable=False,
    )  # fmt: skip
    forecast = rehearse(opening)
    (said,) = (event for event in rehearsal_events(forecast, 1, every_call=False) if event.step == "forecast")
    for server in servers:
        server.times.clear()
    began = clock.now()
    with session(opening) as driver:
        driver.advance()
        assert Counter(one.state for one in driver.progress.values()) == {State.GREEN_UNPAUSED: NUMBER}
    took = clock.now() - began
    print(said.detail, "; it took", took, [(len(server.times), server.in_one_second()) for server in servers])
    assert "minutes, with 2000 changes in" in said.detail
    assert 1 <= forecast.lasts / took < 2, (
        "it is said with ten calls a second over both sides, one after the other"
    )
    assert took < timedelta(minutes=15)
    assert all(server.in_one_second() <= CALLS_A_SECOND for server in servers)
    assert not world.was_twice
