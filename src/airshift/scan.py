"""From files to findings: judge each file, with what the estate's other modules offer.

`airshift.judge` has the pure function for one file. `scan` runs it over an estate in two rounds: the first
summarises every module and judges those that import nothing from the estate, the second judges the rest
with all summaries at hand. Source texts and trees are never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from airshift.cache import digest
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Finding, Problem
from airshift.imported import imports_of, names_of, of_estate, suffixes_of
from airshift.memory import Look, Memory, Round
from airshift.pool import Progress
from airshift.rules.base import ContextSpec, RuleContext
from airshift.workers import Processes, Workers

if TYPE_CHECKING:
    from airshift.engine.project import ModuleSummary, Project
    from airshift.engine.template_files import TemplateReference
    from airshift.file_result import FileResult
    from airshift.suppress import Suppression


@dataclass(slots=True)
class ScanResult:
    """What an estate gave; findings are sorted by place."""

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    summaries: list[ModuleSummary] = field(default_factory=list)
    recall: Callable[[], list[ModuleSummary]] | None = field(default=None, compare=False)
    """Gives the summaries where all results were remembered, so that none was needed."""
    """What the modules offer each other; empty when everything was remembered."""
    scanned: int = 0
    templates: list[TemplateReference] = field(default_factory=list)
    """The template files that modules name."""
    unused: list[tuple[str, Suppression]] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    """Digests of the bytes that were judged, by path."""
    silent: frozenset[str] = frozenset()
    """Paths of Python files that set no option and call no API."""

    def project(self) -> Project:
        """What the estate's modules offer each other."""
        from airshift.engine.project import Project

        return Project(self.summaries if self.recall is None else self.recall())


def scan(
    listing: Listing,
    context: RuleContext,
    progress: Progress | None = None,
    *,
    workers: Workers | None = None,
    memory: Memory | None = None,
) -> ScanResult:
    """Judge every Python file of a listing; the result does not depend on who does it, or on memory."""
    report = progress or (lambda done, total: None)
    return _Scan(listing, ContextSpec.of(context), report, workers or Processes(), memory).run()


class _Scan:
    """One scan: the first round looks at every file, the second judges those that depend on others."""

    def __init__(
        self, listing: Listing, spec: ContextSpec, report: Progress, workers: Workers, memory: Memory | None
    ) -> None:
        self.listing = listing
        self.modules = python_files(listing)
        self.spec = spec
        self.report = report
        self.workers = workers
        self.memory = memory
        self.suffixes = suffixes_of(self.modules)
        self.unread: list[Problem] = []

    def run(self) -> ScanResult:
        looks = self._looks()
        result = ScanResult(scanned=len(looks))
        result.contents = {path: look.content for path, look in looks.items()}
        result.silent = frozenset(path for path, look in looks.items() if look.silent)
        later = self._second_round(looks, result)
        done = {found.path for found in later}
        alone = (look.result for path, look in looks.items() if path not in done)
        for found in sorted(chain((found for found in alone if found is not None), later), key=_path):
            _take(found, result)
        self.report(len(self.modules), len(self.modules))
        result.problems += [*self.listing.problems, *self.unread]
        result.problems = sorted(set(result.problems), key=lambda problem: (problem.path, problem.line))
        return result

    def _looks(self) -> dict[str, Look]:
        """What every file gives without the others, by path."""
        known = self._remembered()
        missing = [file for file in self.modules if file.path not in known]
        fresh = self._looked_at(missing) if missing else {}
        joined = known | fresh
        if self.memory is not None:
            self.memory.keep_looks(fresh, joined)
        return {file.path: joined[file.path] for file in self.modules if file.path in joined}

    def _looked_at(self, missing: Sequence[EstateFile]) -> dict[str, Look]:
        from airshift.looks import first_look

        fresh: dict[str, Look] = {}
        looks = self.workers.judge(first_look, (self.spec, self.suffixes), missing)
        total = len(self.modules)
        for number, (file, look) in enumerate(zip(missing, looks, strict=True), total - len(missing) + 1):
            if isinstance(look, Problem):
                self.unread.append(look)
            else:
                fresh[file.path] = look
            self.report(number, total)
        return fresh

    def _remembered(self) -> dict[str, Look]:
        if self.memory is None:
            return {}
        known = self.memory.looks(self.memory.contents(self.modules))
        return {path: look for path, look in known.items() if self._is_enough(look)}

    def _is_enough(self, look: Look) -> bool:
        """Whether a look made in another estate serves in this one."""
        return not look.candidate or look.result is not None or bool(of_estate(look.imports, self.suffixes))

    def _second_round(self, looks: Mapping[str, Look], result: ScanResult) -> list[FileResult]:
        seen = self._seen(looks)
        told = self.memory.round(seen) if self.memory is not None else None
        if told is not None and self.memory is not None:
            contents = {path: looks[path].content for path in told.again}
            found = self.memory.results(contents, told.offers)
            if len(found) == len(contents):
                result.recall = lambda: list(self._project(looks)[0].by_path.values())
                return list(found.values())
        project, again, offers = self._project(looks)
        result.summaries = list(project.by_path.values())
        contents = {file.path: looks[file.path].content for file in again}
        known = self.memory.results(contents, offers) if self.memory is not None else {}
        missing = [file for file in again if file.path not in known]
        judged = self._judged(project, missing) if missing else []
        self.unread += [problem for problem in judged if isinstance(problem, Problem)]
        fresh = [found for found in judged if not isinstance(found, Problem)]
        if self.memory is not None:
            self.memory.keep_round(seen, Round(tuple(contents), offers))
            self.memory.keep_results(fresh, offers)
        return [*known.values(), *(found for found, _ in fresh)]

    def _judged(
        self, project: Project, missing: Sequence[EstateFile]
    ) -> list[tuple[FileResult, bytes] | Problem]:
        from airshift.looks import second_look

        return list(self.workers.judge(second_look, (self.spec, project), missing))

    def _seen(self, looks: Mapping[str, Look]) -> bytes:
        """A digest of all that decides which files are judged again, and with what."""
        parts: list[object] = []
        for path, look in looks.items():
            imported = of_estate(look.imports, self.suffixes)
            parts.append((path, look.offers))
            if imported:
                parts.append((sorted(imported), b"" if look.candidate else look.content))
        return digest(repr(parts))

    def _project(self, looks: Mapping[str, Look]) -> tuple[Project, list[EstateFile], bytes]:
        """What the estate offers, the files that have to be judged with it, and a digest of what it offers."""
        summaries = [summary for look in looks.values() if (summary := look.summary) is not None]
        silent = [
            (file, of_estate(looks[file.path].imports, self.suffixes))
            for file in self.modules
            if file.path in looks and not looks[file.path].candidate
        ]
        from airshift.engine.project import Project

        adopted, more = _adopt(silent, summaries)
        project = Project([*summaries, *more])
        postponed = {
            path
            for path, look in looks.items()
            if look.candidate and (look.result is None or of_estate(look.imports, self.suffixes))
        }
        wanted = postponed | {file.path for file in adopted} | (project.receivers & looks.keys())
        again = [file for file in self.modules if file.path in wanted]
        offers = digest(*(repr(summary) for _, summary in sorted(project.by_path.items())))
        return project, again, offers


