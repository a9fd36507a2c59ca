"""From a DAG of the estate model to its schedule on one version of Airflow."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from airshift.estate.model import Dag, Unknown
from airshift.schedules.expressions import evaluate
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
    Schedule,
    Timetable,
    Unreadable,
)
from airshift.schedules.versions import Rules, rules_of
from airshift.schedules.vocabulary import NotStaticError, in_utc, read_cron
from airshift.targets import Target

_CRON = re.compile(r"@\w+|[^()\[\]]+\s[^()\[\]]+")
"""A preset, or several fields; an expression has brackets."""


def schedule_of(dag: Dag, version: Target, now: datetime, *, intervals: bool | None = None) -> Schedule:
    """What a version of Airflow makes of a DAG's schedule arguments.

    `intervals` is `[scheduler] create_cron_data_intervals` where the environment sets it; `now` is what a
    moving start date (`days_ago(1)`) counts from. What cannot be known is `Unreadable`, with the reason.
    """
    rules = rules_of(version, intervals=intervals)
    timetable = _timetable(dag, rules, UTC, now)
    if isinstance(timetable, Never) or (isinstance(timetable, Assets) and dag.start_date is not None):
        return Schedule(timetable, rules)
    dates: dict[str, datetime | None] = {}
    for name, value in (("start_date", dag.start_date), ("end_date", dag.end_date)):
        try:
            dates[name] = _moment(value, now)
        except NotStaticError as error:
            return Schedule(Unreadable(_expression(value), f"{name}: {error}"), rules)
    start = dates["start_date"]
    zone = UTC if start is None or start.tzinfo is None else start.tzinfo
    schedule = Schedule(
        _timetable(dag, rules, zone, now),
        rules,
        start=_utc_or_none(start),
        end=_utc_or_none(dates["end_date"]),
        catchup=rules.catchup if dag.catchup is None else dag.catchup is True,
    )
    if isinstance(dag.catchup, Unknown):
        reason = "catchup is known only when the code runs"
        return replace(schedule, timetable=Unreadable(dag.catchup.expression, reason))
    return _refused(schedule, dag)


def _moment(value: str | Unknown | None, now: datetime) -> datetime | None:
    if value is None:
        return None
    text = _expression(value)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        found = evaluate(text, now)
    if isinstance(found, str):
        return _moment(found, now)
    if not isinstance(found, datetime):
        raise NotStaticError("no date")
    return found


def _utc_or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else in_utc(moment)


def _timetable(dag: Dag, rules: Rules, zone: tzinfo, now: datetime) -> Timetable:
    if not dag.schedule_given:
        return DeltaIntervals(timedelta(days=1)) if rules.omitted_is_daily else Never()
    if dag.schedule is None:
        return Never()
    text = _expression(dag.schedule)
    try:
        is_text = isinstance(dag.schedule, str)
        timetable = _plain(text, rules, zone, now) if is_text else _of_value(evaluate(text, now), rules)
        _try_out(timetable, now)
    except NotStaticError as error:
        return Unreadable(text, str(error))
    return timetable


def _plain(text: str, rules: Rules, zone: tzinfo, now: datetime) -> Timetable:
    if text == "@once":
        return Once()
    if text == "@continuous":
        return Continuous()
    if _CRON.fullmatch(text.strip()):
        ticks = read_cron(text, zone)
        return CronIntervals(ticks) if rules.cron_intervals else CronTriggers((ticks,))
    if text.startswith("["):
        return Assets()
    return _of_value(evaluate(text, now), rules)


def _of_value(value: Any, rules: Rules) -> Timetable:
    match value:
        case None:
            return Never()
        case (
            CronIntervals()
            | CronTriggers()
            | DeltaIntervals()
            | DeltaTriggers()
            | Once()
            | Continuous()
            | Never()
            | Assets()
            | Events()
        ):
            return value
        case _ if isinstance(value, timedelta) or type(value).__name__ == "relativedelta":
            return DeltaIntervals(value) if rules.delta_intervals else DeltaTriggers(value)
        case _:
            raise NotStaticError("no schedule that Airflow knows")


def _try_out(timetable: Timetable, now: datetime) -> None:
    """Raise NotStaticError for a schedule that never advances, such as the 30th of February."""
    try:
        match timetable:
            case CronIntervals(ticks):
                ticks.following(now)
            case CronTriggers(crons):
                for ticks in crons:
                    ticks.following(now)
            case DeltaIntervals(delta) | DeltaTriggers(delta) if now + delta <= now:
                raise NotStaticError("the period must be positive")
            case _:
                pass
    except (ValueError, TypeError, OverflowError) as error:
        raise NotStaticError(str(error)) from error


def _refused(schedule: Schedule, dag: Dag) -> Schedule:
    """Say where a version refuses the DAG for want of a start date."""
    if schedule.start is not None or isinstance(schedule.timetable, Never | Unreadable):
        return schedule
    text = _expression(dag.schedule)
    if schedule.rules.requires_start and dag.schedule_given:
        return _refusal(schedule, text, "a DAG with a schedule and no start date")
    if not schedule.rules.requires_start and schedule.catchup:
        return _refusal(schedule, text, "catchup=True without a start date")
    return schedule


def _refusal(schedule: Schedule, expression: str, what: str) -> Schedule:
    return replace(schedule, timetable=Unreadable(expression, f"this version refuses {what}", refused=True))


def _expression(value: str | Unknown | None) -> str:
    if isinstance(value, Unknown):
        return value.expression
    return "" if value is None else value
