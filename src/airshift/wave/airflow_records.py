"""Airflow's JSON records as states of DAGs and runs: `/api/v1` and `/api/v2` name and fill their fields differently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from airshift.redact import redact_source
from airshift.wave.markers import is_marker
from airshift.wave.side import DagState, Health, ImportProblem, Interval, RunState

MASKED = "***"
_BY_INTERVAL = ("scheduled", "backfill")
_LONGEST_MESSAGE = 200
_HIDDEN = re.compile(
    r"access_token|api_?key|authorization|keyfile_dict|passphrase|passw(?:or)?d|private_key|prox(?:y|ies)|secret"
    r"|service_account|token",
    re.IGNORECASE,
)


def run_state(record: Mapping[str, Any]) -> RunState:
    """One run of either API."""
    run_id, run_type = str(record["dag_run_id"]), str(record.get("run_type") or "")
    logical = moment(record.get("logical_date") or record.get("execution_date"))
    interval = _interval(record.get("data_interval_start"), record.get("data_interval_end"))
    due = moment(record.get("run_after"))
    if due is None:
        by_interval = run_type in _BY_INTERVAL or is_marker(run_id, logical)
        due = interval.end if by_interval and interval is not None else logical
    return RunState(
        str(record["dag_id"]),
        run_id,
        run_type,
        str(record.get("state") or ""),
        logical,
        interval,
        due,
        moment(record.get("start_date")),
        moment(record.get("end_date")),
    )


def dag_state(record: Mapping[str, Any], active: Iterable[RunState], queued_events: int = 0) -> DagState:
    """One DAG of either API, with its active runs and the asset events it has queued."""
    is_parsed = not record["is_stale"] if "is_stale" in record else bool(record.get("is_active"))
    return DagState(
        dag_id=str(record["dag_id"]),
        paused=bool(record.get("is_paused")),
        parsed=is_parsed,
        import_error=bool(record.get("has_import_errors")),
        next_run_after=moment(record.get("next_dagrun_run_after") or record.get("next_dagrun_create_after")),
        next_logical_date=moment(record.get("next_dagrun_logical_date") or record.get("next_dagrun")),
        next_interval=_interval(
            record.get("next_dagrun_data_interval_start"), record.get("next_dagrun_data_interval_end")
        ),
        last_parsed=moment(record.get("last_parsed_time")),
        active_runs=tuple(active),
        queued_events=queued_events,
        file=str(record.get("fileloc") or ""),
    )


def is_event_driven(record: Mapping[str, Any]) -> bool:
    """Whether assets (datasets) start the DAG, alone or beside a clock."""
    said = str(record.get("timetable_description") or "")
    return said.startswith(("Triggered by assets", "Triggered by datasets"))


def health_state(record: Mapping[str, Any]) -> Health:
    """The health of either API."""
    scheduler, processor = record.get("scheduler") or {}, record.get("dag_processor") or {}
    said = processor.get("status")
    return Health(
        scheduler=scheduler.get("status") == "healthy",
        scheduler_heartbeat=moment(scheduler.get("latest_scheduler_heartbeat")),
        dag_processor=None if said is None else said == "healthy",
        metadatabase=(record.get("metadatabase") or {}).get("status") == "healthy",
    )


def import_problem(record: Mapping[str, Any]) -> ImportProblem:
    """A file that does not parse, with the last line of the traceback."""
    lines = [line.strip() for line in str(record.get("stack_trace") or "").splitlines() if line.strip()]
    message = redact_source(lines[-1], is_code=False)[:_LONGEST_MESSAGE] if lines else ""
    return ImportProblem(str(record.get("filename") or ""), message)


def is_hidden(name: str) -> bool:
    """Whether Airflow 3 shows the value of a Variable with this name as a mask."""
    return _HIDDEN.search(name) is not None


def moment(text: Any) -> datetime | None:
    """A time of a record, in UTC."""
    if not isinstance(text, str) or not text:
        return None
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _interval(start: Any, end: Any) -> Interval | None:
    first, last = moment(start), moment(end)
    return None if first is None or last is None else Interval(first, last)
