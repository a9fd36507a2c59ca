"""Schedules as hypothesis draws them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from airshift.schedules import (
    Cron,
    CronIntervals,
    CronTriggers,
    DeltaIntervals,
    DeltaTriggers,
    Schedule,
    rules_of,
)
from airshift.targets import Target

ZONES = [UTC, *map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"))]
EXPRESSIONS = [
    "@hourly",
    "@daily",
    "@weekly",
    "@monthly",
    "0 6 * * *",
    "30 2 * * *",
    "*/15 * * * *",
    "15 */2 * * *",
    "0 6 * * 1-5",
    "0 3 1,15 * *",
    "0 4 1 * 1",
]
SPRING, AUTUMN = datetime(2024, 3, 28, tzinfo=UTC), datetime(2024, 10, 24, tzinfo=UTC)

rules = st.sampled_from([rules_of(Target(version)) for version in ("2.10.3", "3.0.6", "3.3.1")])
crons = st.builds(Cron, st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES))
deltas = st.sampled_from([timedelta(minutes=20), timedelta(hours=6), timedelta(hours=7), timedelta(days=1)])
moments = st.one_of(
    *(
        st.builds(
            lambda base, minutes: base + timedelta(minutes=minutes), st.just(base), st.integers(0, 14_400)
        )
        for base in (SPRING, AUTUMN)
    )
)
starts = st.builds(
    lambda day, minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=minutes),
    st.integers(0, 60),
    st.sampled_from([0, 0, 7, 30, 61]),
)
interval_timetables = st.one_of(st.builds(CronIntervals, crons), st.builds(DeltaIntervals, deltas))
trigger_timetables = st.one_of(
    st.builds(CronTriggers, st.lists(crons, min_size=1, max_size=2).map(tuple)),
    st.builds(DeltaTriggers, deltas),
)


def schedules(
    timetables: st.SearchStrategy[object], catchup: st.SearchStrategy[bool] | None = None
) -> st.SearchStrategy[Schedule]:
    """Schedules of a kind of timetable that began some weeks before the moments drawn."""
    return st.builds(
        Schedule, timetables, rules, start=starts, catchup=st.booleans() if catchup is None else catchup
    )
