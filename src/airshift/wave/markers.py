"""Names of marker runs: readable ones, and short ones where the way to an Airflow takes no long paths."""

from __future__ import annotations

from datetime import UTC, datetime

PREFIX = "migrated__"
_SHORT = "m~"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def marker_id(logical_date: datetime) -> str:
    """The usual name."""
    return f"{PREFIX}{logical_date.isoformat()}"


def short_id(logical_date: datetime) -> str:
    """A name of eight characters: nothing else is named by exactly the seconds of its own logical date."""
    moment = logical_date.astimezone(UTC)
    parts = [int(moment.timestamp()), *([moment.microsecond] if moment.microsecond else [])]
    return _SHORT + ".".join(map(_base_36, parts))


def is_marker(run_id: str, logical_date: datetime | None) -> bool:
    """Whether a run is one of ours."""
    if run_id.startswith(PREFIX):
        return True
    return logical_date is not None and run_id == short_id(logical_date)


def _base_36(number: int) -> str:
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text
