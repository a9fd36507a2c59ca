"""The outcome of `airshift fix` for people and machines."""

from __future__ import annotations

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
        "fixed": [{"code": fixed.code, "line": fixed.line} for fixed in found.fixed],
        "left": [{"code": finding.code, "line": finding.place.line} for finding in found.left],
        "held": [{"code": held.code, "line": held.line, "reason": held.reason} for held in found.held],
        "silenced": [{"code": silent.code, "line": silent.line} for silent in found.silenced],
        "refused": found.refused or None,
        "requires": list(found.requires),
    }


def summary(fixes: Sequence[FileFix], *, written: bool) -> Iterator[str]:
    """What was fixed, what is left and what was refused, with reasons."""
    changed = [found for found in fixes if found.changed]
    fixed = sum(len(found.fixed) for found in fixes)
    verb = "Fixed" if written else "Would fix"
    yield f"{verb} {fixed} finding{'' if fixed == 1 else 's'} in {len(changed)} file{'' if len(changed) == 1 else 's'}."
    left = [finding for found in fixes for finding in found.left]
    if left:
        unsafe = sum(finding.applicability is Applicability.UNSAFE for finding in left)
        manual = sum(finding.applicability is Applicability.MANUAL for finding in left)
        yield f"{len(left)} left: {manual} for a person, {unsafe} with --unsafe-fixes."
    needed = sorted({name for found in fixes for name in found.requires})
    if needed:
        yield f"The new code needs: {', '.join(needed)}."
    for found in fixes:
        if found.refused:
            yield printable(f"Refused {found.path}: {found.refused}")
