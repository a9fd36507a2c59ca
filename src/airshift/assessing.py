"""Assess a folder: read it, check it, inventory it, ask ruff, and judge the whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from airshift import known_issues
from airshift.assess import build_assessment
from airshift.cache import Cache
from airshift.catalogue import Catalogue
from airshift.checking import CheckResult, check_listing, rule_context
from airshift.engine.facts import ModuleFacts
from airshift.engine.project import ModuleSummary
from airshift.engine.source import Source
from airshift.estate.environments import Environments
from airshift.estate.inventory import build_inventory
from airshift.estate.model import Inventory, Reference
from airshift.files import Listing, list_files, read_file
from airshift.findings import Finding, Origin, Problem
from airshift.pin.fates import fates_of
from airshift.platforms.checking import check_platform
from airshift.platforms.model import Platform
from airshift.pool import Progress
from airshift.profiles import Profile, in_test_folder, profile
from airshift.redact import is_code, redact_source, redact_text
from airshift.report.model import Assessment, KnownIssue, RuffAgreement
from airshift.report.owners import LOCATIONS, code_owners
from airshift.report.touches import touching_files
from airshift.ruff import merge, run_ruff
from airshift.select import Selection
from airshift.settings import Settings, load_settings
from airshift.source_version import detect_source
from airshift.targets import Target
from airshift.workers import Processes

_RENDERED = frozenset({".sql", ".hql", ".sh", ".bash", ".html", ".j2", ".jinja", ".jinja2"})
"""Suffixes of files that operators render as templates."""
_STARTUP_SCRIPT = re.compile(r"startup[\w.-]*\.sh")
"""Names that Amazon MWAA's documentation and most estates give the start-up script."""


def assess_path(
    path: Path,
    *,
    target: Target | None = None,
    source: Target | None = None,
    selection: Selection | None = None,
    ask_ruff: bool = True,
    leave_out: Path | None = None,
    progress: Progress | None = None,
    join: Callable[[Inventory, tuple[str, ...]], Inventory] | None = None,
    listing: Listing | None = None,
    platform: Platform | None = None,
    settings: Settings | None = None,
    jobs: int = 1,
    cached: bool = False,
) -> Assessment:
    """Assess the estate below `path`; nothing of it is imported or run.

    `join` may complete the inventory, given together with the names of the estate's environments; `listing` has the
    files that count, if not all do. `platform` is where the estate runs today, when it moves to Amazon MWAA.
    `settings` name its environments; by default its own file does. `jobs` processes judge the files, 0 for as many as
    pay; when `cached`, only what changed since an earlier run.
    """
    listing = _without(listing or list_files([path]), leave_out)
    context = rule_context(target, source or detect_source(listing))
    checked = check_listing(
        listing,
        context,
        selection=selection,
        progress=progress,
        workers=Processes(jobs),
        cache=Cache() if cached else None,
    )
    if platform is not None:
        about = (selection or Selection()).filter(check_platform(listing, platform, context.target))
        checked = replace(checked, findings=tuple(sorted([*checked.findings, *about], key=Finding.sort_key)))
    findings, ruff, ruff_problems = _second_opinion(checked) if ask_ruff else (checked.findings, None, ())
    environments = Environments((settings or load_settings(listing.root)).environments)
    inventory, inventory_problems = build_inventory(
        listing, requirements=_requirements(listing), environments=environments
    )
    if join is not None:
        inventory = join(inventory, environments.names)
    problems = _unique([*checked.problems, *inventory_problems, *ruff_problems])
    return build_assessment(
        findings,
        problems,
        _deployed(inventory),
        target=checked.target,
        source=checked.source,
        root=path.name or path.resolve().name,
        generated_at=datetime.now(UTC).astimezone(),
        files_scanned=len(listing.files) - len({problem.path for problem in problems}),
        dependencies=_dependencies(listing, checked, problems),
        owners_of=code_owners(_first_text(listing, LOCATIONS)),
        rules=Catalogue.load().rules,
        ruff=ruff,
        known_issues=_known_issues(listing, checked),
        excerpts=_excerpts(listing, findings),
        requirements=fates_of(_requirement_files(listing), checked.target),
    )


def _without(listing: Listing, folder: Path | None) -> Listing:
    """The listing without an earlier report that was written into the estate."""
    if folder is None:
        return listing
    inside = folder.absolute()
    kept = tuple(file for file in listing.files if not file.location.absolute().is_relative_to(inside))
    return replace(listing, files=kept)


def _second_opinion(
    checked: CheckResult,
) -> tuple[tuple[Finding, ...], RuffAgreement, tuple[Problem, ...]]:
    files = [file.location for file in checked.listing.files if file.path.endswith(".py")]
    report = run_ruff(files, checked.listing.root)
    merged = merge(checked.findings, report.findings)
    own = [finding for finding in merged.findings if finding.origin is Origin.AIRSHIFT]
    agreement = RuffAgreement(
        agreed=tuple(finding for finding in own if finding.also),
        only_ruff=merged.only_ruff,
        only_airshift=tuple(f for f in own if not f.also and f.place.path.endswith(".py")),
    )
    known = {problem.path for problem in checked.problems}
    return merged.findings, agreement, tuple(p for p in report.problems if p.path not in known)


