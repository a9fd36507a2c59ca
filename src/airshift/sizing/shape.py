"""What one run of a flow holds, minute by minute, as long as nothing makes it wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from airshift.sizing.model import Flow, Job

Changes = Mapping[int, int]
"""Minute since the run's start -> by how much the held slots change there."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The load of one run: of workers, and of each pool."""

    tasks: Changes
    pools: Mapping[str, Changes]
    ends: tuple[int, ...]
    """When each job has ended."""

    @property
    def length(self) -> int:
        """Minutes until the run has ended."""
        return max(self.ends, default=0)


def shape_of(flow: Flow) -> Shape:
    """The shape of a flow's runs."""
    tasks: dict[int, int] = {}
    pools: dict[str, dict[int, int]] = {}
    ends = _ends(flow.jobs)
    for job, end in zip(flow.jobs, ends, strict=True):
        pool = pools.setdefault(job.pool, {})
        for begin, finish in holds(job, end - _length(job)):
            _add(tasks, begin, finish, 1)
            _add(pool, begin, finish, job.slots)
    return Shape(tasks, pools, ends)


def holds(job: Job, start: int) -> Iterator[tuple[int, int]]:
    """The stretches in which a job that starts then holds a slot; the end is not part of them."""
    for hold, pause in job.steps:
        yield start, start + hold
        start += hold + pause


def _length(job: Job) -> int:
    return sum(step.hold + step.pause for step in job.steps[:-1]) + job.steps[-1].hold


def _add(changes: dict[int, int], begin: int, end: int, by: int) -> None:
    changes[begin] = changes.get(begin, 0) + by
    changes[end] = changes.get(end, 0) - by


def _ends(jobs: tuple[Job, ...]) -> tuple[int, ...]:
    """When each job ends; a job may come before those it waits for."""
    ends: dict[int, int] = {}
    waiting = list(range(len(jobs)))
    while waiting:
        index = waiting[-1]
        missing = [before for before in jobs[index].after if before not in ends]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        ends[index] = max((ends[before] for before in jobs[index].after), default=0) + _length(jobs[index])
    return tuple(ends[index] for index in range(len(jobs)))
