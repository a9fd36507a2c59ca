"""From files to findings: judge each file, with what the estate's other modules offer.

`airshift.judge` has the pure function for one file. `scan` runs it over an estate in two rounds: the first
summarises every module and judges those that import nothing from the estate, the second judges the rest
with all summaries at hand. Source texts and trees are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from airshift.engine.facts import ModuleFacts
from airshift.engine.project import ModuleSummary, Project, module_name
from airshift.engine.source import Source
from airshift.engine.template_files import TemplateReference
from airshift.errors import SourceError
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Finding, Problem
from airshift.judge import FileResult, check_file, is_candidate
from airshift.pool import Progress, each, worker_count
from airshift.rules.base import ContextSpec, RuleContext
from airshift.suppress import Suppression

_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([.\w]+)", re.MULTILINE)


@dataclass(slots=True)
class ScanResult:
    """What an estate gave; findings are sorted by place."""

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    summaries: list[ModuleSummary] = field(default_factory=list)
    scanned: int = 0
    templates: list[TemplateReference] = field(default_factory=list)
    """The template files that modules name."""
    unused: list[tuple[str, Suppression]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What one file gave without the others: judged already, or summarised for the second round."""

    file: EstateFile
    imported: frozenset[str] = frozenset()
    """Names of the estate's modules it seems to import."""
    candidate: bool = False
    summary: ModuleSummary | None = None
    result: FileResult | None = None
    problem: Problem | None = None


def first_look(common: tuple[ContextSpec, frozenset[str]], file: EstateFile) -> FirstLook:
    """Judge a file that imports nothing from the estate; summarise one that does."""
    spec, suffixes = common
    raw = read_file(file)
    if isinstance(raw, Problem):
        return FirstLook(file, problem=raw)
    imported = _estate_imports(raw, suffixes)
    if not is_candidate(raw):
        return FirstLook(file, imported)
    if imported:
        return FirstLook(file, imported, candidate=True, summary=_summary(file, raw))
    result = check_file(file.path, raw, spec.context())
    return FirstLook(file, imported, candidate=True, summary=result.summary, result=result)


def second_look(common: tuple[ContextSpec, Project], file: EstateFile) -> FileResult:
    """Judge a file with everything the estate's modules offer."""
    spec, project = common
    raw = read_file(file)
    if isinstance(raw, Problem):
        return FileResult(file.path, problem=raw)
    return check_file(file.path, raw, spec.context(), project)


def scan(
    listing: Listing, context: RuleContext, progress: Progress | None = None, *, jobs: int = 1
) -> ScanResult:
    """Judge every Python file of a listing; the result does not depend on the number of processes."""
    modules = python_files(listing)
    report = progress or (lambda done, total: None)
    spec = ContextSpec.of(context)
    workers = worker_count(jobs, total_size(modules))
    looks: list[FirstLook] = []
    for number, look in enumerate(each(first_look, (spec, _suffixes(modules)), modules, workers), 1):
        looks.append(look)
        report(number, len(modules))
    project, again = _second_round(looks)
    result = ScanResult(problems=list(listing.problems), summaries=list(project.by_path.values()))
    result.scanned = sum(look.problem is None for look in looks)
    alone = [look.result for look in looks if look.result is not None and look.file not in again]
    result.problems += [look.problem for look in looks if look.problem is not None]
    later = each(second_look, (spec, project), sorted(again, key=lambda file: file.path), workers)
    for number, found in enumerate(chain(alone, later), len(modules) - len(alone) + 1):
        _take(found, result)
        report(number, len(modules) + len(again))
    result.findings.sort(key=Finding.sort_key)
    result.problems = sorted(set(result.problems), key=lambda problem: (problem.path, problem.line))
    return result


def python_files(listing: Listing) -> list[EstateFile]:
    """The Python files of a listing."""
    return [file for file in listing.files if file.path.endswith((".py", ".pyi"))]


