"""What the old environment has run: every run on time, as long as the schedule allows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from airshift.estate.model import Dag
from airshift.schedules import Continuous, Run, Schedule, coming_run, last_run, schedule_of
from airshift.simulate.model import Blue
from airshift.simulate.unpause import unpause
from airshift.targets import Target

_TRIED = 20
"""Runs looked at in each direction before a moving start date counts as one that lets nothing run."""


def history(dag: Dag, schedule: Schedule, source: Target, at: datetime) -> Blue:
    """The last run that blue has started by a time, and its next one."""
    if isinstance(schedule.timetable, Continuous):
        return _endless(schedule, at)
    if _is_moving(dag, schedule, source, at):
        return _with_moving_start(dag, schedule, source, at)
    last = last_run(schedule, at)
    return Blue(last, coming_run(schedule, at) if last is not None else unpause(schedule, at).first)


def _endless(schedule: Schedule, at: datetime) -> Blue:
    start, end = schedule.start, schedule.end
    if start is None or start >= at or (end is not None and end < at):
        return Blue(coming=unpause(schedule, at).first)
    return Blue(Run(at, start, at), Run(at, at, at))


def _is_moving(dag: Dag, schedule: Schedule, source: Target, at: datetime) -> bool:
    """Whether the start date is counted from the time of parsing, as `days_ago(2)` is."""
    return schedule.start != schedule_of(dag, source, at - timedelta(days=400)).start


def _with_moving_start(dag: Dag, schedule: Schedule, source: Target, at: datetime) -> Blue:
    """A start date that moves lets a run happen while it is not later than the run's logical date."""

    always = replace(schedule, start=None)

    def happens(run: Run) -> bool:
        start = schedule_of(dag, source, run.run_after).start
        return start is None or start <= run.logical_date

    def back(run: Run) -> Run | None:
        return last_run(always, run.run_after - timedelta.resolution)

    def forth(run: Run) -> Run | None:
        return coming_run(always, run.run_after)

    last = _first_that(happens, last_run(always, at), back)
    return Blue(last, _first_that(happens, coming_run(always, at), forth))


def _first_that(
    happens: Callable[[Run], bool], run: Run | None, step: Callable[[Run], Run | None]
) -> Run | None:
    for _ in range(_TRIED):
        if run is None or happens(run):
            return run
        run = step(run)
    return None
