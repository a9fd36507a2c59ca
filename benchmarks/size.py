"""Time and peak memory of simulating the week of made-up estates, and of staggering them.

    python benchmarks/size.py [1000 5000 20000]

The limit is ten seconds for the week of 5,000 DAGs. Half of the DAGs run daily, a third hourly or every few hours,
the others every five to thirty minutes; one in fifty has runs or pools that its limits hold back.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from airshift.estate.model import Dag, Inventory, Task
from airshift.sizing.durations import Assumptions, Durations
from airshift.sizing.environment import Environment
from airshift.sizing.estate import Estate, estate_of
from airshift.sizing.model import Limits
from airshift.sizing.week import load_of
from airshift.targets import Target

SIZES = (1000, 5000, 20_000)
LIMIT_SECONDS = 10.0
LIMIT_DAGS = 5000
WEEK = datetime(2026, 11, 23, tzinfo=UTC)
LIMITS = Limits({"warehouse": 10})
OPERATORS = (
    "airflow.providers.standard.operators.bash.BashOperator",
    "airflow.providers.amazon.aws.sensors.s3.S3KeySensor",
)


def inventory(size: int) -> Inventory:
    """An estate of this size, the same each time."""
    chance = random.Random(size)
    return Inventory(dags=tuple(_dag(number, chance) for number in range(size)))


def _dag(number: int, chance: random.Random) -> Dag:
    names = [f"t{place}" for place in range(chance.randint(1, 12))]
    tasks = tuple(Task(name, chance.choices(OPERATORS, (9, 1))[0], 1, _settings(chance)) for name in names)
    edges = tuple(
        (names[chance.randrange(place)], name)
        for place, name in enumerate(names)
        if place and chance.random() < 0.8
    )
    return Dag(
        f"dag_{number:05}",
        f"dags/dag_{number:05}.py",
        1,
        schedule=_cron(chance),
        schedule_given=True,
        start_date="2026-01-01T00:00:00+00:00",
        tasks=tasks,
        task_edges=edges,
        settings=(("max_active_runs", 1),),
    )


def _settings(chance: random.Random) -> tuple[tuple[str, str], ...]:
    found = (("pool", "warehouse"),) if chance.random() < 0.004 else ()
    return (*found, ("mode", "reschedule")) if chance.random() < 0.5 else found


def _cron(chance: random.Random) -> str:
    minute = chance.choice([0, 0, 0, 5, 15, 30, chance.randrange(60)])
    rhythm = chance.random()
    if rhythm < 0.5:
        return f"{minute} {chance.randrange(24)} * * {chance.choice(['*', '*', '1-5'])}"
    if rhythm < 0.8:
        return f"{minute} {chance.choice(['*', '*', '*/2', '*/6'])} * * *"
    return f"*/{chance.choice([5, 10, 15, 15, 30])} * * * *"


def built(found: Inventory) -> Estate:
    """The estate as flows."""
    return estate_of(found, Target("3.3.1", "mwaa"), WEEK, Environment(), Durations(), Assumptions(40, 300))


def measure(size: int) -> tuple[float, float, int, int, float]:
    """CPU seconds to build and to simulate, tasks run in the week, peak of tasks, and peak memory in MiB."""
    found = inventory(size)
    started = time.process_time()
    estate = built(found)
    middle = time.process_time()
    load = load_of(estate.flows, LIMITS, estate.horizon)
    seconds = time.process_time() - middle
    tasks = sum(len(flow.jobs) * len(flow.ticks) for flow in estate.flows)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return middle - started, seconds, tasks, max(load.tasks), memory


def main(sizes: Sequence[int]) -> int:
    """Print one line for each size; 1 when the limit is exceeded."""
    print(
        f"{'DAGs':>7} {'tasks run':>12} {'peak':>6} {'flows s':>8} {'week s':>7} {'of limit':>9} {'MiB':>6}"
    )
    slow = False
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            building, seconds, tasks, peak, memory = process.apply(measure, (size,))
        limit = LIMIT_SECONDS * size / LIMIT_DAGS
        share = (building + seconds) / limit
        slow = slow or share > 1
        print(
            f"{size:>7,} {tasks:>12,} {peak:>6,} {building:>8.2f} {seconds:>7.2f} {share:>8.0%} {memory:>6.0f}",
            flush=True,
        )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main([int(text) for text in sys.argv[1:]] or SIZES))
