"""The schedule of a DAG as a definition spells it, or why it cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, assert_never

from airshift.estate.model import Dag
from airshift.schedules.cron import Cron
from airshift.schedules.reading import schedule_of
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
    Unreadable,
)
from airshift.serverless.model import Verdict
from airshift.serverless.notes import Notes
from airshift.serverless.ruleset import RuleSet
from airshift.targets import Target

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
_UTC = frozenset({"UTC", "utc", "UTC+00:00", "Etc/UTC", "GMT"})


def schedule_text(dag: Dag, rules: RuleSet, source: Target, notes: Notes) -> str | None:
    """Cron or preset; None for a workflow that no clock starts. What does not fit is noted."""
    if not dag.schedule_given:
        if source.release < (3,):
            notes.needs(
                Verdict.CHANGE,
                "no schedule is given: Airflow 2 runs the DAG daily, the service never; write the schedule down",
            )
        return None
    timetable = schedule_of(dag, rules.engine, _NOW).timetable
    match timetable:
        case Never():
            return None
        case CronTriggers(crons=(cron,)) | CronIntervals(cron):
            return _cron(cron, rules, notes)
        case CronTriggers() | Events():
            notes.unfit(rules.unsupported["timetable"])
        case DeltaTriggers(delta=delta) | DeltaIntervals(delta):
            notes.unfit(rules.unsupported["period"], _as_rate(delta))
        case Once():
            notes.unfit(rules.unsupported["once"])
        case Continuous():
            notes.unfit(rules.unsupported["continuous"])
        case Assets():
            notes.unfit(rules.unsupported["assets"])
        case Unreadable(expression, reason):
            _unreadable(expression, reason, rules, notes)
        case _:
            assert_never(timetable)
    return None


def _unreadable(expression: str, reason: str, rules: RuleSet, notes: Notes) -> None:
    if "imetable(" in expression:
        notes.unfit(rules.unsupported["timetable"], f"here {expression}")
    else:
        notes.needs(Verdict.CHANGE, f"the schedule is no literal: {expression} ({reason})")


def _as_rate(delta: Any) -> str:
    seconds = delta.total_seconds() if isinstance(delta, timedelta) else 0
    for name, size in _UNITS:
        if seconds and seconds % size == 0:
            count = int(seconds // size)
            return f"`rate({count} {name if count > 1 else name[:-1]})` comes nearest"
    return "give a cron expression"


def _cron(cron: Cron, rules: RuleSet, notes: Notes) -> str | None:
    text = cron.expression.strip()
    if text in rules.instead:
        notes.remark(f"{text} is written as cron {rules.instead[text]}")
        text = rules.instead[text]
    problem = why_refused(text, rules)
    if problem:
        notes.needs(Verdict.CHANGE, f"schedule {text}: {problem}")
    if str(cron.zone) not in _UTC and text != "@hourly":
        notes.needs(
            Verdict.CHANGE,
            f"schedule {text} is meant in {cron.zone}; a definition has no time zone, write it in UTC",
        )
    return text


def why_refused(text: str, rules: RuleSet) -> str:
    """What the service would not take about a schedule; empty when it is fine."""
    if text.startswith("@"):
        return "" if text in rules.presets else f"has to be one of {', '.join(sorted(rules.presets))}"
    fields = text.split()
    if len(fields) != 5:
        return "a cron expression has five fields"
    if fields[2] not in "*?" and fields[4] not in "*?":
        return "either the day of the month or the day of the week, not both"
    return ""
