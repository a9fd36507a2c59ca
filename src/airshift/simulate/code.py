"""The exact code and commands of a step."""

from __future__ import annotations

import json
from datetime import UTC, datetime, tzinfo

from airshift.estate.model import Dag
from airshift.plan.commands import Side
from airshift.schedules import CronIntervals, CronTriggers, DeltaIntervals, Run, Schedule
from airshift.targets import Target

OPTION = "create_cron_data_intervals"


def pinned_code(dag: Dag, pinned: Schedule) -> tuple[str, ...]:
    """The import and the argument that keep the timetable of Airflow 2."""
    match pinned.timetable:
        case CronIntervals(cron):
            name = "CronDataIntervalTimetable"
            inside = f"{json.dumps(cron.expression)}, timezone={_zone_code(cron.zone)}"
        case DeltaIntervals():
            name = "DeltaDataIntervalTimetable"
            inside = dag.schedule if isinstance(dag.schedule, str) else "timedelta(days=1)"
        case _:
            return ()
    return (f"from airflow.timetables.interval import {name}", f"schedule={name}({inside})")


def start_date_code(moment: datetime, schedule: Schedule) -> str:
    """A start date in the DAG's own zone, which a plain cron takes its hours from."""
    zone = zone_of(schedule)
    local = moment.astimezone(zone)
    parts = [local.year, local.month, local.day, local.hour, local.minute, local.second]
    while len(parts) > 3 and parts[-1] == 0:
        parts.pop()
    return f"start_date=pendulum.datetime({', '.join(map(str, parts))}, tz={_zone_code(zone)})"


def zone_of(schedule: Schedule) -> tzinfo:
    """The zone a cron is meant in; UTC for everything else."""
    match schedule.timetable:
        case CronIntervals(cron) | CronTriggers((cron, *_)):
            return cron.zone
        case _:
            return UTC


def _zone_code(zone: tzinfo) -> str:
    name = getattr(zone, "key", None)
    if isinstance(name, str):
        return json.dumps(name)
    offset = zone.utcoffset(None)
    seconds = int(offset.total_seconds()) if offset else 0
    return f"pendulum.fixed_timezone({seconds})" if seconds else '"UTC"'


def green_side(target: Target) -> Side:
    """The new environment, as commands call it."""
    return Side("GREEN-ENVIRONMENT", "green", third=True, mwaa=target.platform == "mwaa")


def seed_commands(dag: Dag, run: Run, side: Side) -> tuple[str, ...]:
    """Mark a run as done on green while the DAG is paused; the interval has to be the exact one."""
    run_id = f"migrated__{run.logical_date.isoformat()}"
    body = {
        "dag_run_id": run_id,
        "logical_date": run.logical_date.isoformat(),
        "data_interval_start": run.data_interval_start.isoformat(),
        "data_interval_end": run.data_interval_end.isoformat(),
        "run_after": run.run_after.isoformat(),
    }
    return (
        side.call("POST", f"/dags/{dag.dag_id}/dagRuns", body=body),
        side.call("PATCH", f"/dags/{dag.dag_id}/dagRuns/{run_id}", body={"state": "success"}),
    )


def unpause_command(dag: Dag, side: Side) -> str:
    """The call that unpauses exactly this DAG."""
    return side.call("PATCH", f"/dags/{dag.dag_id}", body={"is_paused": False})


def check_command(dag: Dag, side: Side) -> str:
    """The call that says what green would run next, without a scheduler."""
    return side.call("GET", f"/dags/{dag.dag_id}")
