"""When DAGs run: Airflow's timetables as pure functions of the time.

`schedule_of` reads a DAG of the estate model for one version of Airflow; `next_run` is the scheduler's
decision, `runs` the steady sequence, and `gaps` the quiet slots of a group of DAGs.
"""

from __future__ import annotations

from airshift.schedules.cron import Cron
from airshift.schedules.gaps import Slot, gaps
from airshift.schedules.reading import schedule_of
from airshift.schedules.sequence import coming_run, last_run, runs
from airshift.schedules.steps import next_run
from airshift.schedules.timetables import (
    Assets,
    Continuous,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Events,
    Never,
    Once,
    Run,
    Schedule,
    Timetable,
    Unreadable,
)
from airshift.schedules.versions import Rules, rules_of

__all__ = [
    "Assets",
    "Continuous",
    "Cron",
    "CronIntervals",
    "CronTriggers",
    "DeltaIntervals",
    "DeltaTriggers",
    "Events",
    "Never",
    "Once",
    "Rules",
    "Run",
    "Schedule",
    "Slot",
    "Timetable",
    "Unreadable",
    "coming_run",
    "gaps",
    "last_run",
    "next_run",
    "rules_of",
    "runs",
    "schedule_of",
]
