"""When waves may start: days of the week, a time of day and a time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPELLING = re.compile(
    r"(?P<word>weekly|biweekly|daily|workdays)(?:\s+(?P<days>[a-z]+(?:\s*,\s*[a-z]+)*))?"
    r"\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})\Z"
)


@dataclass(frozen=True, slots=True)
class Cadence:
    """The starts that the calendar offers: `weekdays` (Monday is 0) at a time of day, every `weeks` weeks."""

    weekdays: frozenset[int]
    at: time
    weeks: int = 1

    def starts(self, first: date, zone: ZoneInfo) -> Iterator[datetime]:
        """Every start from a day on, forever."""
        monday = first - timedelta(days=first.weekday())
        day = first
        while True:
            in_turn = (day - monday).days // 7 % self.weeks == 0
            if in_turn and day.weekday() in self.weekdays:
                yield existing(datetime.combine(day, self.at, zone))
            day += timedelta(days=1)

    def __str__(self) -> str:
        days = (
            "every day" if len(self.weekdays) == 7 else ", ".join(DAYS[day] for day in sorted(self.weekdays))
        )
        every = "" if self.weeks == 1 else f" every {self.weeks} weeks"
        return f"{days} {self.at:%H:%M}{every}"


def existing(moment: datetime) -> datetime:
    """The moment itself, or what the clock shows then when it is one that a clock change skips."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


def parse_cadence(text: str) -> Cadence | None:
    """Read `weekly tue 10:00`, `weekly tue,thu 10:00`, `biweekly tue 10:00`, `daily 10:00`, `workdays 10:00`."""
    match = _SPELLING.match(" ".join(text.lower().split()))
    if match is None or int(match["hour"]) > 23 or int(match["minute"]) > 59:
        return None
    at = time(int(match["hour"]), int(match["minute"]))
    if match["word"] in ("daily", "workdays"):
        days = range(7) if match["word"] == "daily" else range(5)
        return None if match["days"] else Cadence(frozenset(days), at)
    named = {_weekday(word.strip()) for word in (match["days"] or "").split(",")}
    if None in named:
        return None
    weekdays = frozenset(day for day in named if day is not None)
    return Cadence(weekdays, at, 2 if match["word"] == "biweekly" else 1)


def _weekday(word: str) -> int | None:
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    if len(word) < 3:
        return None
    return next((number for number, name in enumerate(full) if name.startswith(word.removesuffix("s"))), None)