def _unique(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """One problem a file: the first that was met."""
    by_path: dict[str, Problem] = {}
    for problem in problems:
        by_path.setdefault(problem.path, problem)
    return tuple(by_path[path] for path in sorted(by_path))


def _deployed(inventory: Inventory) -> Inventory:
    """The inventory without DAGs that only the estate's own tests build."""
    dags = tuple(dag for dag in inventory.dags if not in_test_folder(dag.path))
    return replace(inventory, dags=dags)


def _dependencies(
    listing: Listing, checked: CheckResult, problems: Iterable[Problem]
) -> Mapping[str, frozenset[str]]:
    locations = {file.path: file.location for file in listing.files}
    unread = [ModuleSummary(p.path, {}, {}, {}) for p in problems if p.path.endswith(".py")]
    templates = {
        finding.place.path
        for finding in checked.findings
        if PurePosixPath(finding.place.path).suffix in _RENDERED
    }
    return touching_files(
        [*unread, *checked.scan.project().by_path.values()],
        sorted(templates),
        lambda path: _text(locations[path]) if path in locations else "",
    )


def _known_issues(listing: Listing, checked: CheckResult) -> list[KnownIssue]:
    """Defects of the target that the estate meets, with the files that meet them."""
    names = _used_names(listing, checked)
    values: dict[str, str] = {}
    for found in checked.options:
        values[found.option] = f"{values.get(found.option, '')} {found.value}".strip()
    used = {name for found in names.values() for name in found}
    met = known_issues.matching(checked.target, used, values)
    return [
        KnownIssue(
            identifier=issue.id,
            title=issue.title,
            text=f"{issue.effect} {issue.workaround}",
            reference=issue.url,
            date=known_issues.as_of().isoformat(),
            places=_places(issue, names, checked),
        )
        for issue in met
    ]


def _places(
    issue: known_issues.KnownIssue, names: Mapping[str, frozenset[str]], checked: CheckResult
) -> tuple[str, ...]:
    wanted = issue.operators | issue.keywords | {str(construct) for construct in issue.constructs}
    modules = {path for path, used in names.items() if used & wanted}
    files = {found.path for found in checked.options if issue.is_set_by(found.option, found.value)}
    return tuple(sorted(modules | files))


def _used_names(listing: Listing, checked: CheckResult) -> dict[str, frozenset[str]]:
    project = checked.scan.project()
    found: dict[str, frozenset[str]] = {}
    for file in listing.files:
        if _STARTUP_SCRIPT.fullmatch(PurePosixPath(file.path).name):
            found[file.path] = frozenset({str(known_issues.Construct.STARTUP_SCRIPT)})
        if file.path not in project.by_path or profile(file.path) is Profile.TEST:
            continue
        raw = read_file(file)
        if isinstance(raw, bytes):
            facts = ModuleFacts(Source.from_bytes(file.path, raw), project)
            found[file.path] = known_issues.used_names_of(facts)
    return found


def _requirements(listing: Listing) -> list[Reference]:
    found: list[Reference] = []
    for path, location in _requirement_files(listing):
        for number, line in enumerate(_text(location).splitlines(), 1):
            text = line.split(" #", 1)[0].strip()
            if text and not text.startswith(("#", "-")):
                found.append(Reference(redact_text(text), path, number))
    return found


def _requirement_files(listing: Listing) -> list[tuple[str, Path]]:
    names = ((file, PurePosixPath(file.path).name) for file in listing.files)
    return [
        (file.path, file.location)
        for file, name in names
        if name.startswith("requirements") and name.endswith(".txt")
    ]


def _first_text(listing: Listing, paths: Iterable[str]) -> str:
    locations = {file.path: file.location for file in listing.files}
    return next((_text(locations[path]) for path in paths if path in locations), "")


def _excerpts(listing: Listing, findings: Iterable[Finding]) -> dict[tuple[str, int], str]:
    """The source lines that findings point to, of code only: configuration may hold secrets."""
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        if finding.place.path.endswith(".py") or PurePosixPath(finding.place.path).suffix in _RENDERED:
            wanted.setdefault(finding.place.path, set()).add(finding.place.line)
    found: dict[tuple[str, int], str] = {}
    for file in listing.files:
        if file.path not in wanted:
            continue
        lines = _text(file.location).splitlines()
        for number in wanted[file.path]:
            if number <= len(lines):
                found[file.path, number] = redact_source(lines[number - 1], is_code=is_code(file.path))
    return found


def _text(location: Path) -> str:
    try:
        return location.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
