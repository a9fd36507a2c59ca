"""The result: load, class and workers of an estate, as it is and with some DAGs shifted by minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from airshift.estate.model import Dag, Inventory
from airshift.sizing.classes import Demand, Fit, demand_of, fits_of, smallest
from airshift.sizing.cloudwatch import Live
from airshift.sizing.durations import Assumptions, Durations
from airshift.sizing.environment import Environment
from airshift.sizing.estate import Estate, estate_of
from airshift.sizing.jobs import DEFAULT_POOL
from airshift.sizing.model import Limits
from airshift.sizing.movable import Kept, Unit, units_of
from airshift.sizing.stagger import stagger
from airshift.sizing.ticks import MINUTE
from airshift.sizing.week import Load, load_of
from airshift.targets import Target


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which estate, when, on what, with which assumptions."""

    target: Target
    start: datetime
    """When the week begins: a midnight in UTC."""
    environment: Environment = field(default_factory=Environment)
    durations: Durations = field(default_factory=Durations)
    assumptions: Assumptions = field(default_factory=Assumptions)
    pools: Mapping[str, int] = field(default_factory=dict)
    most_workers: int | None = None
    keep: tuple[str, ...] = ()
    """Patterns of DAG ids that stay where they are."""
    wants_staggering: bool = True
    live: Live = field(default_factory=Live)


@dataclass(frozen=True, slots=True)
class Answer:
    """A load, and which classes carry it."""

    tasks: tuple[int, ...]
    """Tasks that hold a worker in each minute of the week."""
    demand: Demand
    fits: tuple[Fit, ...]
    held_back: tuple[str, ...]
    full_pools: tuple[str, ...]

    @property
    def smallest(self) -> Fit | None:
        """The smallest class that carries it."""
        return smallest(self.fits)


@dataclass(frozen=True, slots=True)
class Move:
    """One DAG whose minute changes."""

    dag: Dag
    by: int
    after: str
    along: tuple[str, ...]
    """DAGs that it starts: they move with it."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """The answer to a question."""

    question: Question
    estate: Estate
    limits: Limits
    now: Answer
    staggered: Answer | None
    """None where no shift lowers the peak."""
    moves: tuple[Move, ...]
    kept: Mapping[Kept, int]
    unknown_pools: tuple[str, ...]

    def moment(self, minute: int) -> datetime:
        """The time of a minute of the week."""
        return self.question.start + minute * MINUTE

    @property
    def peak_at(self) -> datetime:
        """The first minute with the highest load."""
        return self.moment(self.now.tasks.index(max(self.now.tasks)))


def size(inventory: Inventory, question: Question) -> Sizing:
    """Simulate the week of an estate and find the smallest class for it."""
    estate = _estate(inventory, question)
    limits = _limits(question)
    load = load_of(estate.flows, limits, estate.horizon)
    now = _answer(estate, load, question)
    units, kept = units_of(estate, load.held_back, question.keep)
    moves: tuple[Move, ...] = ()
    staggered = None
    if question.wants_staggering:
        moves = _moves(estate, units, stagger(units, load.tasks, estate.lead))
        staggered = _with(inventory, moves, question, limits) if moves else None
        if staggered is not None and staggered.demand.peak >= now.demand.peak:
            moves, staggered = (), None
    named = {job.pool for flow in estate.flows for job in flow.jobs} - limits.pools.keys() - {DEFAULT_POOL}
    return Sizing(
        question, estate, limits, now, staggered, moves, Counter(kept.values()), tuple(sorted(named))
    )


def _estate(inventory: Inventory, question: Question) -> Estate:
    return estate_of(
        inventory,
        question.target,
        question.start,
        question.environment,
        question.durations,
        question.assumptions,
    )


def _limits(question: Question) -> Limits:
    default = question.environment.default_pool
    pools = {} if default is None else {DEFAULT_POOL: default}
    return Limits({**pools, **question.pools}, question.environment.running_tasks)


def _answer(estate: Estate, load: Load, question: Question) -> Answer:
    tasks = load.tasks[estate.lead :]
    demand = demand_of(len(estate.dags), tasks)
    if question.live.peak_tasks is not None:
        demand = replace(demand, peak=max(demand.peak, question.live.peak_tasks))
    fits = fits_of(demand, question.environment, question.most_workers)
    return Answer(tasks, demand, fits, tuple(sorted(load.held_back)), load.full_pools)


def _moves(estate: Estate, units: Sequence[Unit], shifts: Mapping[str, int]) -> tuple[Move, ...]:
    return tuple(
        Move(
            estate.dags[unit.key],
            shifts[unit.key],
            unit.minutes.shifted(shifts[unit.key]),
            tuple(flow.key for flow in unit.members if flow.key != unit.key),
        )
        for unit in units
        if unit.key in shifts
    )


def _with(inventory: Inventory, moves: Sequence[Move], question: Question, limits: Limits) -> Answer:
    """The answer for the estate with the new expressions in it: read and simulated again, nothing is taken over."""
    changed = {move.dag.key: move.after for move in moves}
    dags = tuple(
        replace(dag, schedule=changed[dag.key]) if dag.key in changed else dag for dag in inventory.dags
    )
    estate = _estate(replace(inventory, dags=dags), question)
    return _answer(estate, load_of(estate.flows, limits, estate.horizon), replace(question, live=Live()))
