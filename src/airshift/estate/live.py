"""What a running Airflow says about its DAGs, and how it is joined with what the source shows.

Whoever talks to Airflow hands the decoded answers of its REST API over; nothing here touches a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from airshift.errors import ServiceError
from airshift.estate.model import Dag, Inventory, LiveFacts, key_of
from airshift.estate.reconcile import Difference, Reconciled, known_path

RUNNING = frozenset({"running", "queued"})
LATEST = 25
"""Runs whose durations are kept."""
ONLY_LIVE = "only the running Airflow knows this DAG"


def live_facts(
    dags: Iterable[Mapping[str, Any]], runs: Iterable[Mapping[str, Any]] = (), environment: str = ""
) -> tuple[LiveFacts, ...]:
    """Facts from the `dags` and `dag_runs` lists of `/api/v1` (Airflow 2) or `/api/v2` (Airflow 3).

    Raise ServiceError when a record is not of that shape.
    """
    by_dag: dict[str, list[Mapping[str, Any]]] = {}
    try:
        for run in runs:
            by_dag.setdefault(run["dag_id"], []).append(run)
        found = [_facts(dag, by_dag.get(dag["dag_id"], []), environment) for dag in dags]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceError(f"an answer of Airflow's REST API has another shape: {error!r}") from error
    return tuple(sorted(found, key=lambda one: one.dag_id))


def _facts(dag: Mapping[str, Any], runs: list[Mapping[str, Any]], environment: str) -> LiveFacts:
    latest = sorted(runs, key=_planned_at, reverse=True)
    last = latest[0] if latest else {}
    return LiveFacts(
        dag_id=dag["dag_id"],
        environment=environment,
        path=dag.get("relative_fileloc") or dag.get("fileloc") or "",
        is_paused=dag.get("is_paused"),
        is_active=not dag["is_stale"] if "is_stale" in dag else bool(dag.get("is_active", True)),
        has_import_errors=bool(dag.get("has_import_errors")),
        owners=tuple(sorted({name.strip() for text in dag.get("owners") or () for name in text.split(",")})),
        tags=tuple(sorted(tag["name"] for tag in dag.get("tags") or ())),
        next_run=dag.get("next_dagrun_run_after") or dag.get("next_dagrun_create_after"),
        last_run=_planned_at(last) or None,
        last_state=last.get("state"),
        durations=tuple(seconds for run in latest[:LATEST] if (seconds := _seconds(run)) is not None),
    )


def _planned_at(run: Mapping[str, Any]) -> str:
    return str(run.get("run_after") or run.get("logical_date") or run.get("execution_date") or "")


def _seconds(run: Mapping[str, Any]) -> float | None:
    started, ended = run.get("start_date"), run.get("end_date")
    if not started or not ended or run.get("state") in RUNNING:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def merge_live(inventory: Inventory, live: Iterable[LiveFacts]) -> Reconciled:
    """Join live facts by DAG; those that only one side knows are named, and live ones become DAGs."""
    facts = {key_of(one.environment, one.dag_id): one for one in live if one.is_active}
    environments = {one.environment for one in facts.values()}
    paths = sorted({dag.path for dag in inventory.dags} | {place.path for place in inventory.unlocated})
    known = [_with(dag, facts.get(dag.key)) for dag in inventory.dags]
    have = {dag.key for dag in known}
    added = [_only_live(one, paths) for key, one in facts.items() if key not in have]
    missing = [dag for dag in known if dag.environment in environments and dag.live is None]
    dags = sorted([*known, *added], key=lambda dag: (dag.dag_id, dag.environment, dag.path, dag.line))
    return Reconciled(
        replace(inventory, dags=tuple(dags)),
        tuple(Difference("dag", dag.key, dag.path) for dag in missing),
        tuple(Difference("dag", dag.key, dag.path) for dag in added),
    )


def _with(dag: Dag, facts: LiveFacts | None) -> Dag:
    if facts is None:
        return dag
    return replace(dag, live=facts, owners=facts.owners or dag.owners, tags=facts.tags or dag.tags)


def _only_live(facts: LiveFacts, paths: list[str]) -> Dag:
    path = known_path(facts.path, paths)
    return Dag(
        facts.dag_id, path, 1, owners=facts.owners, tags=facts.tags, unknown=(ONLY_LIVE,),
        environment=facts.environment, live=facts,
    )  # fmt: skip
