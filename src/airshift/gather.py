"""Gather everything an assessment is made of: findings, inventory, owners, ruff's opinion, excerpts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from airshift.assess import build_assessment
from airshift.checking import check_paths
from airshift.engine.project import Project
from airshift.estate.inventory import build_inventory
from airshift.estate.model import Reference
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Finding, Problem
from airshift.report.model import Assessment, RuffAgreement
from airshift.report.owners import LOCATIONS, OwnersOf, code_owners
from airshift.report.touches import touching_files
from airshift.scan import Progress
from airshift.targets import Target

_TEMPLATES = (".sql", ".hql", ".sh", ".jinja", ".jinja2", ".j2", ".json", ".yaml", ".yml", ".html", ".txt")


@dataclass(frozen=True, slots=True)
class AssessOptions:
    """What to assess for."""

    target: Target | None = None
    source: Target | None = None
    ruff: bool = True


def assess_paths(
    paths: list[Path], options: AssessOptions, *, now: datetime, progress: Callable[[str], Progress]
) -> Assessment:
    """Assess the estate below `paths`; `progress` gives a bar for each stage."""
    checked = check_paths(paths, target=options.target, source=options.source, progress=progress("Checking"))
    listing = checked.listing
    project = Project(checked.scan.summaries)
    inventory, _ = build_inventory(
        listing, progress("Reading DAGs"), project=project, requirements=_requirements(listing)
    )
    findings, problems = checked.findings, checked.problems
    agreement: RuffAgreement | None = None
    if options.ruff:
        findings, agreement, ruff_problems = _second_opinion(listing, findings)
        problems = (*problems, *ruff_problems)
    from airshift.catalogue import Catalogue

    return build_assessment(
        findings,
        problems,
        inventory,
        target=checked.target,
        source=checked.source,
        root=listing.root.name,
        generated_at=now,
        files_scanned=checked.scan.scanned,
        dependencies=touching_files(checked.scan.summaries, _templates(listing), _reader(listing)),
        owners_of=_owners(listing),
        rules=Catalogue.load().rules,
        ruff=agreement,
        excerpts=_excerpts(listing, findings),
    )


def _second_opinion(
    listing: Listing, findings: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], RuffAgreement | None, tuple[Problem, ...]]:
    from airshift.ruff import merge, run_ruff

    report = run_ruff([file.location for file in listing.files if file.path.endswith(".py")], listing.root)
    if report.problems:
        return findings, None, report.problems
    merged = merge(findings, report.findings)
    own = [finding for finding in merged.findings if finding not in merged.only_ruff]
    agreement = RuffAgreement(
        agreed=tuple(finding for finding in own if finding.also),
        only_ruff=merged.only_ruff,
        only_airshift=tuple(finding for finding in own if not finding.also),
    )
    return merged.findings, agreement, ()


def _requirements(listing: Listing) -> Iterator[Reference]:
    from airshift.pin.document import parse_document
    from airshift.pin.grammar import Package

    for file in listing.files:
        name = file.location.name
        if not (name.startswith(("requirements", "constraints")) or name.endswith("requirements.txt")):
            continue
        raw = read_file(file)
        if isinstance(raw, Problem) or not name.endswith((".txt", ".in")):
            continue
        for line in parse_document(raw.decode("utf-8", "replace"), file.path).lines:
            if isinstance(line.entry, Package):
                yield Reference(line.entry.name + line.entry.specifier, file.path, line.number)


def _templates(listing: Listing) -> list[str]:
    return [file.path for file in listing.files if file.path.endswith(_TEMPLATES)]


def _reader(listing: Listing) -> Callable[[str], str]:
    by_path = {file.path: file for file in listing.files}

    def text_of(path: str) -> str:
        file = by_path.get(path)
        raw = read_file(file) if file is not None else b""
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""

    return text_of


def _owners(listing: Listing) -> OwnersOf:
    by_path = {file.path: file for file in listing.files}
    for location in LOCATIONS:
        file = by_path.get(location)
        raw = read_file(file) if file is not None else None
        if isinstance(raw, bytes):
            return code_owners(raw.decode("utf-8", "replace"))
    return lambda path: ()


def _excerpts(listing: Listing, findings: Iterable[Finding]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        wanted.setdefault(finding.place.path, set()).add(finding.place.line)
    found: dict[tuple[str, int], str] = {}
    for file in listing.files:
        if file.path in wanted:
            found.update(_lines_of(file, wanted[file.path]))
    return found


def _lines_of(file: EstateFile, numbers: set[int]) -> Iterator[tuple[tuple[str, int], str]]:
    raw = read_file(file)
    if isinstance(raw, Problem):
        return
    lines = raw.decode("utf-8", "replace").splitlines()
    for number in numbers:
        if number <= len(lines):
            yield (file.path, number), lines[number - 1].strip()[:200]
