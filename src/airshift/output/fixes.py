"""The outcome of `airshift fix` for people and machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from airshift.findings import Applicability, Problem
from airshift.fix.files import FileFix
from airshift.output.document import envelope
from airshift.output.text import printable
from airshift.targets import Target


def fix_document(target: Target, fixes: Sequence[FileFix]) -> dict[str, Any]:
    """The JSON document of `airshift fix`."""
    problems = [Problem(found.path, found.refused) for found in fixes if found.refused]
    return {**envelope(target, problems), "files": [_record(found) for found in fixes]}


def _record(found: FileFix) -> dict[str, Any]:
    return {
        "path": found.path,
        "changed": found.changed,
        "fixed": [
            {"code": fixed.code, "line": fixed.line, "unsafe": fixed.unsafe or None} for fixed in found.fixed
        ],
        "left": [{"code": finding.code, "line": finding.place.line} for finding in found.left],
        "held": [{"code": held.code, "line": held.line, "reason": held.reason} for held in found.held],
        "silenced": [{"code": silent.code, "line": silent.line} for silent in found.silenced],
        "refused": found.refused or None,
        "requires": list(found.requires),
    }


def summary(fixes: Sequence[FileFix], *, written: bool) -> Iterator[str]:
    """What was fixed, what is left and what was refused, with reasons."""
    changed = sum(found.changed for found in fixes)
    fixed = sum(len(found.fixed) for found in fixes)
    yield f"{'Fixed' if written else 'Would fix'} {_count(fixed, 'finding')} in {_count(changed, 'file')}."
    doubts = Counter(one.unsafe for found in fixes for one in found.fixed if one.unsafe)
    for reason, count in sorted(doubts.items(), key=lambda item: (-item[1], item[0])):
        yield printable(f"  look at {count}: {reason}")
    silenced = sum(len(found.silenced) for found in fixes)
    if silenced:
        yield f"{'Silenced' if written else 'Would silence'} {_count(silenced, 'finding')} with a comment."
    yield from _left(fixes)
    needed = sorted({name for found in fixes for name in found.requires})
    if needed:
        yield f"The new code needs: {', '.join(needed)}."
    for found in fixes:
        if found.refused:
            yield printable(f"Refused {found.path}: {found.refused}")


def _left(fixes: Sequence[FileFix]) -> Iterator[str]:
    left = [finding for found in fixes for finding in found.left]
    if not left:
        return
    counts = Counter(finding.applicability for finding in left)
    parts = [
        f"{counts[Applicability.UNSAFE]} with --unsafe-fixes" if counts[Applicability.UNSAFE] else "",
        f"{counts[Applicability.SAFE]} that can be fixed" if counts[Applicability.SAFE] else "",
        f"{counts[Applicability.MANUAL]} for a person" if counts[Applicability.MANUAL] else "",
    ]
    yield f"Left {_count(len(left), 'finding')}: {', '.join(part for part in parts if part)}."
    reasons = Counter(held.reason for found in fixes for held in found.held)
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield printable(f"  {count} not fixed: {reason}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
