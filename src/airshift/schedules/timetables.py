"""The timetables Airflow can end up with, and the runs they make, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airshift.schedules.cron import Cron
from airshift.schedules.versions import Rules

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, slots=True)
class Run:
    """A scheduled run; all times in UTC."""

    run_after: datetime
    data_interval_start: datetime
    data_interval_end: datetime

    @property
    def logical_date(self) -> datetime:
        """What `{{ ds }}` and the run id are made of."""
        return self.data_interval_start


@dataclass(frozen=True, slots=True)
class CronIntervals:
    """A run at the end of each interval between two ticks (`CronDataIntervalTimetable`)."""

    cron: Cron


@dataclass(frozen=True, slots=True)
class CronTriggers:
    """A run at each tick of one or several crons (`CronTriggerTimetable`, `MultipleCronTriggerTimetable`)."""

    crons: tuple[Cron, ...]
    interval: timedelta | relativedelta = timedelta()
    immediately: bool | timedelta | None = False
    """How a DAG without a start date begins, from Airflow 3.0 on."""


@dataclass(frozen=True, slots=True)
class DeltaIntervals:
    """A run at the end of each period (`DeltaDataIntervalTimetable`)."""

    delta: timedelta | relativedelta


@dataclass(frozen=True, slots=True)
class DeltaTriggers:
    """A run every period, counted from the first one (`DeltaTriggerTimetable`)."""

    delta: timedelta | relativedelta
    interval: timedelta | relativedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Once:
    """One run, at the start date (`@once`)."""


@dataclass(frozen=True, slots=True)
class Continuous:
    """A new run as soon as the last one has ended (`@continuous`)."""


@dataclass(frozen=True, slots=True)
class Never:
    """No scheduled runs (`schedule=None`)."""


@dataclass(frozen=True, slots=True)
class Assets:
    """Runs on asset (dataset) events, which no clock tells."""


@dataclass(frozen=True, slots=True)
class Events:
    """Runs at listed times (`EventsTimetable`); sorted."""

    dates: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A schedule that only running the code would tell, or that Airflow would refuse; with the reason."""

    expression: str
    reason: str
    refused: bool = False
    """This version of Airflow answers the DAG with an import error."""


Timetable = (
    CronIntervals
    | CronTriggers
    | DeltaIntervals
    | DeltaTriggers
    | Once
    | Continuous
    | Never
    | Assets
    | Events
    | Unreadable
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A DAG's timetable on one version of Airflow, with the limits that its dates set."""

    timetable: Timetable
    rules: Rules
    start: datetime | None = None
    end: datetime | None = None
    catchup: bool = False

    def is_over(self, moment: datetime) -> bool:
        """Whether a moment lies behind the end date."""
        return self.end is not None and moment > self.end
