"""From files to findings: judge each file, with what the estate's other modules offer.

`check_file` is the pure function for one file. `scan` runs it over an estate in two rounds: the first
summarises every module and judges those that import nothing from the estate, the second judges the rest
with all summaries at hand. Source texts and trees are never kept.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.engine.project import ModuleSummary, Project, module_name
from airshift.engine.source import Source
from airshift.errors import AirshiftError, SourceError
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Applicability, Finding, Problem
from airshift.rules.base import Hit, RuleContext, is_triggered
from airshift.rules.registry import RULES
from airshift.suppress import Suppression, silence, suppressions

_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([.\w]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one Python file gave."""

    path: str
    findings: tuple[Finding, ...] = ()
    problem: Problem | None = None
    summary: ModuleSummary | None = None
    unused: tuple[Suppression, ...] = ()


@dataclass(slots=True)
class ScanResult:
    """What an estate gave; findings are sorted by place."""

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    summaries: list[ModuleSummary] = field(default_factory=list)
    scanned: int = 0
    unused: list[tuple[str, Suppression]] = field(default_factory=list)


def check_file(path: str, raw: bytes, context: RuleContext, project: Project | None = None) -> FileResult:
    """Judge one Python file; a file that cannot be read is a result with the reason."""
    try:
        facts = ModuleFacts(Source.from_bytes(path, raw), project)
        return judge(facts, context)
    except SourceError as error:
        return FileResult(path, problem=Problem(path, error.reason, error.line))
    except RecursionError:
        return FileResult(path, problem=Problem(path, "nested too deeply to be analysed"))
    except AirshiftError:
        raise
    except Exception as error:
        return FileResult(path, problem=Problem(path, internal_error(error)))


