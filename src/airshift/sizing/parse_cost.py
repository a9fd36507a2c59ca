"""What each file costs whenever it is parsed: what it imports and asks for, and how long it was seen to take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.findings import Finding

_PARSED = "ok"
CODES = ("AS903", "AS904", "AS906")
"""Look-ups, calls that reach out, and heavy imports."""

SLOW_SECONDS = 0.5
"""From here on a file is listed for its time alone."""


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that happens at each parse."""

    code: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class ParseCost:
    """What one file costs at each parse."""

    path: str
    seconds: float | None
    """As `airshift verify` has measured it on the target, else on the source; None where it was not."""
    works: tuple[Work, ...]


def parse_costs(findings: Iterable[Finding], measured: Mapping[str, float]) -> tuple[ParseCost, ...]:
    """Files by cost: the slowest first, those that nobody measured by what they do."""
    works: dict[str, list[Work]] = {path: [] for path in measured}
    for one in findings:
        if one.code in CODES:
            works.setdefault(one.place.path, []).append(Work(one.code, one.place.line, one.message))
    costs = [ParseCost(path, measured.get(path), tuple(found)) for path, found in works.items()]
    return tuple(sorted(costs, key=lambda cost: (-(cost.seconds or 0), -len(cost.works), cost.path)))


def worth_showing(costs: Iterable[ParseCost]) -> tuple[ParseCost, ...]:
    """The costs without the files that are quick and do nothing that could be spared."""
    return tuple(cost for cost in costs if cost.works or (cost.seconds or 0) >= SLOW_SECONDS)


def read_measured(path: Path, *, optional: bool = False) -> dict[str, float]:
    """Parse times by file from the JSON document of `airshift verify`; raise UsageError for anything else.

    With `optional`, a document without files has none.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        files = document.get("files", []) if optional else document["files"]
        return {str(file["path"]): seconds for file in files if (seconds := _seconds(file)) is not None}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}: not the JSON of airshift verify") from error


def _seconds(file: Mapping[str, Any]) -> float | None:
    """What the target took, else the source; a file that failed was not parsed to its end."""
    times: Mapping[str, float | None] = file["parse_seconds"]
    parsed = (times.get(side) for side in ("target", "source") if file.get(side, _PARSED) == _PARSED)
    return next((seconds for seconds in parsed if seconds is not None), None)
