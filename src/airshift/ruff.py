"""ruff's AIR rules as a second opinion, merged with our findings by place.

ruff is asked for JSON: its human formats have printed rule names instead of codes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from airshift.findings import Finding, Kind, Origin, Place, Problem, Severity

_BATCH = 500
_DEPRECATED = frozenset({"AIR311", "AIR312", "AIR321"})


@dataclass(frozen=True, slots=True)
class RuffReport:
    """What ruff found, and what kept it from looking."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Both opinions: `findings` holds ours (marked where ruff agrees) and what only ruff found."""

    findings: tuple[Finding, ...]
    agreed: int
    only_ruff: tuple[Finding, ...]
    only_airshift: int


def run_ruff(files: Sequence[Path], root: Path) -> RuffReport:
    """Run ruff's AIR rules on the files; never raises for what ruff cannot do."""
    findings: list[Finding] = []
    problems: list[Problem] = []
    for start in range(0, len(files), _BATCH):
        batch = files[start : start + _BATCH]
        try:
            findings += _batch(batch, root)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            problems.append(Problem(".", f"ruff could not be run: {type(error).__name__}"))
            break
    return RuffReport(tuple(sorted(findings, key=Finding.sort_key)), tuple(problems))


def _batch(files: Sequence[Path], root: Path) -> Iterable[Finding]:
    command = [
        sys.executable, "-m", "ruff", "check", "--isolated", "--preview", "--select", "AIR",
        "--output-format", "json", "--no-cache", "--exit-zero", "--quiet", "--", *map(str, files),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True, timeout=600)
    return [
        _finding(record, root) for record in json.loads(done.stdout) if str(record["code"]).startswith("AIR")
    ]


def _finding(record: dict[str, Any], root: Path) -> Finding:
    code = str(record["code"])
    start, end = record["location"], record["end_location"]
    place = Place(
        _relative(record["filename"], root), start["row"], start["column"], end["row"], end["column"]
    )
    deprecated = code in _DEPRECATED
    style = not code.startswith("AIR3")
    severity = Severity.INFO if style else Severity.WARNING if deprecated else Severity.ERROR
    kind = Kind.BEHAVIOUR if style else Kind.DEPRECATION if deprecated else Kind.PARSE
    return Finding(
        code=code, place=place, kind=kind, severity=severity, message=str(record["message"]),
        origin=Origin.RUFF, reference=str(record.get("url") or ""),
    )  # fmt: skip


def _relative(filename: str, root: Path) -> str:
    try:
        return Path(filename).relative_to(root).as_posix()
    except ValueError:
        return Path(filename).as_posix()


def merge(ours: Iterable[Finding], theirs: Iterable[Finding]) -> Merged:
    """Match by place: a ruff finding agrees with one of ours on the same line, or on the name it uses."""
    own = list(ours)
    by_line: dict[tuple[str, int], list[int]] = {}
    by_name: dict[tuple[str, str], list[int]] = {}
    for index, finding in enumerate(own):
        for line in range(finding.place.line, finding.place.end_line + 1):
            by_line.setdefault((finding.place.path, line), []).append(index)
        if finding.symbol:
            by_name.setdefault((finding.place.path, finding.symbol.rpartition(".")[2]), []).append(index)
    agreeing: dict[int, set[str]] = {}
    only_ruff: list[Finding] = []
    for finding in theirs:
        indexes = by_line.get((finding.place.path, finding.place.line)) or _by_name(finding, by_name)
        if not indexes:
            only_ruff.append(finding)
        for index in indexes:
            agreeing.setdefault(index, set()).add(finding.code)
    for index, codes in agreeing.items():
        own[index] = replace(own[index], also=tuple(sorted(codes)))
    combined = sorted([*own, *only_ruff], key=Finding.sort_key)
    return Merged(tuple(combined), len(agreeing), tuple(only_ruff), len(own) - len(agreeing))


def _by_name(finding: Finding, by_name: dict[tuple[str, str], list[int]]) -> list[int]:
    quoted = finding.message.split("`")[1::2]
    for text in quoted:
        found = by_name.get((finding.place.path, text.rpartition(".")[2]))
        if found:
            return found
    return []
