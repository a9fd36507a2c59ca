"""Which runs the side that takes over would repeat, and the marker runs that keep it from doing so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from airshift.schedules import (
    Continuous,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Run,
    Schedule,
    Unreadable,
    next_run,
)
from airshift.simulate.judge import repeats
from airshift.simulate.unpause import unpause
from airshift.wave.markers import is_marker, marker_id
from airshift.wave.side import DagState, Interval, Marker, RunState

MOST = 3
"""Marker runs on green. The scheduler passes over one in each of its loops, and begins again at the first whenever the
DAG is parsed, so a longer backlog wants a start date in the code."""
MOST_BACK = 20
"""Marker runs on blue, whose code is not to be touched: it has to pass over them between two times of parsing."""
SLACK = timedelta(seconds=15)
"""What is due so soon counts as due: clocks differ a little."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """The runs to mark as done, oldest first; none when nothing would be repeated."""

    markers: tuple[Marker, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """What the side plans is older than the runs that were done: it has to parse the DAG again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unseedable:
    """Marker runs would not keep it from repeating; the code of the DAG has to change."""

    reason: str


Seeding = Seeds | NotYet | Unseedable
Done = Callable[[Run], bool]


def seeding(
    schedule: Schedule,
    dag: DagState,
    done: Done,
    now: datetime,
    newest: datetime | None,
    most: int = MOST,
) -> Seeding:
    """What has to be seeded on a side before the DAG is unpaused there.

    `dag` is how that side reports the DAG, `done` says which runs the other side has done, `newest` when the newest of
    them was due.
    """
    planned = planned_run(dag)
    if planned is None:
        return Seeds((), "no clock starts it")
    now += SLACK
    if planned.run_after > now and done(planned):
        return Unseedable(
            "its next data interval begins before the last one of the other side ends: give it a start_date"
        )
    if planned.run_after > now:
        return Seeds((), "nothing is due before its next run")
    real = matching(schedule, planned)
    if isinstance(real.timetable, DeltaTriggers | Continuous):
        return _moving(planned, done, real.timetable)
    if isinstance(real.timetable, Unreadable):
        return _by_itself(planned, dag, done, newest)
    marked = []
    for run in _due(real, planned, now):
        if done(run):
            marked.append(run)
        if len(marked) > most:
            return Unseedable(f"more than {most} runs would start at once: give it a start_date behind them")
    if not marked:
        return Seeds((), "what is due has not been done yet")
    return Seeds(tuple(marker_of(run) for run in marked), "done on the other side")


def planned_run(dag: DagState) -> Run | None:
    """The run a side plans next."""
    if dag.next_run_after is None:
        return None
    interval = dag.next_interval
    if interval is None:
        date = dag.next_logical_date or dag.next_run_after
        interval = Interval(date, date)
    return Run(dag.next_run_after, interval.start, interval.end)


def matching(schedule: Schedule, planned: Run) -> Schedule:
    """The schedule with data intervals or without, as the side really plans it.

    The environment can set `create_cron_data_intervals`, and the code on green can name a timetable.
    """
    has_interval = planned.data_interval_end > planned.data_interval_start
    match schedule.timetable:
        case CronTriggers((cron,), interval) if has_interval and not interval:
            return replace(schedule, timetable=CronIntervals(cron))
        case CronIntervals(cron) if not has_interval:
            return replace(schedule, timetable=CronTriggers((cron,)))
        case DeltaTriggers(delta, interval) if has_interval and not interval:
            return replace(schedule, timetable=DeltaIntervals(delta))
        case _:
            return schedule


def marker_of(run: Run) -> Marker:
    """A marker with exactly the dates of a run."""
    return Marker(
        marker_id(run.logical_date),
        run.logical_date,
        Interval(run.data_interval_start, run.data_interval_end),
        run.run_after,
    )


def unfinished(dag: DagState) -> Marker | None:
    """A marker run that was created and is no success yet: it would really run after the unpause."""
    for state in dag.active_runs:
        run = run_of(state)
        if run is not None and is_marker(state.run_id, state.logical_date):
            return Marker(
                state.run_id,
                run.logical_date,
                Interval(run.data_interval_start, run.data_interval_end),
                run.run_after,
            )
    return None


def own_runs(dag: DagState) -> tuple[RunState, ...]:
    """The active runs that are no markers."""
    return tuple(run for run in dag.active_runs if not is_marker(run.run_id, run.logical_date))


def done_by(last: Run | None) -> Done:
    """What a side has done that did everything up to its last run."""
    return lambda run: last is not None and repeats(run, last)


def done_at(ticks: tuple[datetime, ...]) -> Done:
    """What a side has done that completed the runs due at these times."""
    known = frozenset(ticks)
    return lambda run: run.run_after in known


def run_of(state: RunState | None) -> Run | None:
    """A run with its dates; None when it has none."""
    if state is None or state.run_after is None:
        return None
    date = state.logical_date or state.run_after
    interval = state.interval or Interval(date, date)
    return Run(state.run_after, interval.start, interval.end)


def _moving(planned: Run, done: Done, timetable: DeltaTriggers | Continuous) -> Seeding:
    if isinstance(timetable, Continuous) and not done(planned):
        return Seeds((), "it goes on where the other side ended")
    what = (
        "its period would start anew"
        if isinstance(timetable, DeltaTriggers)
        else "it would begin at its start"
    )
    return Unseedable(f"{what} at the unpause, on dates that move: pin its timetable or give it a start_date")


def _by_itself(planned: Run, dag: DagState, done: Done, newest: datetime | None) -> Seeding:
    """A timetable that only the side itself can compute."""
    if not done(planned):
        return Seeds((), "what is due has not been done yet")
    if dag.last_parsed is None or (newest is not None and dag.last_parsed <= newest):
        return NotYet("it has not been parsed since the last run of the other side")
    return Seeds((marker_of(planned),), "done on the other side")


def _due(schedule: Schedule, planned: Run, now: datetime) -> Iterator[Run]:
    """What would start at once: the planned run and those after it, and without catchup also the newest.

    Without catchup the side plans the newest run anew whenever it parses the DAG.
    """
    known = set()
    run: Run | None = planned
    while run is not None and run.run_after <= now:
        known.add(run)
        yield run
        run = next_run(schedule, run, now)
    if not schedule.catchup:
        yield from (one for one in unpause(schedule, now).due[-1:] if one not in known)
