"""What `airshift verify` proved about the DAGs of a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from airshift.errors import UsageError
from airshift.report.model import Assessment

WORDS = {
    "equal": "parsed on both: equal",
    "intended": "parsed on both: equal, with intended changes",
    "different": "parsed on both: different",
    "not_parsed": "does not parse",
}


def read_proofs(path: Path) -> dict[tuple[str, str], str]:
    """Verdicts by DAG id and path from `airshift verify --format json`; raise UsageError for anything else."""
    try:
        dags = json.loads(path.read_text(encoding="utf-8"))["dags"]
        found = {(dag["dag_id"], dag["path"]): dag["verdict"] for dag in dags}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"--verified {path}: no result of `airshift verify --format json`: {error}"
        ) from error
    if not found.keys() or set(found.values()) <= WORDS.keys():
        return found
    raise UsageError(f"--verified {path}: a verdict that is none of {', '.join(WORDS)}")


def with_proofs(assessment: Assessment, proofs: dict[tuple[str, str], str]) -> Assessment:
    """The assessment with the proof of each DAG that was verified."""
    dags = tuple(
        replace(one, proof=proofs.get((one.dag.dag_id, one.dag.path), "")) for one in assessment.dags
    )
    return replace(assessment, dags=dags)
