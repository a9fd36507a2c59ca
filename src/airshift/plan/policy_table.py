"""Read the `[plan]` table of airshift.toml; what is wrong in it is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airshift.plan.cadence import Cadence, parse_cadence
from airshift.plan.capacity import CLASSES
from airshift.plan.levels import Field, LevelRule, parse_level
from airshift.plan.policy import UNLIMITED, Block, Closed, Policy
from airshift.settings import Table

DEFAULT_CADENCE = "weekly tue 10:00"
_FIELDS = ", ".join(one.value for one in Field)


def policy(content: Mapping[str, Any], today: date, where: str = "[plan]") -> Policy:
    """Read a `[plan]` table; raise UsageError naming the key that is wrong, unknown ones with a suggestion."""
    table = Table(_plain(content), where)
    zone = _zone(table)
    found = Policy(
        start=_start(table, today),
        cadence=_checked_cadence(table),
        timezone=zone,
        validation_days=_number(table, "validation_days", 2, 0),
        freeze=(*_freeze(table, zone), *_holidays(table, zone)),
        away=_away(table, zone),
        max_dags=_number(table, "max_dags_per_wave", 50, 1),
        max_minutes=_minutes(table, "max_effort_hours_per_wave"),
        pilot_size=_number(table, "pilot_size", 3, 0),
        criticality=tuple(_rule(row) for row in table.tables("criticality")),
        fan_out_high=_number(table, "fan_out_high", 5, 1),
        frequent_runs_per_day=_number(table, "frequent_runs_per_day", 48, 1),
        pin=_pins(table),
        exclude=table.texts("exclude"),
        retire=table.texts("retire"),
        block=_choice(table, "block", Block),
        source_environment=table.get("source_environment", str, "blue"),
        green_environment=table.get("green_environment", str, "green"),
        green_class=_green_class(table),
        green_max_workers=_number(table, "green_max_workers", 10, 1),
        task_seconds=_number(table, "task_seconds", 60, 1),
        window_hours=_number(table, "window_hours", 4, 1, 24),
        cutover_minutes=_number(table, "cutover_minutes", 15, 1, 24 * 60),
        default_duration_minutes=_number(table, "default_duration_minutes", 10, 0),
    )
    if found.cutover_minutes > found.window_hours * 60:
        raise table.error("cutover_minutes is longer than window_hours")
    for key in ("holidays_ics", "overrides", "state"):
        table.get(key, str, "")
    table.get("target", str, "")
    table.finish()
    return found


def _plain(value: Any, key: str = "") -> Any:
    """Dates, times and levels as text, so that their spellings in TOML are read alike."""
    if isinstance(value, date | time) or (key == "level" and type(value) is int):
        return str(value) if isinstance(value, int) else value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(item, name) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _number(table: Table, key: str, default: int, least: int, most: int = UNLIMITED) -> int:
    value = table.get(key, int, default)
    if not least <= value <= most:
        span = f"at least {least}" if most == UNLIMITED else f"{least} to {most}"
        raise table.error(f"{key} has to be {span}, not {value}")
    return value


def _minutes(table: Table, key: str) -> int:
    hours = table.get(key, float, float(UNLIMITED))
    if hours <= 0:
        raise table.error(f"{key} has to be more than 0")
    return min(UNLIMITED, round(hours * 60))


def _checked_cadence(table: Table) -> Cadence:
    text = table.get("cadence", str, DEFAULT_CADENCE)
    found = parse_cadence(text)
    if found is None:
        raise table.error(
            f"cadence {text!r} is not understood; write it like {DEFAULT_CADENCE!r} or 'daily 10:00'"
        )
    return found


def _zone(table: Table) -> ZoneInfo:
    name = table.get("timezone", str, "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise table.error(f"timezone {name!r} is not known; write it like 'Europe/Berlin'") from error


def _start(table: Table, today: date) -> date:
    text = table.get("start", str, "")
    return _read(table, "start", text, lambda given: datetime.fromisoformat(given).date()) if text else today


def _read(table: Table, key: str, text: str, reader: Callable[[str], Any]) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        raise table.error(f"{key} {text!r} is not a date; write it like '2026-12-01'") from error


def moment(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """A date or time as a moment in a zone; the end of a date is the end of that day."""
    found = datetime.fromisoformat(text)
    if len(text.strip()) <= len("2026-12-01") and end:
        found += timedelta(days=1)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _stretch(table: Table, zone: ZoneInfo, reason: str) -> Closed:
    start, end = table.require("start"), table.require("end")
    found = Closed(
        _read(table, "start", start, lambda text: moment(text, zone)),
        _read(table, "end", end, lambda text: moment(text, zone, end=True)),
        reason,
    )
    if found.end <= found.start:
        raise table.error(f"end {end} is before start {start}")
    return found


def _freeze(table: Table, zone: ZoneInfo) -> list[Closed]:
    found = []
    for row in table.tables("freeze"):
        found.append(_stretch(row, zone, row.get("reason", str, "") or "freeze window"))
        row.finish()
    return found


def _holidays(table: Table, zone: ZoneInfo) -> list[Closed]:
    return [
        Closed(
            _read(table, "holidays", text, lambda given: moment(given, zone)),
            _read(table, "holidays", text, lambda given: moment(given, zone, end=True)),
            "holiday",
        )
        for text in table.texts("holidays")
    ]


def _away(table: Table, zone: ZoneInfo) -> tuple[tuple[str, Closed], ...]:
    found = []
    for row in table.tables("away"):
        owner = row.require("owner")
        found.append((owner, _stretch(row, zone, row.get("reason", str, "") or f"{owner} is away")))
        row.finish()
    return tuple(found)


def _rule(table: Table) -> LevelRule:
    name = table.get("field", str, "tag")
    if name not in tuple(Field):
        raise table.error(f"field {name!r} is not known (known: {_FIELDS})")
    found = LevelRule(table.require("match"), Field(name), _level(table))
    table.finish()
    return found


def _level(table: Table) -> int:
    given = table.require("level")
    level = parse_level(given)
    if level is None:
        raise table.error(f"level {given!r} has to be low, normal, high, critical or a whole number")
    return level


def _pins(table: Table) -> dict[str, int]:
    pins = dict(table.mapping("pin"))
    for dag_id, wave in pins.items():
        if not isinstance(wave, int) or isinstance(wave, bool) or wave < 1:
            raise table.error(f"pin: the wave of {dag_id} has to be a whole number from 1 on")
    return pins


def _choice(table: Table, key: str, kind: type[Block]) -> Block:
    value = table.get(key, str, Block.ERRORS.value)
    if value not in tuple(kind):
        raise table.error(f"{key} {value!r} is not known (known: {', '.join(kind)})")
    return kind(value)


def _green_class(table: Table) -> str | None:
    name = table.get("green_class", str, "")
    if name and name not in CLASSES:
        raise table.error(f"green_class {name!r} is not known (known: {', '.join(CLASSES)})")
    return name or None
