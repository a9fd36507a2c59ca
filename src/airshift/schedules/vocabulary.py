"""The calls that are understood in schedules and dates: what they make, without running them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, cast

from airshift.schedules.cron import Cron, why_invalid
from airshift.schedules.timetables import (
    Continuous,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Events,
    Never,
    Once,
)


class NotStaticError(Exception):
    """The text cannot be evaluated without running the code; says what stands in the way."""


ASSETS = frozenset(
    "Dataset DatasetAll DatasetAny DatasetAlias Asset AssetAll AssetAny AssetAlias AssetRef AssetNameRef AssetUriRef "
    "AssetTriggeredTimetable DatasetTriggeredTimetable".split()
)
"""What makes a schedule of events; which ones is the graph's concern."""


def _relativedelta(_now: datetime, **keywords: Any) -> Any:
    from dateutil.relativedelta import relativedelta

    return relativedelta(**keywords)


def _moved(moment: datetime, **keywords: Any) -> datetime:
    moved: datetime = moment + _relativedelta(moment, **keywords)
    return moved


def _moved_back(moment: datetime, **keywords: Any) -> datetime:
    moved: datetime = moment - _relativedelta(moment, **keywords)
    return moved


def _in_zone(moment: datetime, zone: Any) -> datetime:
    return moment.astimezone(read_zone(zone))


METHODS: dict[str, Callable[..., datetime]] = {
    "add": _moved,
    "subtract": _moved_back,
    "replace": lambda moment, **keywords: moment.replace(**keywords),
    "in_timezone": _in_zone,
    "astimezone": _in_zone,
}


def _datetime(_now: datetime, *parts: int, tz: Any = None, tzinfo: Any = None, **named: int) -> datetime:
    zone = tz if tz is not None else tzinfo
    naive = cast("datetime", _DATETIME(*parts, **named))
    return naive if zone is None else naive.replace(tzinfo=read_zone(zone))


_DATETIME: Callable[..., Any] = datetime


def _zoned_now(now: datetime, tz: Any = None) -> datetime:
    return now.astimezone(UTC if tz is None else read_zone(tz))


def _midnight(now: datetime, tz: Any = None) -> datetime:
    return _zoned_now(now, tz).replace(hour=0, minute=0, second=0, microsecond=0)


def _days_ago(
    now: datetime, n: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0
) -> datetime:
    day = now.astimezone(UTC).replace(hour=hour, minute=minute, second=second, microsecond=microsecond)
    return day - timedelta(days=n)


def _parsed(_now: datetime, text: str, tz: Any = None) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if tz is None or moment.tzinfo else moment.replace(tzinfo=read_zone(tz))


def read_zone(value: Any) -> tzinfo:
    """A time zone given by name, as an object, or as a fixed offset."""
    if isinstance(value, tzinfo):
        return value
    if isinstance(value, timedelta):
        return timezone(value)
    if isinstance(value, int):
        return timezone(timedelta(seconds=value))
    if isinstance(value, str):
        return _named_zone(value)
    raise NotStaticError(f"{value!r} is no time zone")


def _named_zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    if name.lower() in ("utc", "z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise NotStaticError(f"no time zone is called {name!r}") from error


_RANDOM = re.compile(r"\bR\b", re.IGNORECASE)


def read_cron(expression: Any, zone: Any) -> Cron:
    """A cron of a plain expression; raise NotStaticError with the reason where Airflow would refuse it."""
    if not isinstance(expression, str):
        raise NotStaticError(f"{expression!r} is no cron expression")
    if _RANDOM.search(expression):
        raise NotStaticError("R in a cron expression is random: it differs at each parse")
    reason = why_invalid(expression)
    if reason is not None:
        raise NotStaticError(f"no valid cron expression: {reason}")
    return Cron(expression, read_zone(zone))


def _cron_intervals(_now: datetime, cron: Any, timezone: Any) -> CronIntervals:
    return CronIntervals(read_cron(cron, timezone))


def _cron_trigger(
    _now: datetime,
    *crons: str,
    timezone: Any,
    interval: Any = timedelta(),
    run_immediately: Any = False,
    **_display: Any,
) -> CronTriggers:
    return CronTriggers(tuple(read_cron(text, timezone) for text in crons), interval, run_immediately)


def _cron_trigger_named(now: datetime, *crons: str, **settings: Any) -> CronTriggers:
    first = settings.pop("cron", None)
    return _cron_trigger(now, *([first] if first is not None else []), *crons, **settings)


def _events(_now: datetime, event_dates: list[datetime], *_: Any, **_display: Any) -> Events:
    return Events(tuple(sorted(in_utc(date) for date in event_dates)))


def _inner(_now: datetime, *, timetable: Any, **_assets: Any) -> Any:
    return timetable


CALLS: dict[str, Callable[..., Any]] = {
    "timedelta": lambda _now, *parts, **named: timedelta(*parts, **named),
    "duration": lambda _now, **named: timedelta(**named),
    "relativedelta": _relativedelta,
    "datetime": _datetime,
    "DateTime": _datetime,
    "date": _datetime,
    "now": _zoned_now,
    "utcnow": _zoned_now,
    "today": _midnight,
    "yesterday": lambda now, tz=None: _midnight(now, tz) - timedelta(days=1),
    "days_ago": _days_ago,
    "parse": _parsed,
    "fromisoformat": _parsed,
    "strptime": lambda _now, text, pattern: datetime.strptime(text, pattern),
    "timezone": lambda _now, value: read_zone(value),
    "Timezone": lambda _now, value: read_zone(value),
    "ZoneInfo": lambda _now, value: read_zone(value),
    "gettz": lambda _now, value: read_zone(value),
    "fixed_timezone": lambda _now, value: read_zone(value),
    "FixedTimezone": lambda _now, value: read_zone(value),
    "NullTimetable": lambda _now: Never(),
    "OnceTimetable": lambda _now: Once(),
    "ContinuousTimetable": lambda _now: Continuous(),
    "CronDataIntervalTimetable": _cron_intervals,
    "DeltaDataIntervalTimetable": lambda _now, delta: DeltaIntervals(delta),
    "DeltaTriggerTimetable": lambda _now, delta, interval=timedelta(): DeltaTriggers(delta, interval),
    "CronTriggerTimetable": _cron_trigger_named,
    "MultipleCronTriggerTimetable": _cron_trigger,
    "EventsTimetable": _events,
    "DatasetOrTimeSchedule": _inner,
    "AssetOrTimeSchedule": _inner,
}


def in_utc(moment: datetime, zone: tzinfo = UTC) -> datetime:
    """A date as Airflow stores it; one without a zone is meant in UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)
