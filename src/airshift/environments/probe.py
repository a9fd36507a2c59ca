"""The probe: a DAG that counts in blue's database, and what its counts mean for the move."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.targets import Target

DAG_FILE = "airshift_probe.py"
VARIABLE = "airshift_probe"
_TEMPLATE = Path(__file__).with_name("probe_dag.py")
_PLACE = 'RESULT = "variable:airshift_probe"'
_VARIABLE = re.compile(r"variable(?::(?P<name>[\w.-]{1,250}))?")
_S3 = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[\w!.*'()/=-]{1,900})")
_NANS_KEPT = (3, 0)
"""Airflow 3.0 (seen in 3.0.6) stops at NaN and Infinity; later versions (seen in 3.1.8) make texts of them."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One count that matters, and what to do about it; `stops` says that an upgrade in place does not go through."""

    title: str
    count: int
    text: str
    stops: bool = False


def dag_text(to: str) -> str:
    """The DAG file, which writes its result to `variable`, `variable:NAME` or `s3://bucket/key`."""
    match = _VARIABLE.fullmatch(to)
    place = f"variable:{match['name'] or VARIABLE}" if match else to
    if match is None and not _S3.fullmatch(to):
        raise UsageError(f"--to {to!r}: write variable, variable:NAME or s3://bucket/key")
    return _TEMPLATE.read_text(encoding="utf-8").replace(_PLACE, f"RESULT = {json.dumps(place)}")


def place_in_s3(source: str) -> tuple[str, str] | None:
    """Bucket and key, if the source is a place in S3."""
    match = _S3.fullmatch(source)
    return (match["bucket"], match["key"]) if match else None


def parse_result(text: str) -> dict[str, Any]:
    """What the probe wrote; raise UsageError for anything else, without quoting it."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("the result of the probe is not JSON; has its run succeeded?") from None
    if not isinstance(content, dict) or content.get("probe") != 1 or not _has_counts(content):
        raise UsageError("not a result of the probe that `airshift env probe generate` writes")
    return content


def _has_counts(content: Mapping[str, Any]) -> bool:
    """Whether the parts that are judged have the shape that the probe gives them."""
    tables = [content.get(name, {}) for name in ("xcom", "dag_run_conf", "unfinished_tasks")]
    runs, failed = content.get("unfinished_runs", []), content.get("failed", {})
    return (
        all(
            isinstance(table, dict) and all(isinstance(count, int) for count in table.values())
            for table in tables
        )
        and isinstance(runs, list)
        and all(isinstance(row, dict) and isinstance(row.get("runs"), int) for row in runs)
        and isinstance(failed, dict)
    )


def remarks(found: Mapping[str, Any], target: Target) -> tuple[Remark, ...]:
    """What the counts mean; counts of zero are left out."""
    every = (*_xcoms(found.get("xcom", {}), target), *_others(found))
    return tuple(remark for remark in every if remark.count)


def _xcoms(xcom: Mapping[str, int], target: Target) -> Iterator[Remark]:
    clean = "delete these rows first (`airflow db clean --tables xcom`, or the runs they belong to)"
    yield Remark(
        "XCom rows whose value is no JSON",
        xcom.get("not_json", 0),
        f"the migration stops at them: {clean}",
        True,
    )
    yield Remark(
        "XCom rows with an empty value", xcom.get("empty", 0), f"the migration stops at them: {clean}", True
    )
    yield Remark(
        "XCom rows that PostgreSQL takes for no JSON",
        xcom.get("not_in_postgres", 0),
        f"they hold a zero character or half a surrogate pair, and the migration stops at them: {clean}",
        True,
    )
    stops = target.release[:2] == _NANS_KEPT
    effect = (
        f"the migration to {target.version} stops at them: {clean}"
        if stops
        else 'they become texts, as `"NaN"`'
    )
    yield Remark("XCom rows with NaN or Infinity", xcom.get("nan", 0), effect, stops)
    moved = "they go to the table _xcom_archive and cannot be pulled any more: rerun tasks whose results are needed"
    yield Remark("Pickled XCom rows", xcom.get("pickled", 0), moved)


def _others(found: Mapping[str, Any]) -> Iterator[Remark]:
    lost = "the migration drops these configurations without a word"
    yield Remark(
        "DAG runs whose configuration is no JSON", found.get("dag_run_conf", {}).get("not_json", 0), lost
    )
    runs = sum(int(row["runs"]) for row in found.get("unfinished_runs", ()))
    yield Remark(
        "Unfinished DAG runs", runs, "let them finish, or mark them: pausing a DAG freezes its runs half-done"
    )
    tasks = sum(found.get("unfinished_tasks", {}).values())
    yield Remark(
        "Unfinished task instances", tasks, "they belong to runs that are not finished, or were left behind"
    )
    yield Remark(
        "Parts that could not be counted",
        len(found.get("failed") or {}),
        ", ".join(found.get("failed") or {}),
    )
    short = [name for name in ("xcom", "dag_run_conf") if not found.get(name, {}).get("complete", True)]
    yield Remark(
        "Counts that ran out of time", len(short), f"there may be more than is said: {', '.join(short)}"
    )
