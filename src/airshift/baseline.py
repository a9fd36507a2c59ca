"""Baselines: findings that are known and not reported again.

A finding is recognised by its code, the path of its file, its symbol, the text of its line and the how-manieth of its
like it is in the file. So it stays known while lines move, and is new once its line or the name of its file changes.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from airshift.errors import UsageError
from airshift.findings import Finding
from airshift.records import dataclass

SCHEMA_VERSION = 1
Lines = Callable[[str], Sequence[str]]
"""Gives the lines of a path, or none when it cannot be read."""


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """A finding as a baseline knows it; paths are relative to the baseline's folder."""

    path: str
    code: str
    symbol: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Findings beside a baseline."""

    new: tuple[Finding, ...]
    known: int
    """How many findings the baseline knows."""
    stale: tuple[Known, ...]
    """What the baseline knows and this run did not find, although it looked there."""


def recognised(findings: Iterable[Finding], lines: Lines, folder: str = "") -> list[Known]:
    """What a baseline would write of each finding, in their order; `folder` leads from it to the root."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for finding in findings:
        path = posixpath.normpath(posixpath.join(folder, finding.place.path))
        key = (finding.code, path, finding.symbol, _text(finding, lines))
        found.append(Known(path, finding.code, finding.symbol, _digest((*key, str(seen[key])))))
        seen[key] += 1
    return found


def _text(finding: Finding, lines: Lines) -> str:
    """The line of a finding, without its spaces: indenting a block changes nothing."""
    all_lines = lines(finding.place.path)
    line = finding.place.line
    return " ".join(all_lines[line - 1].split()) if 0 < line <= len(all_lines) else ""


def _digest(parts: Iterable[str]) -> str:
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def compare(
    findings: Sequence[Finding],
    ours: Sequence[Known],
    baseline: Iterable[Known],
    looked: Callable[[Known], bool],
) -> Compared:
    """Split findings into new and known; `looked` says whether this run would have found an entry."""
    by_fingerprint = {entry.fingerprint: entry for entry in baseline}
    pairs = list(zip(findings, ours, strict=True))
    new = tuple(finding for finding, known in pairs if known.fingerprint not in by_fingerprint)
    found = {known.fingerprint for known in ours}
    missing = (entry for fingerprint, entry in by_fingerprint.items() if fingerprint not in found)
    return Compared(new, len(pairs) - len(new), tuple(sorted(filter(looked, missing))))


def baseline_text(entries: Iterable[Known]) -> str:
    """The content of a baseline file: one line an entry, sorted, so that changes are easy to review."""
    rows = ",\n".join(f"    {json.dumps(known_record(entry))}" for entry in sorted(entries))
    listed = f"[\n{rows}\n  ]" if rows else "[]"
    return f'{{\n  "schema_version": {SCHEMA_VERSION},\n  "findings": {listed}\n}}\n'


def known_record(entry: Known) -> dict[str, str]:
    """An entry as JSON."""
    return {
        "path": entry.path,
        "code": entry.code,
        "symbol": entry.symbol,
        "fingerprint": entry.fingerprint,
    }


def read_baseline(text: str, name: str) -> tuple[Known, ...]:
    """The entries of a baseline file; raise UsageError when it is none."""
    try:
        document = json.loads(text)
        version = document["schema_version"]
        found = tuple(_entries(document["findings"])) if version == SCHEMA_VERSION else ()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"baseline {name}: not one that --write-baseline wrote") from error
    if version != SCHEMA_VERSION:
        raise UsageError(f"baseline {name}: written by another airshift (schema {version}); write it anew")
    return found


def _entries(records: list[dict[str, Any]]) -> Iterator[Known]:
    for record in records:
        values = [record[key] for key in ("path", "code", "symbol", "fingerprint")]
        if not all(isinstance(value, str) for value in values):
            raise TypeError
        yield Known(*values)
