"""Collects the answers that the resolver needs: what the index has, and versions that fit together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from airshift.errors import ServiceError
from airshift.pin.decisions import Answers, Decision, Release, Request
from airshift.pin.external import Question, Resolver, Solved, Unsolved, constraint_lines
from airshift.pin.grammar import Package, parse_entry, print_entry
from airshift.pin.index_settings import IndexSettings
from airshift.pin.package_index import PackageIndex
from airshift.pin.pins import canonical
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
        """Solve; as long as that fails, lift the exact version, then the whole line, of whom it blames."""
        current = list(asked)
        relaxed = dict(relaxed)
        failures: dict[str, str] = {}
        while True:
            outcome = self._try(current)
            if isinstance(outcome, Solved):
                return self._answers(outcome, relaxed, failures)
            blamed = blamed_for(outcome.explanation, current)
            if not blamed:
                return Answers(asked=True, failures=failures, relaxed=relaxed, problem=outcome.explanation)
            exact = [one for one in blamed if exact_version(one.specifier)]
            if exact:
                relaxed |= {one.key: one.specifier for one in exact}
                current = [_relaxed(one) if one in exact else one for one in current]
            else:
                failures[blamed[-1].key] = outcome.explanation
                current.remove(blamed[-1])

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


def blamed_for(explanation: str, packages: Sequence[Package]) -> list[Package]:
    """Return whom the resolver's last sentence names, else whom the explanation names at all."""
    last = re.split(r"(?<=\.)\s+(?=And because|Because)", explanation)[-1]
    for text in (last, explanation):
        names = {canonical(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]", text)}
        found = [package for package in packages if package.key in names]
        if found:
            return found
    return []


def _relaxed(package: Package) -> Package:
    version = exact_version(package.specifier)
    return replace(package, specifier=f">={version}", options=()) if version else package
