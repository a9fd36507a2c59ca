"""Run after each trading day, weekends and exchange holidays skipped."""
from __future__ import annotations

from datetime import timedelta

from pendulum import UTC, DateTime, Time

from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

HOLIDAYS = {"2024-01-01", "2024-12-25", "2025-01-01", "2025-12-25", "2026-01-01", "2026-12-25"}


def _next_trading_day(day: DateTime) -> DateTime:
    while day.weekday() >= 5 or day.to_date_string() in HOLIDAYS:
        day = day.add(days=1)
    return day


class TradingDayTimetable(Timetable):
    description = "After each trading day, 22:00 UTC"

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        start = DateTime.combine(run_after.date(), Time.min).replace(tzinfo=UTC)
        return DataInterval(start=start, end=start + timedelta(days=1))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        if last_automated_data_interval is not None:
            day = last_automated_data_interval.start + timedelta(days=1)
        elif restriction.earliest is None:
            return None
        else:
            day = restriction.earliest
            if not restriction.catchup:
                day = max(day, DateTime.now(UTC))
        start = _next_trading_day(DateTime.combine(day.date(), Time.min).replace(tzinfo=UTC))
        if restriction.latest is not None and start > restriction.latest:
            return None
        return DagRunInfo.interval(start=start, end=start + timedelta(hours=22))

    def generate_run_id(self, *, run_type, logical_date, data_interval, **extra) -> str:
        return f"{run_type.value}__{logical_date.date()}"
