"""What holds for every schedule at every time, clock changes included."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.schedules import Run, Schedule, Slot, gaps, last_run, next_run, runs
from schedules.strategies import interval_timetables, moments, schedules, starts, trigger_timetables

LAW = settings(deadline=None, max_examples=60)
either = st.one_of(interval_timetables, trigger_timetables)


def chain(schedule: Schedule, now: datetime, count: int) -> list[Run]:
    found: list[Run] = []
    while len(found) < count and (run := next_run(schedule, found[-1] if found else None, now)):
        found.append(run)
    return found


@LAW
@given(schedules(interval_timetables), moments)
def test_data_intervals_touch_each_other(schedule: Schedule, now: datetime) -> None:
    for before, after in pairwise(chain(schedule, now, 6)):
        assert before.data_interval_end == after.data_interval_start
        assert before.run_after == before.data_interval_end


@LAW
@given(schedules(trigger_timetables), moments)
def test_triggered_runs_are_points_in_time(schedule: Schedule, now: datetime) -> None:
    for run in chain(schedule, now, 4):
        assert run.run_after == run.logical_date == run.data_interval_end


@LAW
@given(schedules(either), moments)
def test_runs_move_forward(schedule: Schedule, now: datetime) -> None:
    for before, after in pairwise(chain(schedule, now, 6)):
        assert after.run_after > before.run_after
        assert after.logical_date > before.logical_date


@LAW
@given(schedules(either, st.just(False)), moments)
def test_without_catchup_at_most_one_run_is_due(schedule: Schedule, now: datetime) -> None:
    due = [run for run in chain(schedule, now, 4) if run.run_after <= now]
    assert len(due) <= 1


@LAW
@given(schedules(either), moments)
def test_no_run_begins_before_the_start_date(schedule: Schedule, now: datetime) -> None:
    assert schedule.start is not None
    assert all(run.logical_date >= schedule.start for run in chain(schedule, now, 3))


@LAW
@given(schedules(either, st.just(True)), moments)
def test_catching_up_makes_the_runs_of_a_dag_never_paused(schedule: Schedule, now: datetime) -> None:
    assert schedule.start is not None
    steady = runs(schedule, schedule.start, now + timedelta(days=400))
    assert chain(schedule, now, 12) == list(islice(steady, 12))


@LAW
@given(schedules(either), moments, st.integers(1, 2000))
def test_a_stretch_of_runs_is_the_sum_of_its_parts(schedule: Schedule, after: datetime, minutes: int) -> None:
    middle, until = after + timedelta(minutes=minutes), after + timedelta(minutes=2000)
    parts = [*runs(schedule, after, middle), *runs(schedule, middle, until)]
    if schedule.catchup:
        assert list(runs(schedule, after, until)) == parts
    assert all(after <= run.run_after < until for run in parts)


@LAW
@given(schedules(either), moments)
def test_the_last_run_is_the_newest_of_the_past(schedule: Schedule, at: datetime) -> None:
    last = last_run(schedule, at)
    since = at - timedelta(days=70)
    past = list(runs(schedule, since, at + timedelta.resolution))
    if past:
        assert last == past[-1]
    elif last is not None:
        assert last.run_after < since


@LAW
@given(
    st.lists(schedules(either), max_size=4),
    moments,
    st.integers(1, 48),
    st.integers(0, 90),
    st.integers(1, 60),
)
def test_gaps_are_quiet_and_nothing_else_is(
    found: list[Schedule], start: datetime, hours: int, minutes: int, shortest: int
) -> None:
    window = Slot(start, start + timedelta(hours=hours))
    busy, least = timedelta(minutes=minutes), timedelta(minutes=shortest)
    slots = list(gaps(found, window, durations=[busy] * len(found), shortest=least))
    begun = sorted(
        run.run_after for schedule in found for run in runs(schedule, window.start - busy, window.end)
    )
    for slot in slots:
        assert window.start <= slot.start < slot.end <= window.end
        assert slot.length >= least
        assert not any(moment < slot.end and moment + busy > slot.start for moment in begun if busy)
        assert not any(slot.start < moment < slot.end for moment in begun)
    assert all(before.end <= after.start for before, after in pairwise(slots))
    edges = [window.start, *(moment + busy for moment in begun), *begun, window.end]
    for moment in edges:
        quiet = Slot(moment, min([later for later in begun if later >= moment] + [window.end]))
        free = not any(one <= moment < one + busy for one in begun)
        if free and window.start <= moment and quiet.length >= least:
            assert any(slot.start <= quiet.start and quiet.end <= slot.end for slot in slots)


@LAW
@given(starts, moments)
def test_an_empty_group_is_always_quiet(start: datetime, end: datetime) -> None:
    assert list(gaps([], Slot(start, end))) == [Slot(start, end)]
