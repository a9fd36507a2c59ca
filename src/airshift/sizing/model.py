"""An estate as work for workers: flows start runs at ticks, runs have jobs, jobs hold a worker slot in steps.

All times are whole minutes, counted from the beginning of the simulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Step(NamedTuple):
    """A slot held for some minutes, and the pause (deferred, rescheduled) before the next step."""

    hold: int
    pause: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A task: it starts when all jobs before it (by their place in the flow) have ended."""

    task_id: str
    steps: tuple[Step, ...]
    after: tuple[int, ...] = ()
    pool: str = "default_pool"
    slots: int = 1
    """What it takes of its pool; of a worker it is always one."""
    most: int | None = None
    """How many of it run at a time over all runs of the DAG."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A DAG: when its runs start, and what one run does."""

    key: str
    ticks: tuple[int, ...]
    """Ascending."""
    jobs: tuple[Job, ...]
    most_runs: int = 16
    most_tasks: int = 16
    tasks_by_run: bool = False
    """Whether `most_tasks` counts in each run (from Airflow 3.0 on) or over all runs of the DAG."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What all flows share; a pool that is not named has no limit."""

    pools: Mapping[str, int] = field(default_factory=dict)
    parallelism: int | None = None
