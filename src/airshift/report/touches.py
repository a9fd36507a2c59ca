"""Which files can touch a DAG: the project modules it imports and the templates it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from airshift.engine.project import ModuleSummary, Project


def touching_files(
    summaries: Iterable[ModuleSummary], templates: Iterable[str], text_of: Callable[[str], str]
) -> dict[str, frozenset[str]]:
    """For each module, the other files of the estate it depends on.

    `templates` are the paths of files that tasks may render; one belongs to a module when the module's
    text, given by `text_of`, names the file, or a folder and the file.
    """
    project = Project(summaries)
    direct = {path: _imported(project, summary) for path, summary in project.by_path.items()}
    by_name: dict[str, list[str]] = {}
    for path in templates:
        by_name.setdefault(PurePosixPath(path).name, []).append(path)
    named = {path: _named(path, text_of(path), by_name) for path in direct} if by_name else {}
    closures = {path: _closure(path, direct) for path in direct}
    return {
        path: frozenset(closure | {file for each in {path, *closure} for file in named.get(each, ())})
        for path, closure in closures.items()
    }


def _imported(project: Project, summary: ModuleSummary) -> frozenset[str]:
    found: set[str] = set()
    for dotted in summary.imported:
        module, _, name = dotted.rpartition(".")
        for candidate in (dotted, module) if name != "*" else (module,):
            owner = project.find(candidate, summary.path)
            if owner is not None and owner.path != summary.path:
                found.add(owner.path)
    return frozenset(found)


def _closure(start: str, direct: Mapping[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    queue = [start]
    while queue:
        for path in direct.get(queue.pop(), ()):
            if path not in found:
                found.add(path)
                queue.append(path)
    return found - {start}


def _named(module: str, text: str, by_name: Mapping[str, list[str]]) -> list[str]:
    """Templates that a module names; of several with that name, those nearest to the module."""
    found: list[str] = []
    for name, paths in by_name.items():
        if f'{name}"' in text or f"{name}'" in text:
            nearest = max(_common(module, path) for path in paths)
            found += [path for path in paths if _common(module, path) == nearest]
    return found


def _common(left: str, right: str) -> int:
    count = 0
    for one, other in zip(PurePosixPath(left).parts, PurePosixPath(right).parts, strict=False):
        if one != other:
            break
        count += 1
    return count