def total_size(files: Iterable[EstateFile]) -> int:
    """Bytes on disk of all files."""
    return sum(_size(file) for file in files)


def _size(file: EstateFile) -> int:
    try:
        return file.location.stat().st_size
    except OSError:
        return 0


def _second_round(looks: Sequence[FirstLook]) -> tuple[Project, frozenset[EstateFile]]:
    """The project, and the files that have to be judged with it."""
    summaries = [look.summary for look in looks if look.summary is not None]
    adopted, more = _adopt([look for look in looks if not look.candidate and look.problem is None], summaries)
    project = Project([*summaries, *more])
    postponed = {look.file for look in looks if look.candidate and look.result is None}
    called = {look.file for look in looks if look.file.path in project.receivers}
    return project, frozenset(postponed | set(adopted) | called)


def _adopt(
    silent: Sequence[FirstLook], summaries: Sequence[ModuleSummary]
) -> tuple[list[EstateFile], list[ModuleSummary]]:
    """Files that never mention Airflow but import, directly or not, a module of the estate that does."""
    touching = {name for summary in summaries for name in _names_of(summary.path)}
    adopted: list[EstateFile] = []
    found: list[ModuleSummary] = []
    while reached := [look for look in silent if look.imported & touching]:
        silent = [look for look in silent if not look.imported & touching]
        for look in reached:
            raw = read_file(look.file)
            summary = _summary(look.file, raw) if isinstance(raw, bytes) else None
            adopted.append(look.file)
            touching.update(_names_of(look.file.path))
            if summary is not None:
                found.append(summary)
    return adopted, found


def summaries(modules: Sequence[EstateFile]) -> list[ModuleSummary]:
    """Summaries of every module that touches Airflow, directly or through the estate's own modules."""
    suffixes = _suffixes(modules)
    looks = [_summary_only(file, suffixes) for file in modules]
    known = [look.summary for look in looks if look.summary is not None]
    return [*known, *_adopt([look for look in looks if not look.candidate], known)[1]]


def _summary_only(file: EstateFile, suffixes: frozenset[str]) -> FirstLook:
    raw = read_file(file)
    if isinstance(raw, Problem):
        return FirstLook(file, problem=raw)
    if is_candidate(raw):
        return FirstLook(file, candidate=True, summary=_summary(file, raw))
    return FirstLook(file, _estate_imports(raw, suffixes))


def _summary(file: EstateFile, raw: bytes) -> ModuleSummary | None:
    """What other modules can see; a file that cannot be parsed is reported when it is judged."""
    try:
        return ModuleFacts(Source.from_bytes(file.path, raw)).summary
    except (SourceError, RecursionError):
        return None


def _take(found: FileResult, result: ScanResult) -> None:
    result.findings.extend(found.findings)
    result.templates.extend(found.templates)
    result.unused.extend((found.path, suppression) for suppression in found.unused)
    if found.problem is not None:
        result.problems.append(found.problem)


def _names_of(path: str) -> Iterable[str]:
    parts = module_name(path)[0].split(".")
    return (".".join(parts[start:]) for start in range(len(parts)))


def _suffixes(modules: Iterable[EstateFile]) -> frozenset[str]:
    return frozenset(name for file in modules for name in _names_of(file.path)) - {"", "airflow"}


def _estate_imports(raw: bytes, suffixes: frozenset[str]) -> frozenset[str]:
    """Names of the estate's modules that a file seems to import; more than it does is harmless."""
    found: set[str] = set()
    for match in _IMPORT.finditer(raw):
        dotted = match.group(1).decode("ascii", "replace")
        if dotted.startswith("airflow") or dotted == "__future__":
            continue
        tail = dotted.lstrip(".")
        if dotted.startswith("."):
            found.add(tail)
        found.update(name for name in _prefixes(tail) if name in suffixes)
    return frozenset(found)


def _prefixes(dotted: str) -> Iterable[str]:
    parts = dotted.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))
