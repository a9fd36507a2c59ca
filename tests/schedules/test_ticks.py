"""Ticks stepped through as sets are those of croniter, which Airflow asks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.schedules import ticks

FIELDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
NAMES = {3: ["JAN", "jun", "FEB-APR"], 4: ["MON", "mon-fri", "SUN"]}


@st.composite
def field(draw: st.DrawFn, number: int) -> str:
    low, high = FIELDS[number]
    kind = draw(st.sampled_from(["*", "*", "value", "list", "range", "step", "range/step", "name"]))
    one, two = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
    step = draw(st.integers(1, 12))
    choices = {
        "*": "*",
        "value": f"{one}",
        "list": f"{one},{two}",
        "range": f"{one}-{two}",
        "step": f"*/{step}",
        "range/step": f"{one}-{two}/{step}",
        "name": draw(st.sampled_from(NAMES.get(number, ["*"]))),
    }
    return choices[kind]


expressions = st.tuples(*(field(number) for number in range(5))).map(" ".join)
moments = st.datetimes(datetime(2023, 1, 1), datetime(2028, 12, 31))
on_the_minute = moments.map(lambda moment: moment.replace(second=0, microsecond=0))


@settings(deadline=None, max_examples=400)
@given(expressions, st.one_of(moments, on_the_minute))
def test_ticks_are_those_of_croniter(expression: str, moment: datetime) -> None:
    try:
        later = croniter(expression, moment).get_next(datetime)
        earlier = croniter(expression, moment).get_prev(datetime)
    except ValueError:
        return
    assert ticks.following(expression, moment) == later
    assert ticks.preceding(expression, moment) == earlier
    assert ticks.preceding(expression, later) <= moment < later


@pytest.mark.parametrize(
    "expression",
    ["0 4 1 * 1", "0 6 L * *", "0 6 * * 5#2", "0 6 * * L5", "30 6 * * MON 15", "0 0 29 2 *", "@annually"],
)
def test_expressions_that_mean_more_are_left_to_croniter(expression: str) -> None:
    moment = datetime(2024, 2, 28, 23, 59, 30)
    for _ in range(20):
        later = croniter(expression, moment).get_next(datetime)
        assert ticks.following(expression, moment) == later
        assert ticks.preceding(expression, later + timedelta(seconds=1)) == later
        moment = later


def test_a_day_that_never_comes_is_an_error() -> None:
    with pytest.raises(ValueError, match="failed to find next date"):
        ticks.following("0 0 30 2 *", datetime(2024, 1, 1))
