"""What goes wrong when green starts a DAG that blue has run before: duplicates, gaps, shifts."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.schedules import DeltaIntervals, DeltaTriggers, Run, Schedule, Unreadable
from airshift.simulate.model import Blue, Green, Hazard


def hazards(
    blue_schedule: Schedule, green_schedule: Schedule, blue: Blue, green: Green
) -> tuple[Hazard, ...]:
    """The hazards of an unpause, the most important one first; `NONE` when there is none."""
    found = set(_hazards(blue_schedule, green_schedule, blue, green)) or {Hazard.NONE}
    return tuple(hazard for hazard in Hazard if hazard in found)


def _hazards(blue_schedule: Schedule, green_schedule: Schedule, blue: Blue, green: Green) -> Iterator[Hazard]:
    if is_unknown(blue_schedule) or is_unknown(green_schedule):
        yield Hazard.UNKNOWN
        return
    if is_refused(green_schedule) or (blue.coming is not None and green.first is None):
        yield Hazard.NEVER_RUNS
        return
    if len(green.due) > 1:
        yield Hazard.BACKFILL
    if blue.last is not None and any(repeats(run, blue.last) for run in (*green.due[:1], *green.due[-1:])):
        yield Hazard.DUPLICATE
    if _is_periodic(green_schedule) and _is_off_beat(blue, green):
        yield Hazard.PHASE_SHIFT
    if _skips(blue, green):
        yield Hazard.SKIPPED_INTERVAL


def is_unknown(schedule: Schedule) -> bool:
    """Whether only running the code would tell; a DAG that the version refuses is known: it never runs."""
    return isinstance(schedule.timetable, Unreadable) and not is_refused(schedule)


def is_refused(schedule: Schedule) -> bool:
    """Whether the version answers the DAG with an import error."""
    return isinstance(schedule.timetable, Unreadable) and schedule.timetable.refused


def repeats(run: Run, done: Run) -> bool:
    """Whether a run does again what blue has done: the same tick, or a stretch of the same data."""
    has_data = run.data_interval_end > run.data_interval_start
    return run.run_after <= done.run_after or (has_data and run.logical_date < done.data_interval_end)


def _is_periodic(schedule: Schedule) -> bool:
    return isinstance(schedule.timetable, DeltaIntervals | DeltaTriggers)


def _is_off_beat(blue: Blue, green: Green) -> bool:
    if blue.coming is None or green.coming is None or blue.last is None:
        return False
    return green.coming.run_after != blue.coming.run_after


def _skips(blue: Blue, green: Green) -> bool:
    """Whether blue's next logical date is one that green never makes."""
    if blue.last is None or blue.coming is None or green.first is None:
        return False
    return green.first.logical_date > blue.coming.logical_date


def moves_dates(blue: Blue, green: Green) -> bool:
    """Whether the same run on the clock has another logical date on green."""
    ours, theirs = green.coming, blue.coming
    if ours is None or theirs is None:
        return False
    return ours.run_after == theirs.run_after and ours.logical_date != theirs.logical_date