def python_files(listing: Listing) -> list[EstateFile]:
    """The Python files of a listing."""
    return [file for file in listing.files if file.path.endswith((".py", ".pyi"))]


def _adopt(
    silent: Sequence[tuple[EstateFile, frozenset[str]]], summaries: Sequence[ModuleSummary]
) -> tuple[list[EstateFile], list[ModuleSummary]]:
    """Files that never mention Airflow but import, directly or not, a module of the estate that does."""
    from airshift.looks import summary_of

    touching = {name for summary in summaries for name in names_of(summary.path)}
    adopted: list[EstateFile] = []
    found: list[ModuleSummary] = []
    while reached := [file for file, imported in silent if imported & touching]:
        silent = [(file, imported) for file, imported in silent if not imported & touching]
        for file in reached:
            raw = read_file(file)
            summary = summary_of(file.path, raw) if isinstance(raw, bytes) else None
            adopted.append(file)
            touching.update(names_of(file.path))
            if summary is not None:
                found.append(summary)
    return adopted, found


def summaries(modules: Sequence[EstateFile]) -> list[ModuleSummary]:
    """Summaries of every module that touches Airflow, directly or through the estate's own modules."""
    from airshift.judge import is_candidate
    from airshift.looks import summary_of

    suffixes = suffixes_of(modules)
    known: list[ModuleSummary] = []
    silent: list[tuple[EstateFile, frozenset[str]]] = []
    for file in modules:
        raw = read_file(file)
        if isinstance(raw, Problem):
            continue
        if not is_candidate(raw):
            silent.append((file, of_estate(imports_of(raw), suffixes)))
        elif (summary := summary_of(file.path, raw)) is not None:
            known.append(summary)
    return [*known, *_adopt(silent, known)[1]]


def _path(found: FileResult) -> str:
    """What results are in the order of; the findings of each are sorted already."""
    return found.path


def _take(found: FileResult, result: ScanResult) -> None:
    result.findings.extend(found.findings)
    result.templates.extend(found.templates)
    result.unused.extend((found.path, suppression) for suppression in found.unused)
    if found.problem is not None:
        result.problems.append(found.problem)
