"""Searches for versions that fit together, moving as little as it can away from what the estate asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from airshift.pin.decisions import Answers, Release, Request
from airshift.pin.explanations import blamed_for
from airshift.pin.external import PATIENCE, Question, Resolver, Solved, Unsolved, constraint_lines
from airshift.pin.grammar import Package, print_entry
from airshift.pin.index_settings import IndexSettings
from airshift.pin.package_index import PackageIndex
from airshift.pin.versions import exact_version, find_release, is_older, major

_LESS_PATIENCE = PATIENCE / 3


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to ask."""

    index: PackageIndex
    resolver: Resolver
    settings: IndexSettings


@dataclass(slots=True)
class Search:
    """One search. Who is blamed for a failure takes the next step of its ladder; at its end it is left out."""

    request: Request
    sources: Sources
    fixed: list[Package]
    """What is decided already; only extras can make it fail."""
    releases: Mapping[str, Mapping[str, Release]]
    steps: dict[str, list[str]] = field(default_factory=dict)
    wheels_only: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)

    def run(self, asked: Sequence[Package]) -> Answers:
        """Return the versions found, who had to be lifted and who could not be satisfied."""
        for one in asked:
            self.steps[one.key] = ladder(one.specifier)
        current, outcome = self._descend([self._first(one) for one in asked])
        if isinstance(outcome, Unsolved) and current:
            current, outcome = self._one_by_one(current)
        relaxed = _relaxed(asked, current)
        if isinstance(outcome, Unsolved):
            return Answers(asked=True, failures=self.failures, relaxed=relaxed, problem=outcome.explanation)
        return Answers(
            asked=True,
            versions=outcome.versions,
            relaxed=relaxed,
            failures=self.failures,
            fits=self._fits(asked, current),
            needs_airflow=outcome.needs_airflow,
            lock=outcome.lines,
        )

    def _first(self, package: Package) -> Package:
        """Let go at once of an exact version that is yanked, that the index lacks or that only newer wheels replace."""
        version = exact_version(package.specifier)
        releases = self.releases.get(package.key, {})
        if not version or not releases:
            return package
        release = find_release(releases, version)
        if release is not None and release.yanked is None and release.wheel:
            return package
        sound = release is not None and release.yanked is None
        if sound and not _has_newer_wheel(releases, version):
            return package
        if sound:
            self.wheels_only.add(package.key)
        return self._climb(package)

    def _climb(self, package: Package) -> Package:
        steps = self.steps[package.key]
        return replace(package, specifier=steps.pop(0), options=()) if steps else package

    def _descend(self, start: Sequence[Package]) -> tuple[list[Package], Solved | Unsolved]:
        current = list(start)
        while True:
            outcome = self._try(current)
            if isinstance(outcome, Solved):
                return current, outcome
            blamed = blamed_for(outcome.explanation, current)
            if not blamed and self._give_up_extras(outcome.explanation):
                continue
            if not blamed:
                return current, outcome
            climbing = [one for one in blamed if self.steps[one.key]]
            if climbing:
                current = [self._climb(one) if one in climbing else one for one in current]
            else:
                self.failures[blamed[-1].key] = outcome.explanation
                current.remove(blamed[-1])

    def _give_up_extras(self, explanation: str) -> bool:
        """Take the extras off a pinned line that is blamed: the constraints were never tested with them."""
        blamed = blamed_for(explanation, [one for one in self.fixed if one.extras])
        for one in blamed:
            self.failures[one.key] = explanation
            self.fixed[self.fixed.index(one)] = replace(one, extras=())
        return bool(blamed)

    def _one_by_one(self, packages: Sequence[Package]) -> tuple[list[Package], Solved | Unsolved]:
        """Add one package after the other, where a failure of all of them together blames nobody."""
        kept: list[Package] = []
        best = self._try(kept, _LESS_PATIENCE)
        if isinstance(best, Unsolved):
            return list(packages), best
        for one in packages:
            outcome = self._try([*kept, one], _LESS_PATIENCE)
            if isinstance(outcome, Solved):
                kept, best = [*kept, one], outcome
            else:
                self.failures[one.key] = outcome.explanation
        return kept, best

    def _fits(self, asked: Sequence[Package], solved: Sequence[Package]) -> dict[str, str]:
        """Return the versions that would do for the failed ones if they had no upper bound."""
        found = {}
        for one in asked:
            lower = replace(one, specifier=floor(one.specifier), options=())
            hopeless = f"{one.key}{lower.specifier} cannot be used" in self.failures.get(one.key, "")
            if one.key not in self.failures or exact_version(one.specifier) or lower == one or hopeless:
                continue
            outcome = self._try([*solved, lower], _LESS_PATIENCE)
            if isinstance(outcome, Solved) and one.key in outcome.versions:
                found[one.key] = outcome.versions[one.key]
        return found

    def _try(self, packages: Sequence[Package], patience: float = PATIENCE) -> Solved | Unsolved:
        request = self.request
        airflow = f"apache-airflow=={request.target.version}"
        lines = (airflow, *(print_entry(one) for one in (*self.fixed, *packages)))
        constraints = constraint_lines(request.pins.versions.items(), request.essentials.items())
        wheels = tuple(one.key for one in packages if one.key in self.wheels_only)
        settings = self.sources.settings
        return self.sources.resolver.solve(
            Question(lines, constraints, request.python, settings, wheels, patience)
        )


def ladder(specifier: str) -> list[str]:
    """Return what may stand for an exact version: its major release from there on, then any later one."""
    version = exact_version(specifier)
    number = major(version)
    return [] if number is None else [f"<{number + 1},>={version}", f">={version}"]


def floor(specifier: str) -> str:
    """Return the lower bounds of a specifier."""
    from packaging.specifiers import SpecifierSet

    lower = (part for part in SpecifierSet(specifier) if part.operator in (">=", ">", "~="))
    return ",".join(sorted(f"{'>' if part.operator == '>' else '>='}{part.version}" for part in lower))


def _has_newer_wheel(releases: Mapping[str, Release], version: str) -> bool:
    """Tell whether a later release of the same major number has a wheel for the target."""
    return any(
        release.wheel
        and release.yanked is None
        and major(known) == major(version)
        and is_older(version, known)
        for known, release in releases.items()
    )


def _relaxed(asked: Sequence[Package], current: Sequence[Package]) -> dict[str, str]:
    now = {one.key: one.specifier for one in current}
    return {one.key: one.specifier for one in asked if now.get(one.key, one.specifier) != one.specifier}
