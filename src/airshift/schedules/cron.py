"""Cron ticks in a time zone, with the rules Airflow applies around clock changes.

Ticks are found in wall-clock time; one that the clocks skip happens when they have moved on, one that
happens twice counts the second time. Expressions that fire every hour advance by elapsed time instead, so
that the repeated hour in autumn has its runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from airshift.schedules import ticks


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression (or preset) and the zone its hours are meant in."""

    expression: str
    zone: tzinfo

    def following(self, moment: datetime) -> datetime:
        """The first tick after a moment."""
        naive = _wall_clock(moment, self.zone)
        tick = ticks.following(self.expression, naive)
        return moment + (tick - naive) if ticks.is_hourly(self.expression) else _instant(tick, self.zone)

    def preceding(self, moment: datetime) -> datetime:
        """The last tick before a moment."""
        naive = _wall_clock(moment, self.zone)
        tick = ticks.preceding(self.expression, naive)
        return moment - (naive - tick) if ticks.is_hourly(self.expression) else _instant(tick, self.zone)

    def at_or_after(self, moment: datetime) -> datetime:
        """The moment itself when it is a tick, else the next one."""
        following = self.following(moment)
        return moment if self.preceding(following) == moment else following

    def at_or_before(self, moment: datetime) -> datetime:
        """The moment itself when it is a tick, else the one before."""
        preceding = self.preceding(moment)
        return moment if self.following(preceding) == moment else preceding


def why_invalid(expression: str) -> str | None:
    """The reason why Airflow would refuse an expression; None when it is fine."""
    try:
        ticks.croniter_of(expression)
    except ValueError as error:
        return str(error)
    return None


def _wall_clock(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _instant(naive: datetime, zone: tzinfo) -> datetime:
    """The later of the two readings: the second pass of a repeated hour, the end of a skipped one."""
    if zone is UTC:
        return naive.replace(tzinfo=UTC)
    return max(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
