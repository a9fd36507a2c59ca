"""Times and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from airshift.schedules import Run


def clock(moment: datetime) -> str:
    """A time in UTC, without what is zero."""
    pattern = "%Y-%m-%d %H:%M UTC" if moment.second == 0 else "%Y-%m-%d %H:%M:%S UTC"
    return moment.astimezone(UTC).strftime(pattern)


def ds(run: Run | None) -> str | None:
    """`{{ ds }}` of a run."""
    return None if run is None else run.logical_date.strftime("%Y-%m-%d")


def count(number: int, most: int) -> str:
    """A number that was counted up to a limit."""
    return f"{number:,}" if number < most else f"{most:,} or more"
