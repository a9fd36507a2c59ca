"""Cron ticks in a time zone, with the rules Airflow applies around clock changes.

croniter counts in wall-clock time; a tick that the clocks skip happens when they have moved on, one that
happens twice counts the second time. Expressions that fire every hour advance by elapsed time instead, so
that the repeated hour in autumn has its runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
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


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression (or preset) and the zone its hours are meant in."""

    expression: str
    zone: tzinfo

    def following(self, moment: datetime) -> datetime:
        """The first tick after a moment."""
        naive = _wall_clock(moment, self.zone)
        tick = _tick(self.expression, naive, forward=True)
        return moment + (tick - naive) if self._is_hourly else _instant(tick, self.zone)

    def preceding(self, moment: datetime) -> datetime:
        """The last tick before a moment."""
        naive = _wall_clock(moment, self.zone)
        tick = _tick(self.expression, naive, forward=False)
        return moment - (naive - tick) if self._is_hourly else _instant(tick, self.zone)

    def at_or_after(self, moment: datetime) -> datetime:
        """The moment itself when it is a tick, else the next one."""
        following = self.following(moment)
        return moment if self.preceding(following) == moment else following

    def at_or_before(self, moment: datetime) -> datetime:
        """The moment itself when it is a tick, else the one before."""
        preceding = self.preceding(moment)
        return moment if self.following(preceding) == moment else preceding

    @property
    def _is_hourly(self) -> bool:
        hours: list[Any] = _croniter(self.expression).expanded[1]
        return hours == ["*"]


def why_invalid(expression: str) -> str | None:
    """The reason why Airflow would refuse an expression; None when it is fine."""
    try:
        _croniter(expression)
    except ValueError as error:
        return str(error)
    return None


@lru_cache(maxsize=4096)
def _croniter(expression: str) -> Any:
    from croniter import croniter

    return croniter(PRESETS.get(expression, expression))


def _tick(expression: str, naive: datetime, *, forward: bool) -> datetime:
    cron = _croniter(expression)
    cron.set_current(naive, force=True)
    tick: datetime = cron.get_next(datetime) if forward else cron.get_prev(datetime)
    return tick


def _wall_clock(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _instant(naive: datetime, zone: tzinfo) -> datetime:
    """The later of the two readings: the second pass of a repeated hour, the end of a skipped one."""
    return max(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
