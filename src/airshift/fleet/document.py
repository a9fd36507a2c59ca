"""fleet.json: what `airshift report merge` writes for programs (docs/schemas/fleet.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from airshift.findings import Kind, Problem
from airshift.fleet.model import Fleet, Owner, Repository
from airshift.output.document import envelope
from airshift.report.model import Verdict
from airshift.targets import Target


def fleet_document(fleet: Fleet, problems: Iterable[Problem]) -> dict[str, Any]:
    """The document; it only depends on the reports, not on when they were merged."""
    return {
        **envelope(Target(fleet.first.target, fleet.first.platform), tuple(problems)),
        "generated_at": max(one.taken for one in fleet.repositories).isoformat(),
        "summary": {
            "repositories": len(fleet.repositories),
            **_numbers(fleet.repositories, fleet.verdicts, fleet.kinds),
        },
        "repositories": [_repository(repository) for repository in fleet.repositories],
        "owners": [_owner(owner) for owner in fleet.owners()],
        "rules": [_rule(asdict(rule)) for rule in fleet.rules()],
        "shared_dag_ids": [
            {"dag_id": name, "repositories": list(places)} for name, places in fleet.shared_ids().items()
        ],
        "dags": [
            {
                "repository": repository.name,
                "dag_id": dag.dag_id,
                "path": dag.path,
                "verdict": dag.verdict.value,
                "owners": list(dag.owners),
                "effort_minutes": dag.minutes,
            }
            for repository in fleet.repositories
            for dag in repository.dags
        ],
    }


def _numbers(
    repositories: Iterable[Repository], verdicts: Mapping[Verdict, int], kinds: Mapping[Kind, int]
) -> dict[str, Any]:
    repositories = tuple(repositories)
    return {
        "files_scanned": sum(one.files for one in repositories),
        "unread": sum(one.unread for one in repositories),
        "dags": _counts(verdicts),
        "findings": _counts(kinds),
        "effort_minutes": sum(one.minutes for one in repositories),
    }


def _counts(counts: Mapping[Any, int]) -> dict[str, int]:
    return {"total": sum(counts.values()), **{name.value: count for name, count in counts.items()}}


def _repository(repository: Repository) -> dict[str, Any]:
    return {
        "name": repository.name,
        "source": repository.source,
        "generated_at": repository.taken.isoformat(),
        **_numbers((repository,), repository.verdicts, repository.kinds),
    }


def _owner(owner: Owner) -> dict[str, Any]:
    return {
        "name": owner.name,
        "repositories": list(owner.repositories),
        "dags": _counts(owner.verdicts),
        "effort_minutes": owner.minutes,
    }


def _rule(row: dict[str, Any]) -> dict[str, Any]:
    return {"effort_minutes": row.pop("minutes"), **row, "kind": row["kind"].value}
