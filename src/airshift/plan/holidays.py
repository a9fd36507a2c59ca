"""Holidays from a calendar file (RFC 5545): all-day and timed events, yearly ones repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from airshift.plan.policy import Closed

YEARS = 10
"""How often a yearly event without an end is repeated."""
_LINE = re.compile(r"(?P<name>[A-Za-z-]+)(?P<parameters>(?:;[^:;]+)*):(?P<value>.*)\Z")


def read_holidays(text: str, zone: ZoneInfo) -> tuple[Closed, ...]:
    """The events of a calendar as closed stretches; events that cannot be read are left out."""
    return tuple(closed for event in _events(text) for closed in _closed(event, zone))


def _events(text: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Properties of each event: parameters and value by name."""
    event: dict[str, tuple[str, str]] | None = None
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        match = _LINE.match(line.strip())
        if match is None:
            continue
        name, value = match["name"].upper(), match["value"].strip()
        if (name, value.upper()) == ("BEGIN", "VEVENT"):
            event = {}
        elif (name, value.upper()) == ("END", "VEVENT") and event is not None:
            yield event
            event = None
        elif event is not None:
            event.setdefault(name, (match["parameters"], value))


def _closed(event: dict[str, tuple[str, str]], zone: ZoneInfo) -> Iterator[Closed]:
    start = _moment(event.get("DTSTART"), zone)
    if start is None:
        return
    whole_day = _is_day(event["DTSTART"][1])
    end = _moment(event.get("DTEND"), zone) or start + timedelta(days=1 if whole_day else 0)
    if end <= start:
        end = start + timedelta(days=1)
    reason = re.sub(r"\\([,;\\])", r"\1", event.get("SUMMARY", ("", "holiday"))[1]) or "holiday"
    yearly = "FREQ=YEARLY" in event.get("RRULE", ("", ""))[1].upper()
    for years in range(YEARS if yearly else 1):
        try:
            yield Closed(start.replace(year=start.year + years), end.replace(year=end.year + years), reason)
        except ValueError:
            continue


def _is_day(value: str) -> bool:
    return re.fullmatch(r"\d{8}", value) is not None


def _moment(given: tuple[str, str] | None, zone: ZoneInfo) -> datetime | None:
    if given is None:
        return None
    parameters, value = given
    try:
        if _is_day(value):
            day = date(int(value[:4]), int(value[4:6]), int(value[6:]))
            return datetime(day.year, day.month, day.day, tzinfo=zone)
        named = re.search(r";TZID=\"?([^;:\"]+)", parameters, re.IGNORECASE)
        own = UTC if value.endswith("Z") else ZoneInfo(named[1]) if named else zone
        return datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=own)
    except (ValueError, KeyError, OSError):
        return None
