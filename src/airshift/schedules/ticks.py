"""Ticks of a cron expression on a plain wall clock.

croniter reads every expression. Those whose fields are plain sets, which is nearly all, are then stepped through
here: that takes a few µs a tick instead of 50, which decides whether an estate is simulated in seconds or in minutes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
_DAY = timedelta(days=1)
_FAR = 366 * 9
"""Days within which a plain expression has a tick, if it ever has one: two leap years can lie eight apart."""


@dataclass(frozen=True, slots=True)
class _Plain:
    """An expression as sets: the minutes of a day that it names, and which days count."""

    minutes: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def has(self, day: date) -> bool:
        return day.day in self.days and day.month in self.months and day.isoweekday() % 7 in self.weekdays


def following(expression: str, moment: datetime) -> datetime:
    """The first tick after a moment."""
    plain = _plain(expression)
    found = None if plain is None else _later(plain, moment)
    return found or _by_croniter(expression, moment, forward=True)


def preceding(expression: str, moment: datetime) -> datetime:
    """The last tick before a moment."""
    plain = _plain(expression)
    found = None if plain is None else _earlier(plain, moment)
    return found or _by_croniter(expression, moment, forward=False)


@lru_cache(maxsize=4096)
def is_hourly(expression: str) -> bool:
    """Whether every hour has a tick, which decides how Airflow advances when clocks change."""
    hours: list[Any] = croniter_of(expression).expanded[1]
    return hours == ["*"]


@lru_cache(maxsize=4096)
def croniter_of(expression: str) -> Any:
    """The expression as croniter reads it; raise ValueError for one that it refuses."""
    from croniter import croniter

    return croniter(PRESETS.get(expression, expression))


def _later(plain: _Plain, moment: datetime) -> datetime | None:
    day = moment.date()
    if plain.has(day):
        index = bisect_right(plain.minutes, moment.hour * 60 + moment.minute)
        if index < len(plain.minutes):
            return _at(day, plain.minutes[index])
    for _ in range(_FAR):
        day += _DAY
        if plain.has(day):
            return _at(day, plain.minutes[0])
    return None


def _earlier(plain: _Plain, moment: datetime) -> datetime | None:
    day = moment.date()
    if plain.has(day):
        begun = moment.second or moment.microsecond
        index = bisect_left(plain.minutes, moment.hour * 60 + moment.minute + (1 if begun else 0))
        if index:
            return _at(day, plain.minutes[index - 1])
    for _ in range(_FAR):
        day -= _DAY
        if plain.has(day):
            return _at(day, plain.minutes[-1])
    return None


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(*divmod(minute, 60)))


def _by_croniter(expression: str, moment: datetime, *, forward: bool) -> datetime:
    cron = croniter_of(expression)
    cron.set_current(moment, force=True)
    tick: datetime = cron.get_next(datetime) if forward else cron.get_prev(datetime)
    return tick


@lru_cache(maxsize=4096)
def _plain(expression: str) -> _Plain | None:
    """The expression as sets; None where it means more: seconds, `L`, `#`, or days joined by "or"."""
    cron = croniter_of(expression)
    fields: list[list[Any]] = cron.expanded
    if len(fields) != 5 or cron.nth_weekday_of_month or (fields[2] != ["*"] and fields[4] != ["*"]):
        return None
    ranges = (range(60), range(24), range(1, 32), range(1, 13), range(7))
    sets = [
        frozenset(whole) if field == ["*"] else frozenset(field)
        for field, whole in zip(fields, ranges, strict=True)
    ]
    if any(not isinstance(value, int) for values in sets for value in values):
        return None
    minutes, hours, days, months, weekdays = sets
    of_day = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    return _Plain(tuple(of_day), days, months, weekdays)
