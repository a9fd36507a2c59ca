"""Read reports of `airshift assess`, with the plan beside them, as snapshots."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.findings import Kind, Problem
from airshift.history.model import SeenFinding, Snapshot, Waves
from airshift.report.model import Verdict

REPORT = "report.json"
_PLANS = ("plan/plan.json", "plan.json")
_MARKS = frozenset({"summary", "dags", "findings", "generated_at"})
"""Keys by which a report is told from other JSON files."""
_FINISHED = "finished"


def read_snapshot(path: Path) -> Snapshot:
    """The report at `path`, a file or the folder of `airshift assess --out`; raise UsageError for anything else."""
    file = path / REPORT if path.is_dir() else path
    document = _document(file)
    if not _is_report(document):
        raise UsageError(f"{file}: not a report of airshift assess")
    return _snapshot(file, document)


def read_snapshots(folder: Path) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    """All reports below a folder, oldest first, and the files there that cannot be read."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: not a folder")
    found: list[Snapshot] = []
    problems: list[Problem] = []
    for file in sorted(folder.rglob("*.json")):
        try:
            document = _document(file)
            if _is_report(document):
                found.append(_snapshot(file, document))
        except UsageError as error:
            problems.append(Problem(file.relative_to(folder).as_posix(), str(error)))
    return tuple(sorted(found, key=lambda snapshot: snapshot.taken)), tuple(problems)


def _document(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: cannot be read as JSON: {error}") from error


def _is_report(document: Any) -> bool:
    return isinstance(document, dict) and document.keys() >= _MARKS


def _snapshot(file: Path, document: Mapping[str, Any]) -> Snapshot:
    plan = _plan(file) if file.name == REPORT else None
    try:
        return Snapshot(
            taken=_time(document["generated_at"]),
            root=str(document.get("root", "")),
            target=str(document["target"]),
            platform=str(document.get("platform", "")),
            dags=_dags(document["dags"]),
            findings=tuple(_finding(row) for row in document["findings"]),
            titles={str(rule["code"]): str(rule["title"]) for rule in document.get("rules", ())},
            minutes=int(document["summary"]["effort_minutes"]["total"]),
            unread=len(document.get("problems", ())),
            waves=None if plan is None else _waves(plan),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{file}: not a report that this airshift can read: {error!r}") from error


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.astimezone()


def _dags(rows: Sequence[Mapping[str, Any]]) -> dict[str, Verdict]:
    """Verdicts by DAG; where an id occurs twice, its file tells the two apart."""
    names = [_key(row) for row in rows]
    times = Counter(names)
    return {
        name if times[name] == 1 else f"{name} ({row['path']})": Verdict(row["verdict"])
        for name, row in zip(names, rows, strict=True)
    }


def _key(row: Mapping[str, Any]) -> str:
    environment = row.get("environment")
    return f"{environment}:{row['dag_id']}" if environment else str(row["dag_id"])


def _finding(row: Mapping[str, Any]) -> SeenFinding:
    return SeenFinding(
        str(row["code"]), Kind(row["kind"]), str(row["path"]), int(row["line"]), str(row.get("symbol", ""))
    )


def _plan(file: Path) -> Any:
    beside = next((file.parent / name for name in _PLANS if (file.parent / name).is_file()), None)
    return None if beside is None else _document(beside)


def _waves(plan: Mapping[str, Any]) -> Waves:
    done = [wave for wave in plan["waves"] if wave.get("state") == _FINISHED]
    moved = frozenset(str(dag["dag_id"]) for wave in done for dag in wave["dags"])
    return Waves(len(plan["waves"]), len(done), moved)
