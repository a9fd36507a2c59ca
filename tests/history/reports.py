"""Reports as `airshift assess` writes them, made up for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = tuple[str, str, str, int, str]
"""Code, kind, path, line and symbol of a finding."""


def report(
    dags: Mapping[str, str],
    findings: Sequence[Row] = (),
    *,
    day: int = 1,
    hours: int = 10,
    target: str = "3.3.1",
    problems: int = 0,
) -> dict[str, Any]:
    """A document with what histories read of it."""
    return {
        "schema_version": 1,
        "tool": {"name": "airshift", "version": "0.1.0"},
        "target": target,
        "platform": "mwaa",
        "problems": [{"path": f"{n}.py", "line": 1, "reason": "no Python"} for n in range(problems)],
        "generated_at": f"2026-11-{day:02}T09:00:00+00:00",
        "root": "orders",
        "summary": {"effort_minutes": {"total": hours * 60}},
        "dags": [
            {"dag_id": name, "path": f"dags/{name}.py", "verdict": verdict} for name, verdict in dags.items()
        ],
        "findings": [
            {"code": code, "kind": kind, "path": path, "line": line, "symbol": symbol}
            for code, kind, path, line, symbol in findings
        ],
        "rules": [{"code": code, "title": f"About `{code}`"} for code in {row[0] for row in findings}],
    }


def plan(*waves: tuple[str, Sequence[str]]) -> dict[str, Any]:
    """A plan of waves, each with its state and DAGs."""
    return {"waves": [{"state": state, "dags": [{"dag_id": dag} for dag in dags]} for state, dags in waves]}


def written(folder: Path, document: Mapping[str, Any], waves: Mapping[str, Any] | None = None) -> Path:
    """The folder of `airshift assess --plan`."""
    (folder / "plan").mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(document))
    if waves is not None:
        (folder / "plan" / "plan.json").write_text(json.dumps(waves))
    return folder
