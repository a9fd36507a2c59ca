"""How right the static findings were: compared with what the target's Airflow really did with every file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.findings import Finding, Kind, Severity


@dataclass(frozen=True, slots=True)
class Calibration:
    """Files by prediction and outcome.

    Not scored: what fails on the source as well, and what has no DAG and parses on both sides, as plugins do.
    """

    right: tuple[str, ...]
    """Predicted to fail on the target, and they do."""
    false_alarms: tuple[str, ...]
    misses: tuple[str, ...]
    fine: tuple[str, ...]
    """Nothing predicted, and they parse."""

    @property
    def precision(self) -> float | None:
        """Share of the predicted files that really fail; None when nothing was predicted."""
        return _share(self.right, self.false_alarms)

    @property
    def recall(self) -> float | None:
        """Share of the failing files that were predicted; None when none fails."""
        return _share(self.right, self.misses)


def _share(right: tuple[str, ...], wrong: tuple[str, ...]) -> float | None:
    return len(right) / (len(right) + len(wrong)) if right or wrong else None


def read_outcomes(path: Path) -> list[Mapping[str, Any]]:
    """The files of a `verify --as-is --format json` result that count; raise UsageError for anything else."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        files = document["files"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"--calibrate {path}: no result of `airshift verify --format json`: {error}"
        ) from error
    if document.get("fixed"):
        raise UsageError(f"--calibrate {path}: made from fixed files; run `airshift verify --as-is`")
    with_dags = {dag["path"] for dag in document["dags"]}
    return [one for one in files if one["path"] in with_dags or one["target"] != "ok"]


def calibrate(findings: Iterable[Finding], outcomes: Iterable[Mapping[str, Any]]) -> Calibration:
    """Score every file that parses on the source; a helper's finding predicts the failure of its importers."""
    predicted = {
        one.place.path for one in findings if one.kind is Kind.PARSE and one.severity is Severity.ERROR
    }
    groups: dict[tuple[bool, bool], list[str]] = {}
    for outcome in outcomes:
        if outcome["source"] != "ok" or outcome["target"] == "not read":
            continue
        fails = outcome["target"] != "ok"
        said = not predicted.isdisjoint({outcome["path"], outcome.get("failed_in")})
        groups.setdefault((said, fails), []).append(outcome["path"])
    right, alarms, misses, fine = (
        tuple(sorted(groups.get(key, ())))
        for key in ((True, True), (True, False), (False, True), (False, False))
    )
    return Calibration(right, alarms, misses, fine)


def calibration_lines(found: Calibration) -> Iterator[str]:
    """The score for people, with every file that was judged wrongly."""
    yield from (f"false alarm: {path}" for path in found.false_alarms)
    yield from (f"missed: {path}" for path in found.misses)
    scored = sum(map(len, (found.right, found.false_alarms, found.misses, found.fine)))
    yield (
        f"{scored} files scored: precision {_percent(found.precision)}, recall {_percent(found.recall)} "
        f"({len(found.right)} failures predicted, {len(found.false_alarms)} false alarms, {len(found.misses)} missed)"
    )


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.1%}"


def calibration_document(found: Calibration) -> dict[str, Any]:
    """The score for programs."""
    return {
        "precision": found.precision,
        "recall": found.recall,
        "right": list(found.right),
        "false_alarms": list(found.false_alarms),
        "misses": list(found.misses),
        "fine": list(found.fine),
    }
