"""The quiet slot of a wave: what meets a run is told, everything else is free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.plan.model import Slot
from airshift.plan.windows import Window, choose, misfits
from plan.made_up import Clockwork

TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
FOUR_HOURS = Slot(TEN, TEN + timedelta(hours=4))


class Runs:
    """Runs at given minutes after ten."""

    def __init__(self, minutes: list[int], lasting: int = 0) -> None:
        self.moments = [TEN + timedelta(minutes=minute) for minute in minutes]
        self.lasting = timedelta(minutes=lasting)

    def runs(self, dag_id: str, start: datetime, end: datetime) -> list[datetime]:
        return [moment for moment in self.moments if start <= moment < end]

    def duration(self, dag_id: str) -> timedelta:
        return self.lasting


@given(
    st.lists(st.integers(-120, 300), max_size=12), st.integers(0, 90), st.integers(1, 60), st.integers(2, 20)
)
def test_a_bit_says_whether_a_run_and_a_cutover_share_time(
    minutes: list[int], lasting: int, length: int, parts: int
) -> None:
    times = Runs(minutes, lasting)
    window = Window(FOUR_HOURS, timedelta(minutes=length)).in_parts(parts)
    mask = misfits(times, "x", window)
    reach = max(times.lasting, timedelta(seconds=1))
    for number, start in enumerate(window.starts()):
        meets = any(
            begin < start + window.length and start < begin + reach
            for begin in times.moments
            if begin >= TEN - reach
        )
        assert bool(mask >> number & 1) == meets
    assert mask >> len(window.starts()) == 0


def test_the_first_slot_that_suits_everybody_is_taken() -> None:
    window = Window(FOUR_HOURS, timedelta(minutes=15))
    slot, gaps = choose(Runs([0, 20, 30, 90], lasting=10), ["x"], window)
    assert slot == Slot(TEN + timedelta(minutes=40), TEN + timedelta(minutes=55))
    assert (gaps[0].start, gaps[0].end) == (TEN + timedelta(minutes=40), TEN + timedelta(minutes=90))
    assert gaps[0].fits
    assert gaps[0].missed == ()


def test_without_a_common_gap_the_slot_suits_most_and_the_others_are_told() -> None:
    times = Clockwork({"often": 5, "daily": 1440})
    slot, gaps = choose(times, ["daily", "often"], Window(FOUR_HOURS, timedelta(minutes=15)))
    daily, often = gaps
    assert daily.fits
    assert (often.fits, len(often.missed)) == (False, 3)
    assert all(slot.start <= moment < slot.end for moment in often.missed)


@pytest.mark.parametrize("length", [1, 15, 240])
def test_a_window_offers_only_starts_that_end_in_it(length: int) -> None:
    window = Window(FOUR_HOURS, timedelta(minutes=length))
    assert window.starts()[0] == TEN
    assert window.starts()[-1] + window.length <= FOUR_HOURS.end


def test_dags_that_no_clock_starts_are_free_all_the_time() -> None:
    slot, gaps = choose(Runs([]), ["x"], Window(FOUR_HOURS, timedelta(minutes=15)))
    assert slot.start == TEN
    assert (gaps[0].start, gaps[0].end, gaps[0].fits) == (None, None, True)
