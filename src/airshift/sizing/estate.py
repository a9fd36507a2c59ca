"""From an inventory to flows: what runs in the week, how long, and what had to be assumed for that."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from airshift.estate.model import Dag, Edge, EdgeKind, Inventory
from airshift.schedules import Continuous, Never, Schedule, Unreadable, rules_of, schedule_of
from airshift.sizing.durations import Assumptions, Durations, Origin
from airshift.sizing.environment import Environment
from airshift.sizing.jobs import Work, whole, work_of
from airshift.sizing.model import Flow
from airshift.sizing.shape import Shape, shape_of
from airshift.sizing.ticks import Clock, Ticking
from airshift.targets import Target

WEEK = 7 * 24 * 60
_DAY = 24 * 60
_MOST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Estate:
    """The flows of an estate around one week."""

    flows: tuple[Flow, ...]
    shapes: Mapping[str, Shape]
    dags: Mapping[str, Dag]
    schedules: Mapping[str, Schedule]
    edges: tuple[Edge, ...]
    start: datetime
    """When the week begins."""
    lead: int
    """Minutes simulated before it, so that what still runs then is there."""
    notes: tuple[str, ...]
    origins: Mapping[Origin, int]

    @property
    def horizon(self) -> int:
        """Minutes to simulate."""
        return self.lead + WEEK


def estate_of(
    inventory: Inventory,
    target: Target,
    start: datetime,
    environment: Environment,
    durations: Durations,
    assumptions: Assumptions,
) -> Estate:
    """The flows of an inventory in the week that starts then, with the schedules of a version of Airflow."""
    dags = {dag.key: dag for dag in reversed(inventory.dags)}
    dags = dict(sorted(dags.items()))
    works = {key: work_of(dag, durations, assumptions) for key, dag in dags.items()}
    flows = {key: _flow(dag, works[key], environment, target) for key, dag in dags.items()}
    shapes = {key: shape_of(flow) for key, flow in flows.items()}
    longest = max((shape.length for shape in shapes.values()), default=0)
    lead = _DAY * min(_MOST_DAYS, max(1, math.ceil(longest / _DAY)))
    ticking = _ticking(
        inventory, dags, flows, shapes, target, Clock(start - timedelta(minutes=lead), lead + WEEK)
    )
    flows = {key: replace(flow, ticks=ticking.ticks(key)) for key, flow in flows.items()}
    return Estate(
        flows=tuple(flows.values()),
        shapes=shapes,
        dags=dags,
        schedules=ticking.schedules,
        edges=inventory.edges,
        start=start,
        lead=lead,
        notes=tuple(_notes(dags, works, flows, ticking, durations)),
        origins=Counter(durations.origin(dag) for dag in dags.values()),
    )


def _flow(dag: Dag, work: Work, environment: Environment, target: Target) -> Flow:
    settings = dict(dag.settings)
    most_tasks = whole(settings.get("max_active_tasks", settings.get("concurrency")))
    is_endless = dag.schedule == "@continuous"
    return Flow(
        dag.key,
        (),
        work.jobs,
        1 if is_endless else _or(whole(settings.get("max_active_runs")), environment.most_runs),
        _or(most_tasks, environment.most_tasks),
        target.release >= (3,),
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _ticking(
    inventory: Inventory,
    dags: Mapping[str, Dag],
    flows: Mapping[str, Flow],
    shapes: Mapping[str, Shape],
    target: Target,
    clock: Clock,
) -> Ticking:
    subdags = {edge.target for edge in inventory.edges if edge.kind is EdgeKind.SUBDAG}
    never = Schedule(Never(), rules_of(target))
    paused = {key for key, dag in dags.items() if dag.live is not None and dag.live.is_paused}
    schedules = {
        key: never if key in subdags or key in paused else schedule_of(dag, target, clock.start)
        for key, dag in dags.items()
    }
    by_target: dict[str, list[Edge]] = {}
    for edge in inventory.edges:
        if edge.target not in paused and edge.source != edge.target:
            by_target.setdefault(edge.target, []).append(edge)
    names = {key: tuple(job.task_id for job in flow.jobs) for key, flow in flows.items()}
    return Ticking(
        clock, schedules, shapes, names, by_target, {key: _needs_all(dag) for key, dag in dags.items()}
    )


def _needs_all(dag: Dag) -> bool:
    text = dag.schedule if isinstance(dag.schedule, str) else ""
    return "|" not in text and "Any(" not in text


def _notes(
    dags: Mapping[str, Dag],
    works: Mapping[str, Work],
    flows: Mapping[str, Flow],
    ticking: Ticking,
    durations: Durations,
) -> Iterator[str]:
    """What the figures leave out or assume, with the DAGs concerned."""
    schedules = ticking.schedules
    yield from _named(
        "the schedule is known only when the code runs, so they count no runs",
        (key for key, one in schedules.items() if isinstance(one.timetable, Unreadable)),
    )
    yield from _named(
        "paused, so they count no runs", (key for key, dag in dags.items() if dag.live and dag.live.is_paused)
    )
    yield from _named(
        "@continuous: taken to start again as soon as a run has ended",
        (key for key, one in schedules.items() if isinstance(one.timetable, Continuous)),
    )
    yield from _named("they start each other in a circle, which is followed once", sorted(ticking.circles))
    yield from _named(
        "mapped tasks, of which each counts as one", (key for key, work in works.items() if work.mapped)
    )
    yield from _named("no task that is known", (key for key, work in works.items() if not dags[key].tasks))
    yield from _named(
        "no clock and no DAG of the estate starts them, so they count no runs",
        (
            key
            for key, flow in flows.items()
            if not flow.ticks and isinstance(schedules[key].timetable, Never) and not dags[key].live
        ),
    )
    unknown = {name for name, _ in durations.tasks} | set(durations.runs)
    yield from _named(
        "in the file of durations and not in the estate",
        sorted(unknown - {name for key, dag in dags.items() for name in (key, dag.dag_id)}),
    )


def _named(what: str, keys: Iterable[str]) -> Iterator[str]:
    found = list(keys)
    if found:
        shown = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        yield f"{len(found)} DAG{'' if len(found) == 1 else 's'}: {what}: {shown}"
