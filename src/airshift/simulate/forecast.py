"""Put the forecast of each DAG together: what blue has done, what green does, what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from airshift.estate.model import Dag
from airshift.schedules import (
    Assets,
    DeltaIntervals,
    Never,
    Schedule,
    Unreadable,
    last_run,
    rules_of,
    schedule_of,
)
from airshift.simulate.advice import Case, advice
from airshift.simulate.history import history
from airshift.simulate.judge import hazards, moves_dates
from airshift.simulate.model import Action, Blue, Forecast, Green, Hazard, Step
from airshift.simulate.unpause import MOST, unpause
from airshift.simulate.words import clock, count
from airshift.targets import Target


@dataclass(frozen=True, slots=True)
class Simulation:
    """The forecasts of an estate for one time."""

    source: Target
    target: Target
    at: datetime
    forecasts: tuple[Forecast, ...]


def simulate(
    dags: Sequence[Dag],
    source: Target,
    target: Target,
    at: datetime,
    *,
    intervals: bool | None = None,
    subdags: Collection[str] = (),
) -> Simulation:
    """What the first unpause at `at` does to each DAG, in a target without any history.

    Blue is taken to have run every DAG on time until `at`. `intervals` is `[scheduler]
    create_cron_data_intervals` of the target environment where it is set; `subdags` are the keys of DAGs
    that run within another one.
    """
    forecasts = tuple(
        _subdag(dag, source, target) if dag.key in subdags else _forecast(dag, source, target, at, intervals)
        for dag in dags
    )
    return Simulation(source, target, at, forecasts)


def _subdag(dag: Dag, source: Target, target: Target) -> Forecast:
    blue, green = (Schedule(Never(), rules_of(version)) for version in (source, target))
    reason = "A SubDAG has no schedule of its own: Airflow 2 runs it within its parent, Airflow 3 has none."
    step = Step(Action.CHECK, "Make it a TaskGroup of its parent; there is nothing to unpause.")
    return Forecast(dag, blue, green, Blue(), Green(), (Hazard.NONE,), reason, (step,), None)


def _forecast(dag: Dag, source: Target, target: Target, at: datetime, intervals: bool | None) -> Forecast:
    blue_schedule = schedule_of(dag, source, at)
    green_schedule = schedule_of(dag, target, at, intervals=intervals)
    blue, green = history(dag, blue_schedule, source, at), unpause(green_schedule, at)
    found = hazards(blue_schedule, green_schedule, blue, green)
    steps, then = advice(Case(dag, at, target, blue_schedule, green_schedule, blue, green))
    sentences = [*_sentences(green_schedule, blue, green, found), *_doubt(blue_schedule, blue, at)]
    reason = " ".join(sentences)
    return Forecast(dag, blue_schedule, green_schedule, blue, green, found, reason, steps, then)


def _sentences(schedule: Schedule, blue: Blue, green: Green, found: tuple[Hazard, ...]) -> Iterator[str]:
    if isinstance(schedule.timetable, Unreadable):
        yield f"{schedule.timetable.expression or 'schedule'}: {schedule.timetable.reason}."
        return
    yield _what_runs(schedule, green)
    if Hazard.UNKNOWN in found:
        yield "What blue has done cannot be told."
    if Hazard.NEVER_RUNS in found and blue.coming is not None:
        yield f"Blue runs it next at {clock(blue.coming.run_after)}."
    if Hazard.DUPLICATE in found and blue.last is not None:
        what = "it" if len(green.due) == 1 else "the last of them"
        yield f"Blue has done {what} at {clock(blue.last.run_after)}."
    if moves_dates(blue, green) and blue.coming is not None and green.coming is not None:
        yield (
            f"The run at {clock(green.coming.run_after)} has logical date {clock(green.coming.logical_date)}, "
            f"on blue {clock(blue.coming.logical_date)}."
        )
    if Hazard.PHASE_SHIFT in found and blue.coming is not None and green.coming is not None:
        yield f"It goes on at {clock(green.coming.run_after)}, blue at {clock(blue.coming.run_after)}."
    if Hazard.SKIPPED_INTERVAL in found and blue.coming is not None:
        yield f"The logical date {clock(blue.coming.logical_date)} is never made."


def _doubt(schedule: Schedule, blue: Blue, at: datetime) -> Iterator[str]:
    """Without catchup, the phase of a period depends on when blue was first unpaused, which no file says."""
    timetable = schedule.timetable
    if not isinstance(timetable, DeltaIntervals) or schedule.catchup or blue.last is None:
        return
    other = last_run(replace(schedule, catchup=True), at)
    if not isinstance(timetable.delta, timedelta) or other != blue.last:
        yield (
            "Blue may keep another phase of its period, that of its first unpause: "
            "compare with the data interval of its last run."
        )


def _what_runs(schedule: Schedule, green: Green) -> str:
    if not green.due:
        if green.coming is not None:
            return f"Nothing runs before {clock(green.coming.run_after)}."
        is_asset = isinstance(schedule.timetable, Assets)
        return "Nothing runs before an asset event." if is_asset else "Nothing runs by the clock."
    first, newest = green.due[0], green.due[-1]
    if len(green.due) == 1:
        return f"One run starts at once, logical date {clock(first.logical_date)}."
    number = count(len(green.due), MOST)
    until = "now" if green.capped else clock(newest.logical_date)
    return f"{number} runs start at once, logical dates {clock(first.logical_date)} to {until}."
