"""Judge one file by its content alone: standard input, and what an editor holds.

What other modules of the estate offer is not known here; `airshift.checking` judges files together.
"""

from __future__ import annotations

from dataclasses import dataclass

from airshift.findings import Finding, Problem
from airshift.judge import check_file
from airshift.rules.base import RuleContext
from airshift.select import Selection
from airshift.suppress import Suppression
from airshift.surroundings import check_other


@dataclass(frozen=True, slots=True)
class SingleResult:
    """What one file gave."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    unused: tuple[Suppression, ...] = ()


def check_content(path: str, raw: bytes, context: RuleContext, selection: Selection) -> SingleResult:
    """Judge the content of a file; its path says what kind of file it is."""
    wanted = selection.at(path)
    around = check_other(path, raw, context)
    if not path.endswith((".py", ".pyi")):
        return SingleResult(tuple(sorted(wanted.filter(around), key=Finding.sort_key)))
    found = check_file(path, raw, context)
    findings = sorted(wanted.filter([*found.findings, *around]), key=Finding.sort_key)
    problems = (found.problem,) if found.problem is not None else ()
    return SingleResult(tuple(findings), problems, found.unused)
