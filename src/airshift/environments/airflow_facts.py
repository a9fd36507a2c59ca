"""What a running Airflow tells about itself, reduced to fields that hold no secrets.

Left out on purpose: values of variables, everything a connection holds but its id and type, `conf` and notes of runs,
texts of tracebacks, descriptions, and the file tokens of Airflow 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from airshift.clients.api import AirflowApi, ApiError, Method, pages
from airshift.clients.dags import MOST_RUNS, all_dags, latest_runs

Record = dict[str, Any]

_DAG = """
dag_id dag_display_name is_paused is_active is_stale has_import_errors owners fileloc relative_fileloc bundle_name
schedule_interval timetable_summary timetable_description max_active_runs max_active_tasks
max_consecutive_failed_dag_runs has_task_concurrency_limits last_parsed_time next_dagrun
next_dagrun_create_after next_dagrun_data_interval_start
next_dagrun_data_interval_end next_dagrun_logical_date next_dagrun_run_after
""".split()
_RUN = """
dag_id dag_run_id state run_type logical_date execution_date run_after data_interval_start data_interval_end
start_date end_date external_trigger triggered_by
""".split()
_POOL = """
name slots include_deferred occupied_slots running_slots queued_slots open_slots scheduled_slots deferred_slots
""".split()
_SET = ("host", "login", "password", "port", "schema", "extra")
_SAYS_NAMES = re.compile(r"No module named '[\w.]+'|cannot import name '\w+' from '[\w.]+'")
_ERROR = re.compile(
    r"^(?P<name>(?:\w+\.)*\w*(?:Error|Exception|Timeout|Warning|Interrupt|Exit|Found|Duplicated\w*))\b"
)


def version(api: AirflowApi) -> str:
    """Airflow's own version."""
    return str(_object(api, "/version").get("version", ""))


def health(api: AirflowApi) -> dict[str, str]:
    """The status of every component that reports one."""
    said = _object(api, "/health" if api.major == 2 else "/monitor/health")
    parts = {name: part.get("status") for name, part in said.items() if isinstance(part, dict)}
    return {name: str(status) for name, status in parts.items() if status}


def dags(api: AirflowApi) -> list[Record]:
    """Every DAG, as `airshift.estate.live` reads it."""
    return [_dag(dag) for dag in all_dags(api)]


def runs(api: AirflowApi, most: int = MOST_RUNS) -> list[Record]:
    """The latest runs of all DAGs."""
    return [_only(run, _RUN) for run in latest_runs(api, most)]


def pools(api: AirflowApi) -> list[Record]:
    """Pools with their slots."""
    return sorted(
        (_only(pool, _POOL) for pool in pages(api, "/pools", "pools")), key=lambda one: str(one["name"])
    )


def variable_names(api: AirflowApi) -> list[str]:
    """Names of variables; their values are dropped as they arrive."""
    return sorted(str(variable["key"]) for variable in pages(api, "/variables", "variables"))


def connections(api: AirflowApi) -> list[Record]:
    """Id and type of connections, and which other fields are set, without their values."""
    found = []
    for one in pages(api, "/connections", "connections"):
        fields = [name for name in _SET if one.get(name) not in (None, "", "{}")]
        found.append(
            {"connection_id": one["connection_id"], "conn_type": one.get("conn_type"), "set": fields}
        )
    return sorted(found, key=lambda one: str(one["connection_id"]))


def import_errors(api: AirflowApi) -> list[Record]:
    """Files that Airflow cannot import, with the kind of error: texts of tracebacks may hold anything."""
    found = []
    for error in pages(api, "/importErrors", "import_errors"):
        text = str(error.get("stack_trace") or "")
        record = {
            "filename": error.get("filename"),
            "timestamp": error.get("timestamp"),
            "error": error_kind(text),
        }
        found.append(record)
    return sorted(found, key=lambda one: str(one["filename"]))


def error_kind(traceback: str) -> str:
    """The exception's name, with the message where that is only about names of modules."""
    for line in reversed(traceback.splitlines()):
        match = _ERROR.match(line.strip())
        if match is not None:
            said = _SAYS_NAMES.search(line)
            return match["name"] + (f": {said[0]}" if said else "")
    return "unknown"


def run_statistics(runs: Iterable[Mapping[str, Any]]) -> list[Record]:
    """For each DAG: how many of the latest runs ended in which state, and when the last one began."""
    by_dag: dict[str, Record] = {}
    for run in runs:
        states = by_dag.setdefault(str(run["dag_id"]), {"states": {}, "last_start": ""})
        state = str(run.get("state"))
        states["states"][state] = states["states"].get(state, 0) + 1
        states["last_start"] = max(states["last_start"], str(run.get("start_date") or ""))
    return [{"dag_id": dag_id, **numbers} for dag_id, numbers in sorted(by_dag.items())]


def _dag(dag: Mapping[str, Any]) -> Record:
    kept = _only(dag, _DAG)
    kept["tags"] = [{"name": str(tag["name"])} for tag in dag.get("tags") or ()]
    return kept


def _only(record: Mapping[str, Any], names: Iterable[str]) -> Record:
    return {name: record[name] for name in names if name in record}


def _object(api: AirflowApi, path: str) -> Mapping[str, Any]:
    said = api.call(Method.GET, path)
    if not isinstance(said, dict):
        raise ApiError(f"{api.label}: the answer to {path} is no JSON object")
    return said
