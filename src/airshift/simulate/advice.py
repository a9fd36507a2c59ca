"""What to do instead of just unpausing, and what green then runs first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from airshift.estate.model import Dag
from airshift.schedules import (
    Assets,
    Continuous,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Never,
    Once,
    Run,
    Schedule,
    Timetable,
    Unreadable,
    schedule_of,
)
from airshift.simulate import code
from airshift.simulate.judge import is_refused, is_unknown, repeats
from airshift.simulate.model import Action, Blue, Green, Step
from airshift.simulate.unpause import unpause
from airshift.simulate.words import clock
from airshift.targets import Target

PATIENCE = timedelta(hours=1)
"""How long waiting for the next run is less work than seeding a marker run."""


@dataclass(frozen=True, slots=True)
class Case:
    """One DAG at one time, on both sides."""

    dag: Dag
    at: datetime
    target: Target
    blue_schedule: Schedule
    green_schedule: Schedule
    blue: Blue
    green: Green


Advice = tuple[tuple[Step, ...], Run | None]


def advice(case: Case) -> Advice:
    """The steps for one DAG, and green's first run when they are followed."""
    if is_unknown(case.blue_schedule) or is_unknown(case.green_schedule):
        return tuple(_precautions(case)), None
    if is_refused(case.green_schedule):
        return (Step(Action.START_DATE, "Give the DAG a start_date; Airflow 3 refuses it otherwise."),), None
    pinned = _pinned(case)
    if pinned is None:
        return _start(case, case.green_schedule, case.green)
    schedule, step = pinned
    steps, then = _start(case, schedule, unpause(schedule, case.at))
    return (step, *steps), then


def _precautions(case: Case) -> Iterator[Step]:
    unreadable = [
        schedule.timetable
        for schedule in (case.green_schedule, case.blue_schedule)
        if isinstance(schedule.timetable, Unreadable)
    ]
    text = (
        f"Keep it paused and ask green when it would run ({unreadable[0].reason}): "
        "next_dagrun_run_after in the past means that it runs at once."
    )
    yield Step(Action.CHECK, text, (code.check_command(case.dag, code.green_side(case.target)),))
    if case.dag.catchup not in (None, False):
        yield Step(
            Action.LIMIT,
            "Limit it before: with catchup it may start any number of runs.",
            ("max_active_runs=1",),
        )


def _pinned(case: Case) -> tuple[Schedule, Step] | None:
    """The schedule with Airflow 2's timetable, where green has another one and that matters."""
    old, new = case.blue_schedule.timetable, case.green_schedule.timetable
    if case.blue.coming is None:
        return None
    if isinstance(old, DeltaIntervals) and isinstance(new, Never):
        dag = replace(case.dag, schedule="timedelta(days=1)", schedule_given=True)
        reason = "Write the schedule down: Airflow 2 runs a DAG without one daily, Airflow 3 never."
    elif isinstance(old, CronIntervals) and isinstance(new, CronTriggers) and case.dag.uses_date_keys:
        dag = case.dag
        reason = (
            "Pin the timetable: its tasks use dates of the run, which move by one period "
            f"(or set [scheduler] {code.OPTION} = True for all DAGs)."
        )
    elif isinstance(old, DeltaIntervals) and isinstance(new, DeltaTriggers):
        dag = case.dag
        reason = "Pin the timetable: the period would start anew at the unpause and lose its phase."
    else:
        return None
    schedule = schedule_of(dag, case.target, case.at, intervals=True)
    return schedule, Step(Action.PIN, reason, code.pinned_code(dag, schedule))


def _start(case: Case, schedule: Schedule, green: Green) -> Advice:
    """How to begin, once the timetable is the one to have."""
    timetable = schedule.timetable
    last = case.blue.last
    if isinstance(timetable, Assets):
        text = (
            "Unpause it before its producers run on green: events that arrive while it is paused are dropped."
        )
        return (_unpause(case, text),), None
    if isinstance(timetable, Once) and last is not None and green.due:
        return (Step(Action.WAIT, "Leave it paused: blue has done its one run."),), None
    if not green.due:
        return (_unpause(case, _when_to_unpause(green)),), green.coming
    if last is None or _is_new(timetable, green, last):
        text = "Unpause it when a run may start at once: blue has not done that one."
        return (_unpause(case, text),), green.first
    if len(green.due) == 1 and isinstance(timetable, CronIntervals | CronTriggers):
        return _wait(case, schedule) or _seed(case, schedule, green)
    return _floor(case, schedule)


def _is_new(timetable: Timetable, green: Green, last: Run) -> bool:
    """Whether what starts at once is wanted; a period that starts anew is not."""
    return not isinstance(timetable, DeltaTriggers) and not any(repeats(run, last) for run in green.due)


def _unpause(case: Case, text: str) -> Step:
    return Step(Action.UNPAUSE, text, (code.unpause_command(case.dag, code.green_side(case.target)),))


def _when_to_unpause(green: Green) -> str:
    if green.coming is None:
        return "Unpause it: nothing runs by the clock."
    return f"Unpause it before {clock(green.coming.run_after)}: nothing runs until then."


def _wait(case: Case, schedule: Schedule) -> Advice | None:
    """Let blue sit out its next run, and green begin with it; only when that is soon."""
    coming, last = case.blue.coming, case.blue.last
    if coming is None or last is None or coming.run_after - case.at > PATIENCE:
        return None
    later = unpause(schedule, coming.run_after)
    if len(later.due) != 1 or repeats(later.due[0], last):
        return None
    text = (
        f"Pause blue now and wait: unpause green at {clock(coming.run_after)} or after, "
        "before the run after that; green then begins with the run that blue has left out."
    )
    return (Step(Action.WAIT, text), _unpause(case, "Then unpause it.")), later.due[0]


def _seed(case: Case, schedule: Schedule, green: Green) -> Advice:
    """Mark the run that would start at once as done."""
    marker = green.due[0]
    text = (
        f"Seed a marker run for {clock(marker.logical_date)} on green while the DAG is paused: "
        "blue has done it, and the scheduler goes on to the next one."
    )
    side = code.green_side(case.target)
    step = Step(Action.SEED, text, code.seed_commands(case.dag, marker, side))
    return (step, _unpause(case, "Then unpause it.")), unpause(schedule, case.at, marker).first


def _floor(case: Case, schedule: Schedule) -> Advice:
    """A start date behind the last run of blue."""
    floor = _behind(case.blue, schedule, case.at)
    moved = replace(schedule, start=floor)
    text = f"Set the start date on green to {clock(floor)}, behind blue's last run: nothing is done twice."
    step = Step(Action.START_DATE, text, (code.start_date_code(floor, schedule),))
    return (step, _unpause(case, "Then unpause it.")), unpause(moved, case.at).first


def _behind(blue: Blue, schedule: Schedule, at: datetime) -> datetime:
    assert blue.last is not None
    if isinstance(schedule.timetable, CronIntervals | DeltaIntervals):
        return blue.last.data_interval_end
    if isinstance(schedule.timetable, Continuous) or blue.coming is None:
        return at
    return blue.coming.run_after
