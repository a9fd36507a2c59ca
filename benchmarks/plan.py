"""Time and peak memory of planning made-up estates of growing size, five edges for each DAG.

    python benchmarks/plan.py [1000 3000 10000 30000]

Two shapes: `teams`, where most edges stay within a team of some forty DAGs, as in real estates, and `random`,
where every edge joins any two DAGs and nearly everything hangs together: the worst case for splitting.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from airshift.assess import build_assessment
from airshift.estate.model import Dag, Edge, EdgeKind, Inventory, Task
from airshift.plan.gathering import gather
from airshift.plan.planner import make_plan
from airshift.plan.policy_table import policy
from airshift.targets import Target

SIZES = (1000, 3000, 10_000, 30_000)
SHAPES = ("teams", "random")
EDGES = 5
TEAM = 40
KINDS = (
    EdgeKind.SENSOR,
    EdgeKind.TRIGGER,
    EdgeKind.ASSET,
    EdgeKind.ASSET,
    EdgeKind.MODULE,
    EdgeKind.RESOURCE,
)
POLICY = {
    "start": "2026-12-01",
    "cadence": "daily 10:00",
    "validation_days": 1,
    "max_dags_per_wave": 60,
    "max_effort_hours_per_wave": 40,
    "criticality": [{"match": "tier1", "field": "tag", "level": "critical"}],
}


def estate(size: int, shape: str) -> Inventory:
    """An estate of this size, the same each time."""
    chance = random.Random(size)
    dags = [_dag(number, chance) for number in range(size)]
    names = [dag.dag_id for dag in dags]
    edges = {
        Edge(names[one], names[other], chance.choice(KINDS), True, dags[one].path, 10)
        for one, other in _pairs(size, shape, chance)
    }
    return Inventory(dags=tuple(dags), edges=tuple(edges))


def _dag(number: int, chance: random.Random) -> Dag:
    schedule = chance.choice(
        (
            "@daily",
            "@hourly",
            "timedelta(hours=6)",
            "*/10 * * * *",
            f"{chance.randrange(60)} {chance.randrange(24)} * * *",
        )
    )
    return Dag(
        dag_id=f"dag_{number:05}",
        path=f"dags/team_{number // TEAM:04}/dag_{number:05}.py",
        line=5,
        schedule=schedule,
        schedule_given=True,
        start_date="2024-01-01T00:00:00",
        owners=(f"team_{number // TEAM:04}",),
        tags=("tier1",) if chance.random() < 0.05 else (),
        tasks=tuple(Task(f"t{task}", "airflow.operators.bash.BashOperator", 9) for task in range(8)),
        operators=("airflow.operators.bash.BashOperator",),
        depends_on_history=chance.random() < 0.1,
    )


def _pairs(size: int, shape: str, chance: random.Random) -> Iterator[tuple[int, int]]:
    made = 0
    while made < EDGES * size:
        one = chance.randrange(size)
        near = shape == "teams" and chance.random() < 0.99
        other = one // TEAM * TEAM + chance.randrange(TEAM) if near else chance.randrange(size)
        if one != other and other < size:
            made += 1
            yield one, other


def measure(
    size: int, shape: str, answers: multiprocessing.SimpleQueue[tuple[float, float, float, int, int, int]]
) -> None:
    """Plan one estate; seconds, those of the processor, peak MiB, edges, waves and bridges."""
    assessment = build_assessment(
        (),
        (),
        estate(size, shape),
        target=Target("3.3.1"),
        source=Target("2.10.3"),
        root="estate",
        generated_at=datetime(2026, 12, 1),
        files_scanned=size,
        dependencies={},
    )
    started, busy = time.perf_counter(), time.process_time()
    rules = policy(POLICY, date(2026, 12, 1))
    gathered, times = gather(assessment, rules, {})
    plan = make_plan(gathered, rules, times)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answers.put((seconds, busy, peak, len(plan.edges), len(plan.waves), len(plan.bridges)))


def main(arguments: Sequence[str]) -> int:
    """Print one line for each shape and size."""
    print("shape      DAGs     edges   waves  bridges   seconds  CPU s  CPU ms/DAG  peak MiB")
    context = multiprocessing.get_context("spawn")
    for shape in SHAPES:
        for size in [int(text) for text in arguments] or SIZES:
            answers: multiprocessing.SimpleQueue[tuple[float, float, float, int, int, int]] = (
                context.SimpleQueue()
            )
            process = context.Process(target=measure, args=(size, shape, answers))
            process.start()
            process.join()
            seconds, busy, peak, edges, waves, bridges = answers.get()
            print(
                f"{shape:7} {size:7} {edges:9} {waves:7} {bridges:8} {seconds:9.2f} {busy:6.2f} "
                f"{1000 * busy / size:11.3f} {peak:9.0f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
