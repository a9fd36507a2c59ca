"""What a version of Airflow makes of a schedule; measured on real installs (see docs/simulate.md)."""

from __future__ import annotations

from dataclasses import dataclass

from airshift.targets import Target


@dataclass(frozen=True, slots=True)
class Rules:
    """How one version of Airflow reads schedules."""

    cron_intervals: bool
    """A plain cron string makes data intervals, not points in time."""
    delta_intervals: bool
    """A plain `timedelta` makes data intervals."""
    omitted_is_daily: bool
    """A DAG without a schedule argument runs daily."""
    catchup: bool
    """The default of `catchup`."""
    requires_start: bool
    """A DAG with a schedule and no start date is an import error."""
    trigger_without_start: bool
    """Trigger timetables find a first run without a start date."""
    once_without_start: bool
    continuous_without_start: bool
    continuous_waits: bool
    """`@continuous` keeps a start date in the future for the second run too."""
    months_from_start: bool
    """Intervals of months count from the start date, not from 1970 in steps of 30 days."""
    skips_repeated_start: bool
    """Data-interval timetables step over the logical date of a point-in-time run."""


def rules_of(version: Target, *, intervals: bool | None = None) -> Rules:
    """The rules of a version; `intervals` is `[scheduler] create_cron_data_intervals` where it is set.

    In Airflow 3 that option decides about `timedelta` schedules too: `create_delta_data_intervals` exists,
    but the DAG class of 3.0 to 3.3 does not read it.
    """
    release = version.release
    third = release >= (3,)
    wanted = intervals if intervals is not None else not third
    return Rules(
        cron_intervals=wanted,
        delta_intervals=wanted if third else True,
        omitted_is_daily=not third,
        catchup=not third,
        requires_start=not third,
        trigger_without_start=third,
        once_without_start=release >= (3, 1),
        continuous_without_start=release >= (3, 2),
        continuous_waits=third,
        months_from_start=release >= (3, 3),
        skips_repeated_start=release >= (3, 3),
    )
