"""The minute field of a cron expression: whether it can be shifted, by how much, and what it is then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airshift.schedules.ticks import PRESETS

_HOUR = 60


@dataclass(frozen=True, slots=True)
class Minutes:
    """A cron expression with plain minutes: `0`, `0,30`, or `*/15`."""

    values: tuple[int, ...]
    every: int
    """The step of `*/15`; 0 for listed minutes."""
    rest: str
    """The other four fields."""

    def shifts(self) -> Iterator[int]:
        """Shifts that stay within the hour, small ones first, 0 left out."""
        first, last = self.values[0], self.values[-1]
        most = self.every - 1 if self.every else _HOUR - 1
        for size in range(1, most + 1):
            if last + size < _HOUR:
                yield size
            if first - size >= 0:
                yield -size

    def shifted(self, by: int) -> str:
        """The expression with all minutes moved."""
        if self.every:
            return f"{self.values[0] + by}-59/{self.every} {self.rest}"
        return f"{','.join(str(value + by) for value in self.values)} {self.rest}"


def minutes_of(schedule: object) -> Minutes | None:
    """The minutes of a schedule; None for what is no cron, or has minutes that are not plain."""
    if not isinstance(schedule, str):
        return None
    fields = PRESETS.get(schedule, schedule).split()
    if len(fields) != 5:
        return None
    rest = " ".join(fields[1:])
    if fields[0].startswith("*/") and fields[0][2:].isdigit():
        every = int(fields[0][2:])
        plain = 0 < every < _HOUR and _HOUR % every == 0
        return Minutes(tuple(range(0, _HOUR, every)), every, rest) if plain else None
    parts = fields[0].split(",")
    if not all(part.isdigit() and int(part) < _HOUR for part in parts):
        return None
    return Minutes(tuple(sorted({int(part) for part in parts})), 0, rest)
