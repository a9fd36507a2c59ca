"""The inventory of an estate for people and machines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from airshift.estate.model import Dag, Inventory, LiveFacts, Reference, Unknown
from airshift.estate.soft_edges import soft_edges
from airshift.findings import Problem
from airshift.output.columns import columns
from airshift.output.document import envelope
from airshift.output.graph_text import edge_record
from airshift.output.terminal import PLAIN, Look

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inventory_document(inventory: Inventory, problems: Sequence[Problem]) -> dict[str, Any]:
    """The JSON document of `airshift inventory`."""
    return {
        **envelope(None, problems),
        "dags": [_dag(dag) for dag in inventory.dags],
        "edges": [edge_record(edge) for edge in [*inventory.edges, *soft_edges(inventory)]],
        "shared": [
            {
                "kind": one.kind.value,
                "name": one.name,
                "environment": one.environment or None,
                "dags": list(one.users),
            }
            for one in inventory.shared
        ],
        "unlocated": [_reference(reference) for reference in inventory.unlocated],
        "connections": [_reference(reference) for reference in inventory.connections],
        "variables": [_reference(reference) for reference in inventory.variables],
        "custom_operators": [_reference(reference) for reference in inventory.custom_operators],
        "plugins": [_reference(reference) for reference in inventory.plugins],
    }


def _dag(dag: Dag) -> dict[str, Any]:
    return {
        "dag_id": dag.dag_id,
        "environment": dag.environment or None,
        "path": dag.path,
        "line": dag.line,
        "schedule": _plain(dag.schedule),
        "schedule_given": dag.schedule_given,
        "start_date": _plain(dag.start_date),
        "end_date": _plain(dag.end_date),
        "catchup": _plain(dag.catchup),
        "owners": list(dag.owners),
        "tags": list(dag.tags),
        "tasks": [
            {"task_id": task.task_id, "operator": task.operator, "line": task.line} for task in dag.tasks
        ],
        "task_edges": [list(edge) for edge in dag.task_edges],
        "pools": list(dag.pools),
        "queues": list(dag.queues),
        "variables": list(dag.variables),
        "connections": list(dag.connections),
        "params": list(dag.params),
        "default_args": list(dag.default_args),
        "callbacks": list(dag.callbacks),
        "uses_sensors": dag.uses_sensors,
        "is_deferrable": dag.is_deferrable,
        "uses_date_keys": dag.uses_date_keys,
        "depends_on_history": dag.depends_on_history,
        "live": _live(dag.live),
        "exact": dag.exact,
        "unknown": list(dag.unknown),
    }


def _live(facts: LiveFacts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    return {
        "is_paused": facts.is_paused,
        "has_import_errors": facts.has_import_errors,
        "next_run": facts.next_run,
        "last_run": facts.last_run,
        "last_state": facts.last_state,
        "durations": list(facts.durations),
    }


def _plain(value: str | bool | Unknown | None) -> Any:
    return {"unknown": value.expression} if isinstance(value, Unknown) else value


def _reference(reference: Reference) -> dict[str, Any]:
    return {"name": reference.name, "path": reference.path, "line": reference.line}


_COLUMNS = ("dag_id", "path", "line", "schedule", "catchup", "owners", "tags", "tasks", "operators", "exact")


def inventory_csv(inventory: Inventory) -> str:
    """One row a DAG; cells a spreadsheet would run as a formula are quoted with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for dag in inventory.dags:
        writer.writerow([_cell(value) for value in _row(dag)])
    return text.getvalue().rstrip("\n")


def _row(dag: Dag) -> tuple[str, ...]:
    return (
        dag.key,
        dag.path,
        str(dag.line),
        shown(dag.schedule) if dag.schedule_given else "default",
        shown(dag.catchup) if dag.catchup is not None else "default",
        " ".join(dag.owners),
        " ".join(dag.tags),
        str(len(dag.tasks)),
        " ".join(sorted({name.rpartition(".")[2] for name in dag.operators})),
        "yes" if dag.exact else "no",
    )


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def shown(value: str | bool | Unknown | None) -> str:
    """A value of the estate model as a person reads it."""
    if isinstance(value, Unknown):
        return f"? {value.expression}"
    return "none" if value is None else str(value)


def inventory_table(inventory: Inventory, look: Look = PLAIN) -> Iterator[str]:
    """One line a DAG, then the counts."""
    rows: list[tuple[str, ...]] = [("dag_id", "schedule", "tasks", "owners", "exact", "path")]
    for dag in inventory.dags:
        cells = dict(zip(_COLUMNS, _row(dag), strict=True))
        rows.append(tuple(cells[name] for name in rows[0]))
    yield from columns(rows, look)
    yield ""
    yield (
        f"{len(inventory.dags)} DAGs, {sum(len(dag.tasks) for dag in inventory.dags)} tasks, "
        f"{len(inventory.edges)} edges between DAGs, {len(inventory.unlocated)} definitions whose id is not known."
    )
