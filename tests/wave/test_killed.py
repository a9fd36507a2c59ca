"""Real processes that are really killed: kill -9 at each change of an environment, before or after its effect."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from airshift.estate.model import Dag
from airshift.wave.journal import Journal
from live.moving import process
from live.recording import World, planned, recording

DAILY = Dag(
    "daily", "d.py", 1, schedule="0 0 * * *", schedule_given=True, start_date="2026-01-01", catchup=False
)
DAGS = {dag.dag_id: dag for dag in (DAILY,)}


def killed_until_it_is_over(folder: Path, world: World, addresses: tuple[str, str], *, back: bool) -> int:
    """Process after process, each killed at its first change: in turns before and after the effect; how many."""
    for number in range(40):
        child = process(folder, *addresses, DAGS, back=back)
        world.at_change = killing(child, ("before", "after")[number % 2])
        child.start()
        child.join(30)
        assert child.exitcode in (0, -signal.SIGKILL)
        if child.exitcode == 0:
            return number
    raise AssertionError("the wave never ended")


def killing(child: ForkServerProcess, moment: str) -> Callable[[str], bool]:
    def kill(when: str) -> bool:
        if when == moment:
            child.kill()
        return when == moment

    return kill


def paused(world: World) -> dict[str, tuple[bool, bool]]:
    return {
        name: (world.dags["blue"][name]["is_paused"], world.dags["green"][name]["is_paused"]) for name in DAGS
    }


def test_a_wave_survives_kill_9_at_each_change_there_and_back(tmp_path: Path) -> None:
    world = World()
    world.add("daily", timedelta(days=1))
    with recording(world) as addresses:
        kills = killed_until_it_is_over(tmp_path, world, addresses, back=False)
        assert paused(world) == dict.fromkeys(DAGS, (True, False))
        tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        world.dags["green"]["daily"] |= planned(
            tomorrow, tomorrow, "next_dagrun_logical_date", "next_dagrun_run_after"
        )
        kills_back = killed_until_it_is_over(tmp_path, world, addresses, back=True)
    assert paused(world) == dict.fromkeys(DAGS, (False, True))
    assert not world.was_twice
    assert [run["state"] for run in world.runs["green"]] == ["success"], "one marker run"
    print(f"killed {kills} times on the way to green, {kills_back} on the way back")
    assert kills == 8
    assert kills_back >= 4
    journal = Journal(tmp_path / "journal")
    outcomes = Counter(entry.outcome.value for entry in journal.calls(1))
    journal.close()
    assert outcomes["begun"] == kills + kills_back, "each was written ahead, and none came to its end"
