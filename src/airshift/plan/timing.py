"""What `airshift wave` has to know about a DAG, in plan.json: what starts it, and the names it needs on green."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshift.estate.model import Dag, Unknown

_VALUES = ("schedule", "start_date", "end_date", "catchup")
_NAMES = ("pools", "variables", "connections")


def timing(dag: Dag) -> dict[str, Any]:
    """The schedule as the source has it; what only running the code would tell is listed in `unknown`."""
    values = {name: getattr(dag, name) for name in _VALUES}
    return {
        "id": dag.dag_id,
        "environment": dag.environment,
        **{name: value.expression if isinstance(value, Unknown) else value for name, value in values.items()},
        "schedule_given": dag.schedule_given,
        "unknown": [name for name, value in values.items() if isinstance(value, Unknown)],
    }


def needs(dag: Dag) -> dict[str, list[str]]:
    """Pools, variables and connections that its file names."""
    return {name: list(getattr(dag, name)) for name in _NAMES}


def read_timing(row: Mapping[str, Any]) -> Dag:
    """The DAG of a row of plan.json, with as much of it as says when it runs and what it needs."""
    given = row.get("timing") or {"id": row["dag_id"], "schedule": "?", "unknown": ["schedule"]}
    unknown = given.get("unknown", ())

    def value(name: str) -> Any:
        return Unknown(str(given.get(name))) if name in unknown else given.get(name)

    names = row.get("needs") or {}
    return Dag(
        dag_id=str(given["id"]),
        path=str(row.get("path", "")),
        line=int(row.get("line", 1)),
        environment=str(given.get("environment", "")),
        schedule=value("schedule"),
        schedule_given=bool(given.get("schedule_given", True)),
        start_date=value("start_date"),
        end_date=value("end_date"),
        catchup=value("catchup"),
        pools=tuple(names.get("pools", ())),
        variables=tuple(names.get("variables", ())),
        connections=tuple(names.get("connections", ())),
    )
