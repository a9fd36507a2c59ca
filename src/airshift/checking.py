"""Check a whole estate: Python, templates, configuration and everything around the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from airshift.cache import Cache
from airshift.files import Listing, list_files
from airshift.findings import Finding, Problem
from airshift.memory import Memory
from airshift.pool import Progress
from airshift.records import dataclass
from airshift.rules.base import ContextSpec, RuleContext
from airshift.scan import ScanResult, scan
from airshift.select import Selection
from airshift.source_version import detect_source
from airshift.surroundings import Configured, check_surroundings
from airshift.targets import Target, default_target
from airshift.template_reach import dated_templates
from airshift.workers import Processes, Workers


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Findings and problems of an estate; both sorted by place."""

    listing: Listing
    target: Target
    source: Target
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    scan: ScanResult
    options: tuple[Configured, ...] = ()
    """Airflow options that files of the estate set."""


def rule_context(
    target: Target | None, source: Target, *, pin_behaviour: bool = False, show_guarded: bool = False
) -> RuleContext:
    """What rules are given, with the data that ships with airshift."""
    from airshift.catalogue import Catalogue
    from airshift.index import Index

    wanted = target or default_target()
    return RuleContext(wanted, source, Index.load(), Catalogue.load(), pin_behaviour, show_guarded)


def check_paths(
    paths: list[Path],
    *,
    target: Target | None = None,
    source: Target | None = None,
    selection: Selection | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
    show_guarded: bool = False,
    cache: Cache | None = None,
) -> CheckResult:
    """List the files below `paths` and judge them; nothing of theirs is imported or run.

    With a cache, only what changed since an earlier check is judged.
    """
    listing = list_files(paths)
    context = rule_context(target, source or detect_source(listing), show_guarded=show_guarded)
    return check_listing(
        listing, context, selection=selection, progress=progress, workers=Processes(jobs), cache=cache
    )


def check_listing(
    listing: Listing,
    context: RuleContext,
    *,
    selection: Selection | None = None,
    progress: Progress | None = None,
    workers: Workers | None = None,
    cache: Cache | None = None,
) -> CheckResult:
    """Judge the files of a listing."""
    context = replace(context, template_dates=dated_templates(listing.files))
    memory = Memory(cache, ContextSpec.of(context), str(listing.root)) if cache is not None else None
    result = scan(listing, context, progress, workers=workers, memory=memory)
    around = check_surroundings(listing, context, result.templates, result.silent)
    findings = (selection or Selection()).filter(_in_order(result.findings, around.findings))
    found_problems = {*result.problems, *around.problems}
    problems = tuple(sorted(found_problems, key=lambda problem: (problem.path, problem.line)))
    return CheckResult(
        listing,
        context.target,
        context.source,
        tuple(findings),
        problems,
        result,
        around.options,
    )


def _in_order(findings: Sequence[Finding], more: Sequence[Finding]) -> list[Finding]:
    """All findings by place; the first are sorted already, and often there are no others."""
    return sorted([*findings, *more], key=Finding.sort_key) if more else list(findings)
