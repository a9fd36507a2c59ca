"""Read the reports of `airshift assess` that a fleet consists of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.findings import Kind, Problem
from airshift.fleet.model import DagRow, Fleet, Repository, RuleRow
from airshift.report.model import Verdict

REPORT = "report.json"


def read_fleet(paths: Sequence[Path]) -> tuple[Fleet, tuple[Problem, ...]]:
    """The reports at `paths`, and those that cannot be read; raise UsageError when nothing is left to merge.

    A path is a `report.json`, the folder that it was written to, or a folder of such folders.
    """
    found: list[tuple[Path, Repository]] = []
    problems: list[Problem] = []
    for file in _files(paths):
        try:
            found.append((file, read_repository(file)))
        except UsageError as error:
            problems.append(Problem(file.as_posix(), str(error)))
    if not found:
        raise UsageError("; ".join(problem.reason for problem in problems) or "no report to merge")
    _check_targets(repository for _, repository in found)
    named = sorted(_named(found), key=lambda repository: repository.name)
    return Fleet(tuple(named)), tuple(problems)


def read_repository(file: Path) -> Repository:
    """One report; raise UsageError for anything else."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: cannot be read as JSON: {error}") from error
    try:
        return _repository(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{file}: not a report of airshift assess: {error!r}") from error


def _files(paths: Iterable[Path]) -> list[Path]:
    files: dict[Path, Path] = {}
    for path in paths:
        for file in _below(path):
            files.setdefault(file.absolute(), file)
    return list(files.values())


def _below(path: Path) -> list[Path]:
    if not path.is_dir() or (path / REPORT).is_file():
        return [path / REPORT if path.is_dir() else path]
    return sorted(path.glob(f"*/{REPORT}")) or [path / REPORT]


def _repository(document: Mapping[str, Any]) -> Repository:
    summary = document["summary"]
    return Repository(
        name=str(document["root"]),
        target=str(document["target"]),
        platform=str(document.get("platform", "")),
        source=str(document["source"]),
        taken=datetime.fromisoformat(document["generated_at"]),
        files=int(summary["files_scanned"]),
        unread=len(document["problems"]),
        minutes=int(summary["effort_minutes"]["total"]),
        dags=tuple(_dag(row) for row in document["dags"]),
        rules=tuple(_rule(row) for row in document["rules"]),
    )


def _dag(row: Mapping[str, Any]) -> DagRow:
    owners = tuple(str(owner) for owner in row["owners"])
    return DagRow(
        str(row["dag_id"]), str(row["path"]), Verdict(row["verdict"]), owners, int(row["effort_minutes"])
    )


def _rule(row: Mapping[str, Any]) -> RuleRow:
    return RuleRow(
        str(row["code"]),
        Kind(row["kind"]),
        str(row["title"]),
        int(row["findings"]),
        int(row["fixable"]),
        int(row["files"]),
        int(row["effort_minutes"]),
    )


def _check_targets(repositories: Iterable[Repository]) -> None:
    targets = sorted({f"{one.platform}-{one.target}".lstrip("-") for one in repositories})
    if len(targets) > 1:
        raise UsageError(f"the reports are for different targets: {', '.join(targets)}")


def _named(found: Sequence[tuple[Path, Repository]]) -> list[Repository]:
    """Each repository by a name of its own: the assessed folder's, else that of the report's folder."""
    roots = Counter(repository.name for _, repository in found)
    names: Counter[str] = Counter()
    named = []
    for file, repository in found:
        name = repository.name
        if roots[name] > 1:
            name = file.absolute().parent.name if file.name == REPORT else file.stem
        names[name] += 1
        named.append(replace(repository, name=name if names[name] == 1 else f"{name} ({names[name]})"))
    return named
