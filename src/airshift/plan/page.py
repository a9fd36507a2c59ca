"""`plan.html`: the plan as one page, own style and script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshift.output.pages import data_page
from airshift.plan.summary import TERMS
from airshift.report.plain import shown


def plan_html(document: Mapping[str, Any]) -> str:
    """The page of a plan document."""
    return data_page("plan", _data(document), target=document["target"], summary=document["summary"])


def _data(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in the page's short form; text is made showable here."""
    return {
        "target": document["target"],
        "summary": document["summary"],
        "policy": {key: _shown(value) for key, value in document["policy"].items()},
        "objective": document["objective"],
        "terms": TERMS,
        "waves": [_wave(wave) for wave in document["waves"]],
        "out": [
            [
                shown(one["dag_id"]),
                status,
                shown(", ".join(one["owners"])),
                [shown(text) for text in one["reasons"]],
            ]
            for status in ("blocked", "retire", "excluded")
            for one in document[status]
        ],
        "edges": [
            [shown(edge["source"]), shown(edge["target"]), edge["kind"], int(edge["hard"])]
            for edge in document["edges"]
        ],
        "bridges": [
            [shown(one["source"]), shown(one["target"]), one["kind"], one["wave"], one["until"]]
            for one in document["bridges"]
        ],
        "warnings": [shown(text) for text in document["warnings"]],
    }


def _wave(wave: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": wave["number"],
        "name": shown(wave["name"]),
        "state": wave["state"],
        "start": wave["start"],
        "cutover": wave["cutover"],
        "minutes": wave["effort_minutes"],
        "skipped": [shown(text) for text in wave["skipped"]],
        "load": wave["load"],
        "dags": [_dag(dag) for dag in wave["dags"]],
    }


def _dag(dag: Mapping[str, Any]) -> list[Any]:
    gap = dag.get("gap") or {"fits": True, "missed_runs": []}
    return [
        shown(dag["dag_id"]),
        shown(", ".join(dag.get("owners", ()))),
        shown(dag.get("level", "")),
        shown(dag.get("schedule", "")),
        dag.get("effort_minutes", 0),
        int(bool(dag.get("seed"))),
        int(gap["fits"]),
        [*map(shown, dag["reasons"]), *([f"now: {shown(dag['moved'])}"] if dag.get("moved") else [])],
    ]


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [{key: _shown(item) for key, item in row.items()} for row in value]
    return shown(value) if isinstance(value, str) else value
