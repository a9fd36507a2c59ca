"""Run flows against their limits, from one minute in which something happens to the next.

In each minute, in this order: holds end and free what they held; ticks join their DAG's queue and runs start, as
long as `most_runs` allows; jobs whose turn it is start, older runs first, unless a limit is reached.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from airshift.sizing.model import Flow, Job, Limits

Turn = tuple[int, int, int, int]
"""A job that may start: tick, flow, run and place of the job; in the order in which they start."""


@dataclass(slots=True)
class _Run:
    flow: int
    left: int
    """Jobs that have not ended."""
    open: list[int]
    """For each job, how many it still waits for."""
    done: list[int]
    """For each job, how many of its steps are done."""
    held: int = 0


@dataclass(slots=True)
class Usage:
    """By how much the held slots change in each minute: of workers, and of each pool."""

    tasks: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    pools: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))


def simulate(flows: Sequence[Flow], limits: Limits, horizon: int) -> Usage:
    """What the flows hold until the horizon, the limits kept."""
    return _Engine(flows, limits, horizon).run()


class _Engine:
    def __init__(self, flows: Sequence[Flow], limits: Limits, horizon: int) -> None:
        self._flows = flows
        self._limits = limits
        self._horizon = horizon
        self._usage = Usage()
        self._runs: list[_Run] = []
        self._followers = [_followers(flow.jobs) for flow in flows]
        self._queued: list[deque[int]] = [deque() for _ in flows]
        self._active = [0] * len(flows)
        self._held = 0
        self._held_by_flow = [0] * len(flows)
        self._held_by_job = [[0] * len(flow.jobs) for flow in flows]
        self._held_by_pool: dict[str, int] = defaultdict(int)
        self._turns: list[Turn] = []
        self._ends: dict[int, list[Turn]] = defaultdict(list)
        self._resumes: dict[int, list[Turn]] = defaultdict(list)
        self._ticks: dict[int, list[int]] = defaultdict(list)
        for number, flow in enumerate(flows):
            for tick in flow.ticks:
                self._ticks[tick].append(number)
        self._minutes = list(self._ticks)
        heapq.heapify(self._minutes)

    def run(self) -> Usage:
        last = -1
        while self._minutes and (now := heapq.heappop(self._minutes)) < self._horizon:
            if now == last:
                continue
            last = now
            ended = {turn[1] for turn in self._ends.pop(now, ()) if self._end(turn, now)}
            for turn in self._resumes.pop(now, ()):
                insort(self._turns, turn)
            ticked = self._ticks.get(now, ())
            for number in ticked:
                self._queued[number].append(now)
            for number in sorted(ended.union(ticked)):
                self._start_runs(number)
            self._turns = [turn for turn in self._turns if not self._start(turn, now)]
        return self._usage

    def _start_runs(self, number: int) -> None:
        flow, queue = self._flows[number], self._queued[number]
        while queue and self._active[number] < flow.most_runs:
            self._active[number] += 1
            tick = queue.popleft()
            waits = [len(job.after) for job in flow.jobs]
            self._runs.append(_Run(number, len(flow.jobs), waits, [0] * len(flow.jobs)))
            for place, count in enumerate(waits):
                if not count:
                    insort(self._turns, (tick, number, len(self._runs) - 1, place))

    def _start(self, turn: Turn, now: int) -> bool:
        _, number, run_number, place = turn
        flow, run = self._flows[number], self._runs[run_number]
        job = flow.jobs[place]
        if not self._may_start(flow, number, run, place, job):
            return False
        self._count(number, run, place, job, 1, now)
        end = now + job.steps[run.done[place]].hold
        self._ends[end].append(turn)
        heapq.heappush(self._minutes, end)
        return True

    def _may_start(self, flow: Flow, number: int, run: _Run, place: int, job: Job) -> bool:
        limits = self._limits
        if limits.parallelism is not None and self._held >= limits.parallelism:
            return False
        if (run.held if flow.tasks_by_run else self._held_by_flow[number]) >= flow.most_tasks:
            return False
        if job.most is not None and self._held_by_job[number][place] >= job.most:
            return False
        size = limits.pools.get(job.pool)
        return size is None or self._held_by_pool[job.pool] + job.slots <= size

    def _end(self, turn: Turn, now: int) -> bool:
        """Free what a step held; say whether its whole run has ended."""
        tick, number, run_number, place = turn
        run = self._runs[run_number]
        job = self._flows[number].jobs[place]
        self._count(number, run, place, job, -1, now)
        pause = job.steps[run.done[place]].pause
        run.done[place] += 1
        if run.done[place] < len(job.steps):
            self._resumes[now + pause].append(turn)
            heapq.heappush(self._minutes, now + pause)
            return False
        run.left -= 1
        for following in self._followers[number][place]:
            run.open[following] -= 1
            if not run.open[following]:
                insort(self._turns, (tick, number, run_number, following))
        if not run.left:
            self._active[number] -= 1
        return not run.left

    def _count(self, number: int, run: _Run, place: int, job: Job, by: int, now: int) -> None:
        self._held += by
        run.held += by
        self._held_by_flow[number] += by
        self._held_by_job[number][place] += by
        self._held_by_pool[job.pool] += by * job.slots
        self._usage.tasks[now] += by
        self._usage.pools[job.pool][now] += by * job.slots


def _followers(jobs: Sequence[Job]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in jobs]
    for place, job in enumerate(jobs):
        for before in job.after:
            found[before].append(place)
    return found
