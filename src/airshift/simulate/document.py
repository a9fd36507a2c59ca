"""The JSON document of `airshift simulate`; docs/simulate.md describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from airshift.findings import Problem
from airshift.output.document import envelope
from airshift.schedules import Run, Schedule, Unreadable
from airshift.simulate.forecast import Simulation
from airshift.simulate.judge import moves_dates
from airshift.simulate.model import Forecast, Hazard
from airshift.simulate.words import ds

SHOWN = 10
"""Runs listed of a backlog; the counts have them all."""


def simulation_document(
    simulation: Simulation, problems: Sequence[Problem], unlocated: Sequence[tuple[str, int, str]] = ()
) -> dict[str, Any]:
    """Every forecast with its runs, hazards and steps; `unlocated` are DAGs whose id is not known."""
    counts = Counter(forecast.hazard for forecast in simulation.forecasts)
    return {
        **envelope(simulation.target, problems),
        "source": simulation.source.version,
        "at": simulation.at.isoformat(),
        "totals": {hazard.value: counts[hazard] for hazard in Hazard},
        "dags": [_forecast(forecast) for forecast in simulation.forecasts],
        "unlocated": [
            {"path": path, "line": line, "expression": expression} for path, line, expression in unlocated
        ],
    }


def _forecast(forecast: Forecast) -> dict[str, Any]:
    green, blue = forecast.green, forecast.blue
    listed = [*green.due[:SHOWN], *([green.coming] if green.coming else [])]
    return {
        "dag_id": forecast.dag.dag_id,
        "environment": forecast.dag.environment,
        "path": forecast.dag.path,
        "line": forecast.dag.line,
        "blue": {
            **_schedule(forecast.blue_schedule),
            "last": _run(blue.last),
            "next": _run(blue.coming),
        },
        "green": {
            **_schedule(forecast.green_schedule),
            "runs": [_run(run) for run in listed],
            "immediate": len(green.due),
            "backfills": max(0, len(green.due) - 1),
            "capped": green.capped,
            "next": _run(green.coming),
        },
        "ds": {
            "blue_last": ds(blue.last),
            "blue_next": ds(blue.coming),
            "green_first": ds(green.first),
            "green_next": ds(green.coming),
            "moves": moves_dates(blue, green),
            "used": forecast.dag.uses_date_keys,
        },
        "hazard": forecast.hazard.value,
        "hazards": [hazard.value for hazard in forecast.hazards],
        "reason": forecast.reason,
        "action": forecast.action,
        "steps": [
            {"kind": step.kind.value, "text": step.text, "code": list(step.code)} for step in forecast.steps
        ],
        "then": _run(forecast.then),
    }


def _schedule(schedule: Schedule) -> dict[str, Any]:
    timetable = schedule.timetable
    return {
        "timetable": type(timetable).__name__,
        "start_date": _time(schedule.start),
        "end_date": _time(schedule.end),
        "catchup": schedule.catchup,
        "unreadable": timetable.reason if isinstance(timetable, Unreadable) else None,
    }


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "run_after": _time(run.run_after),
        "logical_date": _time(run.logical_date),
        "data_interval_start": _time(run.data_interval_start),
        "data_interval_end": _time(run.data_interval_end),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
