"""Schedules and dates of a serialized DAG, as the text that would make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def date_text(value: Any, zone: Any) -> str | None:
    """A date in the DAG's own zone, which a plain cron takes its hours from."""
    if not isinstance(value, int | float):
        return None
    moment = datetime.fromtimestamp(value, UTC)
    if zone in (None, "UTC", "utc", 0):
        return moment.isoformat()
    name = json.dumps(zone) if isinstance(zone, str) else f"pendulum.fixed_timezone({zone})"
    parts = ", ".join(str(part) for part in moment.timetuple()[:6])
    return f"pendulum.datetime({parts}, tz='UTC').in_timezone({name})"


def schedule_text(given: Mapping[str, Any]) -> str | None:
    """The schedule; a trigger timetable is spelled out, what a plain string or period makes is that."""
    timetable = given.get("timetable")
    if not isinstance(timetable, dict):
        return _interval(given.get("schedule_interval"))
    kind = str(timetable.get("__type", "")).rpartition(".")[2]
    settings = timetable.get("__var") or {}
    if kind == "NullTimetable":
        return None
    if kind in ("OnceTimetable", "ContinuousTimetable"):
        return "@" + kind.removesuffix("Timetable").lower()
    uris = sorted(uris_in(settings))
    if uris:
        return "[" + ", ".join(uris) + "]"
    return _clock(kind, settings) or kind or None


def _clock(kind: str, settings: Mapping[str, Any]) -> str | None:
    expression, delta = settings.get("expression"), settings.get("delta")
    if isinstance(expression, str):
        return _trigger(expression, settings) if kind == "CronTriggerTimetable" else expression
    if delta is None:
        return None
    return f"{kind}({_delta(delta)})" if kind == "DeltaTriggerTimetable" else _delta(delta)


def _trigger(expression: str, settings: Mapping[str, Any]) -> str:
    arguments = [json.dumps(expression), f"timezone={json.dumps(settings.get('timezone', 'UTC'))}"]
    if settings.get("interval"):
        arguments.append(f"interval={_delta(settings['interval'])}")
    immediately = settings.get("run_immediately", False)
    if immediately is not False:
        is_delta = isinstance(immediately, float)
        arguments.append(f"run_immediately={_delta(immediately) if is_delta else immediately!r}")
    return f"CronTriggerTimetable({', '.join(arguments)})"


def _interval(value: Any) -> str | None:
    if isinstance(value, dict) and value.get("__type") in ("timedelta", "relativedelta"):
        return _delta(value.get("__var"))
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _delta(value: Any) -> str:
    if isinstance(value, dict):
        return "relativedelta(" + ", ".join(f"{name}={part!r}" for name, part in value.items()) + ")"
    seconds = float(value)
    return f"timedelta(seconds={int(seconds) if seconds.is_integer() else seconds})"


def uris_in(value: Any) -> set[str]:
    """The URIs of the assets in a serialized value."""
    if isinstance(value, list):
        return {uri for item in value for uri in uris_in(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["uri"]} if isinstance(value.get("uri"), str) else set()
    return own | {uri for item in value.values() for uri in uris_in(item)}