def internal_error(error: Exception) -> str:
    """What is said of a file on which airshift itself failed: the kind of failure and the place in our code."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f" at {frame.tb_frame.f_globals.get('__name__')}:{frame.tb_lineno}" if frame is not None else ""
    return f"internal error ({type(error).__name__}{where}); please report it"


def judge(facts: ModuleFacts, context: RuleContext) -> FileResult:
    """Run every triggered rule on a parsed module."""
    hits = find_hits(facts, context)
    findings = to_findings(facts, hits, context.catalogue, context) if hits else []
    kept, unused = silence(findings, suppressions(facts.source.utf8))
    return FileResult(facts.path, tuple(sorted(kept, key=Finding.sort_key)), None, facts.summary, unused)


def find_hits(facts: ModuleFacts, context: RuleContext) -> list[Hit]:
    """What the rules say about a module, without duplicates."""
    utf8 = facts.source.utf8
    found: dict[tuple[str, tuple[int, int], str], Hit] = {}
    for rule in RULES:
        if not is_triggered(rule, utf8):
            continue
        for hit in rule.check(facts, context):
            found.setdefault((hit.code, hit.span, hit.symbol), hit)
    return list(found.values())


def to_findings(
    facts: ModuleFacts, hits: Iterable[Hit], catalogue: Catalogue, context: RuleContext
) -> list[Finding]:
    """Give hits their place, kind, severity and proven applicability on the target."""
    hits = [hit for hit in hits if applicable(hit, context)]
    fixable = _proven(facts, hits)
    return [_finding(facts, hit, context, fixable) for hit in hits]


def applicable(hit: Hit, context: RuleContext) -> bool:
    """Whether a hit means anything on the target."""
    return hit.severity is not None or context.catalogue.rule(hit.code).severity(context.target) is not None


def _proven(facts: ModuleFacts, hits: list[Hit]) -> frozenset[int]:
    if not any(hit.rewrites for hit in hits):
        return frozenset()
    from airshift.fix.apply import rewrite

    return frozenset(id(hit) for hit in rewrite(facts, hits).applied)


def _finding(facts: ModuleFacts, hit: Hit, context: RuleContext, fixable: frozenset[int]) -> Finding:
    rule = context.catalogue.rule(hit.code)
    severity = hit.severity or rule.severity(context.target)
    assert severity is not None
    applicability = Applicability.MANUAL
    if id(hit) in fixable:
        applicability = Applicability.UNSAFE if hit.unsafe else Applicability.SAFE
    return Finding(
        code=hit.code,
        place=facts.source.place(*hit.span),
        kind=hit.kind or rule.kind,
        severity=severity,
        message=hit.message,
        symbol=hit.symbol,
        applicability=applicability,
        effort=rule.effort if applicability is Applicability.MANUAL else 0,
        reference=rule.reference,
    )


Progress = Callable[[int, int], None]


def scan(listing: Listing, context: RuleContext, progress: Progress | None = None) -> ScanResult:
    """Judge every Python file of a listing."""
    modules = [file for file in listing.files if file.path.endswith((".py", ".pyi"))]
    result = ScanResult(problems=list(listing.problems))
    gc.freeze()
    gc.disable()
    try:
        _scan_modules(modules, context, result, progress or (lambda done, total: None))
    finally:
        gc.enable()
    result.findings.sort(key=Finding.sort_key)
    return result


def _scan_modules(
    modules: list[EstateFile], context: RuleContext, result: ScanResult, progress: Progress
) -> None:
    suffixes = _suffixes(modules)
    postponed: list[EstateFile] = []
    silent: list[tuple[EstateFile, frozenset[str]]] = []
    for number, file in enumerate(modules, 1):
        raw = _read(file, result)
        if raw is not None:
            imported = _estate_imports(raw, suffixes)
            if not is_candidate(raw):
                silent.append((file, imported))
            elif imported:
                postponed.append(file)
                _summarise(file, raw, result)
            else:
                _take(check_file(file.path, raw, context), result)
        if number % 200 == 0:
            gc.collect()
        progress(number, len(modules) + len(postponed))
    _adopt(silent, postponed, result)
    project = Project(result.summaries)
    postponed += _again(modules, postponed, project, result)
    for number, file in enumerate(postponed, len(modules) + 1):
        again = read_file(file)
        if isinstance(again, bytes):
            _take(check_file(file.path, again, context, project), result, summarised=True)
        progress(number, len(modules) + len(postponed))


def _again(
    modules: list[EstateFile], postponed: list[EstateFile], project: Project, result: ScanResult
) -> list[EstateFile]:
    """Files judged alone whose functions turn out to be called by Airflow; their findings are taken back."""
    paths = project.receivers - {file.path for file in postponed}
    result.findings = [finding for finding in result.findings if finding.place.path not in paths]
    result.unused = [(path, unused) for path, unused in result.unused if path not in paths]
    return [file for file in modules if file.path in paths]


def summaries(modules: Iterable[EstateFile]) -> list[ModuleSummary]:
    """Summaries of every module that touches Airflow, directly or through the estate's own modules."""
    modules = list(modules)
    suffixes = _suffixes(modules)
    result = ScanResult()
    silent: list[tuple[EstateFile, frozenset[str]]] = []
    for file in modules:
        raw = read_file(file)
        if isinstance(raw, Problem):
            continue
        if is_candidate(raw):
            _summarise(file, raw, result)
        else:
            silent.append((file, _estate_imports(raw, suffixes)))
    _adopt(silent, [], result)
    return result.summaries


def _adopt(
    silent: list[tuple[EstateFile, frozenset[str]]], postponed: list[EstateFile], result: ScanResult
) -> None:
    """Postpone files that never mention Airflow but import a module of the estate that does."""
    touching = {name for summary in result.summaries for name in _names_of(summary.path)}
    while adopted := [file for file, imported in silent if imported & touching]:
        silent = [entry for entry in silent if not entry[1] & touching]
        for file in adopted:
            raw = read_file(file)
            if isinstance(raw, bytes):
                _summarise(file, raw, result)
                postponed.append(file)
                touching.update(_names_of(file.path))


def _summarise(file: EstateFile, raw: bytes, result: ScanResult) -> None:
    """Keep what other modules can see; a file that cannot be parsed is reported when it is judged."""
    try:
        result.summaries.append(ModuleFacts(Source.from_bytes(file.path, raw)).summary)
    except (SourceError, RecursionError):
        return


def _take(found: FileResult, result: ScanResult, *, summarised: bool = False) -> None:
    if found.summary is not None and not summarised:
        result.summaries.append(found.summary)
    result.findings.extend(found.findings)
    result.unused.extend((found.path, suppression) for suppression in found.unused)
    if found.problem is not None:
        result.problems.append(found.problem)


def _read(file: EstateFile, result: ScanResult) -> bytes | None:
    raw = read_file(file)
    if isinstance(raw, Problem):
        result.problems.append(raw)
        return None
    result.scanned += 1
    return raw


def is_candidate(raw: bytes) -> bool:
    """Whether a file can concern any rule, by its bytes alone."""
    return b"airflow" in raw or any(is_triggered(rule, raw) for rule in RULES)


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
