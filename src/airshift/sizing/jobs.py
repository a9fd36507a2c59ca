"""From the tasks of a DAG to jobs: how long each holds a slot, and when it lets go of it to wait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from airshift.estate.model import Dag, Setting, Task, Unknown
from airshift.schedules.expressions import evaluate
from airshift.schedules.vocabulary import NotStaticError
from airshift.sizing.durations import Assumptions, Durations
from airshift.sizing.model import Flow, Job, Step
from airshift.sizing.shape import shape_of

_NO_WORK = frozenset({"EmptyOperator", "DummyOperator"})
_SENSORS = ("Sensor", "SensorAsync", ".sensor")
_POKE_SECONDS = 60
_WEEK = 7 * 24 * 60
DEFAULT_POOL = "default_pool"


@dataclass(frozen=True, slots=True)
class Work:
    """The jobs of one DAG."""

    jobs: tuple[Job, ...]
    mapped: int = 0
    """Tasks that are many at run time and count as one."""
    sensors: int = 0


def work_of(dag: Dag, durations: Durations, assumptions: Assumptions) -> Work:
    """The jobs of a DAG; tasks that never reach a worker are stepped over."""
    busy = [task for task in dag.tasks if task.operator.rpartition(".")[2] not in _NO_WORK]
    places = {task.task_id: place for place, task in enumerate(busy)}
    before = _waits_for(dag, places)
    seconds = {task.task_id: _seconds(dag, task, durations, assumptions) for task in busy}
    jobs = _jobs(busy, places, before, seconds)
    wanted = durations.of_run(dag)
    if wanted is not None and jobs:
        jobs = _jobs(busy, places, before, _fitted(dag, jobs, seconds, wanted, durations))
    settings = [dict(task.settings) for task in busy]
    return Work(jobs, sum("mapped" in one for one in settings), sum(is_sensor(task) for task in busy))


def is_sensor(task: Task) -> bool:
    """Whether a task waits for something."""
    return task.operator.endswith(_SENSORS)


def _fitted(
    dag: Dag, jobs: tuple[Job, ...], seconds: Mapping[str, float], wanted: float, durations: Durations
) -> dict[str, float]:
    """The lengths stretched or shrunk alike until the run takes as long as it is known to take."""
    factor = wanted / (60 * shape_of(Flow(dag.key, (0,), jobs)).length)
    return {
        name: value if durations.of_task(dag, name) is not None else value * factor
        for name, value in seconds.items()
    }


def _jobs(
    tasks: list[Task],
    places: Mapping[str, int],
    before: Mapping[str, frozenset[str]],
    seconds: Mapping[str, float],
) -> tuple[Job, ...]:
    found = []
    for task in tasks:
        settings = dict(task.settings)
        most = settings.get("max_active_tis_per_dag", settings.get("task_concurrency"))
        pool = settings.get("pool")
        found.append(
            Job(
                task.task_id,
                _steps(task, settings, math.ceil(seconds[task.task_id] / 60)),
                tuple(sorted(places[name] for name in before[task.task_id])),
                pool if isinstance(pool, str) else DEFAULT_POOL,
                max(1, whole(settings.get("pool_slots")) or 1),
                whole(most),
            )
        )
    return tuple(found)


def whole(value: Setting | None) -> int | None:
    """A setting that is a number; None where it is not given or only running the code tells it."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _steps(task: Task, settings: Mapping[str, Setting], minutes: int) -> tuple[Step, ...]:
    minutes = min(max(1, minutes), _WEEK)
    if settings.get("deferrable") is True or task.operator.endswith("Async"):
        return (Step(1, minutes), Step(1))
    if not is_sensor(task) or settings.get("mode") != "reschedule":
        return (Step(minutes),)
    every = max(1, math.ceil(_interval(settings.get("poke_interval")) / 60))
    return (*(Step(1, every - 1) for _ in range(math.ceil(minutes / every))), Step(1))


def _interval(value: Setting | None) -> float:
    if isinstance(value, Unknown):
        try:
            found = evaluate(value.expression, datetime.now(UTC))
        except NotStaticError:
            return _POKE_SECONDS
        return found.total_seconds() if isinstance(found, timedelta) else _POKE_SECONDS
    return float(value) if isinstance(value, int | float) and value > 0 else _POKE_SECONDS


def _seconds(dag: Dag, task: Task, durations: Durations, assumptions: Assumptions) -> float:
    known = durations.of_task(dag, task.task_id)
    if known is not None:
        return known
    return assumptions.sensor_seconds if is_sensor(task) else assumptions.task_seconds


def _waits_for(dag: Dag, places: Mapping[str, int]) -> dict[str, frozenset[str]]:
    """For each job the jobs it waits for, those behind tasks without work included."""
    above: dict[str, set[str]] = {task.task_id: set() for task in dag.tasks}
    for first, second in dag.task_edges:
        if first in above and second in above and first != second:
            above[second].add(first)
    found: dict[str, frozenset[str]] = {}
    for name in _in_order(above):
        found[name] = frozenset().union(
            *({before} if before in places else found.get(before, frozenset()) for before in above[name])
        )
    return found


def _in_order(above: Mapping[str, set[str]]) -> list[str]:
    """Tasks after those they wait for; edges that close a circle are left out, as Airflow would refuse the DAG."""
    from graphlib import CycleError, TopologicalSorter

    try:
        return list(TopologicalSorter(above).static_order())
    except CycleError:
        for names in above.values():
            names.clear()
        return list(above)
