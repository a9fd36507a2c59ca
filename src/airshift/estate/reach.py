"""Modules of the estate that never mention Airflow but that a DAG file takes values from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from airshift.engine.facts import ModuleFacts
from airshift.engine.module_names import module_name
from airshift.engine.project import ModuleSummary, Project
from airshift.engine.source import Source
from airshift.errors import SourceError
from airshift.files import EstateFile, read_file


def with_imported(known: Sequence[ModuleSummary], files: Iterable[EstateFile]) -> list[ModuleSummary]:
    """The known modules and all that they import, directly or not."""
    by_name: dict[str, list[EstateFile]] = {}
    for file in files:
        for name in _names(file.path):
            by_name.setdefault(name, []).append(file)
    found = list(known)
    have = {summary.path for summary in known}
    for summary in found:
        for name in _imported(summary):
            for file in by_name.get(name, ()):
                if file.path in have:
                    continue
                have.add(file.path)
                new = _summary(file)
                if new is not None:
                    found.append(new)
    return found


def _names(path: str) -> Iterator[str]:
    parts = module_name(path)[0].split(".")
    return (".".join(parts[start:]) for start in range(len(parts)))


def _imported(summary: ModuleSummary) -> Iterator[str]:
    for dotted in summary.imported:
        name = dotted.removesuffix(".*")
        yield name
        yield name.rpartition(".")[0]


def imported_modules(summary: ModuleSummary, project: Project) -> tuple[str, ...]:
    """Paths of the estate's modules that a module imports itself, sorted."""
    found = {module.path for name in _imported(summary) if (module := project.find(name, summary.path))}
    return tuple(sorted(found - {summary.path}))


def _summary(file: EstateFile) -> ModuleSummary | None:
    raw = read_file(file)
    if not isinstance(raw, bytes):
        return None
    try:
        return ModuleFacts(Source.from_bytes(file.path, raw)).summary
    except (SourceError, RecursionError):
        return None
