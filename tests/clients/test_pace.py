"""The pace of calls, with a clock of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from airshift.clients.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(st.lists(st.floats(0, 3), max_size=80), st.integers(1, 12))
def test_no_second_has_more_calls_than_allowed(pauses: list[float], calls: int) -> None:
    clock = Clock()
    pace = Pace(calls, clock=clock, sleep=clock.sleep)
    times = []
    for pause in pauses:
        clock.sleep(pause)
        pace.wait()
        times.append(clock.now)
    assert all(later - earlier > 1 - 1e-9 for earlier, later in zip(times, times[calls:], strict=False))


@given(st.lists(st.floats(1.01, 3), max_size=40))
def test_slow_callers_never_wait(pauses: list[float]) -> None:
    clock = Clock()
    pace = Pace(1, clock=clock, sleep=clock.sleep)
    for pause in pauses:
        clock.sleep(pause)
        before = clock.now
        pace.wait()
        assert clock.now == before


def test_threads_share_one_pace() -> None:
    slept: list[float] = []
    pace = Pace(10, clock=lambda: 100.0, sleep=slept.append)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.wait(), range(35)))
    assert sorted(slept) == [1.0] * 10 + [2.0] * 10 + [3.0] * 5
