"""Collects the answers that the resolver needs: what the index has, and versions that fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from airshift.errors import ServiceError
from airshift.pin.decisions import Answers, Decision, Release, Request
from airshift.pin.external import Question, Resolver, Solved, Unsolved, constraint_lines
from airshift.pin.grammar import Package, parse_entry, print_entry
from airshift.pin.index_settings import IndexSettings
from airshift.pin.package_index import PackageIndex
from airshift.pin.resolver import resolve
from airshift.pin.versions import exact_version, find_release

_CORE_NAMES = ("apache-airflow", "apache-airflow-core")


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to ask."""

    index: PackageIndex
    resolver: Resolver
    settings: IndexSettings


def gather(request: Request, sources: Sources, *, lock: bool = False) -> Answers:
    """Answer every open question of the request; where the index cannot be reached, say why."""
    first = resolve(request, Answers())
    if not first.open and not lock:
        return Answers(asked=True)
    try:
        return _ask(request, sources, first.open, first.decisions)
    except ServiceError as error:
        return Answers(why_not=str(error), problem=str(error))


def _ask(
    request: Request, sources: Sources, questions: Sequence[Package], decisions: Sequence[Decision]
) -> Answers:
    releases = {one.key: sources.index.releases(one.key, request.python) for one in questions}
    knows_all = bool(sources.settings.urls) and not sources.settings.find_links
    missing = {name for name, found in releases.items() if not found and knows_all}
    asked = [_usable(one, releases.get(one.key, {})) for one in questions if one.key not in missing]
    fixed = _fixed_lines(decisions, {one.key for one in questions})
    solver = _Solver(request, sources, fixed)
    relaxed = {
        one.key: one.specifier
        for one, usable in _pairs(questions, asked)
        if one.specifier != usable.specifier
    }
    answers = solver.solve(asked, relaxed)
    return replace(answers, releases=releases)


def _pairs(questions: Sequence[Package], asked: Sequence[Package]) -> list[tuple[Package, Package]]:
    by_key = {one.key: one for one in asked}
    return [(one, by_key[one.key]) for one in questions if one.key in by_key]


def _usable(package: Package, releases: dict[str, Release]) -> Package:
    """Let go of an exact version that was yanked or that the index does not have."""
    version = exact_version(package.specifier)
    release = find_release(releases, version) if version else None
    if not version or not releases or (release is not None and release.yanked is None):
        return package
    return replace(package, specifier=f">={version}", options=())


def _fixed_lines(decisions: Sequence[Decision], open_names: set[str]) -> list[str]:
    entries = [parse_entry(decision.after or "") for decision in decisions]
    packages = [entry for entry in entries if isinstance(entry, Package) and entry.key not in open_names]
    return [print_entry(package) for package in packages if package.key not in _CORE_NAMES]


@dataclass(frozen=True, slots=True)
class _Solver:
    request: Request
    sources: Sources
    fixed: list[str]

    def solve(self, asked: Sequence[Package], relaxed: dict[str, str]) -> Answers:
        """Try the bounds as they are, then without exact versions, then find out who does not fit."""
        first = self._try(asked)
        if isinstance(first, Solved):
            return self._answers(first, relaxed, {})
        loose = [_relaxed(one) for one in asked]
        second = self._try(loose) if _lifted(asked, loose) else first
        if isinstance(second, Unsolved):
            return self._without_culprits(loose, {**_lifted(asked, loose), **relaxed}, second)
        tight = self._tightened(asked, loose)
        third = self._try(tight)
        solved = third if isinstance(third, Solved) else second
        return self._answers(solved, {**_lifted(asked, tight), **relaxed}, {})

    def _tightened(self, asked: Sequence[Package], loose: Sequence[Package]) -> list[Package]:
        """Put back every exact version that fits after all, one after the other."""
        current = list(loose)
        for number, package in enumerate(asked):
            if package == current[number]:
                continue
            candidate = [*current[:number], package, *current[number + 1 :]]
            if isinstance(self._try(candidate), Solved):
                current = candidate
        return current

    def _without_culprits(
        self, asked: Sequence[Package], relaxed: dict[str, str], whole: Unsolved
    ) -> Answers:
        failures: dict[str, str] = {}
        fitting: list[Package] = []
        for package in asked:
            outcome = self._try([*fitting, package])
            if isinstance(outcome, Unsolved):
                failures[package.key] = outcome.explanation
            else:
                fitting.append(package)
        outcome = self._try(fitting)
        if isinstance(outcome, Solved):
            return self._answers(outcome, relaxed, failures)
        return Answers(asked=True, failures=failures, relaxed=relaxed, problem=whole.explanation)

    def _answers(self, solved: Solved, relaxed: dict[str, str], failures: dict[str, str]) -> Answers:
        return Answers(
            asked=True,
            versions=solved.versions,
            relaxed=relaxed,
            failures=failures,
            needs_airflow=solved.needs_airflow,
            lock=solved.lines,
        )

    def _try(self, packages: Sequence[Package]) -> Solved | Unsolved:
        request = self.request
        airflow = f"apache-airflow=={request.target.version}"
        lines = (airflow, *self.fixed, *(print_entry(one) for one in packages))
        constraints = constraint_lines(request.pins.versions.items(), request.essentials.items())
        question = Question(lines, constraints, request.python, self.sources.settings)
        return self.sources.resolver.solve(question)


def _lifted(asked: Sequence[Package], now: Sequence[Package]) -> dict[str, str]:
    pairs = zip(asked, now, strict=True)
    return {one.key: one.specifier for one, other in pairs if one.specifier != other.specifier}


def _relaxed(package: Package) -> Package:
    version = exact_version(package.specifier)
    return replace(package, specifier=f">={version}", options=()) if version else package
