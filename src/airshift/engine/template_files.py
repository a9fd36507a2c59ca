"""How modules name template files, and how such a name finds a file of the estate."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from airshift.records import dataclass

FILE_SUFFIXES = (
    ".sql",
    ".hql",
    ".sh",
    ".bash",
    ".json",
    ".yaml",
    ".yml",
    ".html",
    ".txt",
    ".j2",
    ".jinja",
    ".jinja2",
    ".jinja2.sql",
    ".py",
    ".xml",
    ".ddl",
    ".cypher",
    ".graphql",
    ".md",
)
"""Endings of the file names that operators take for templates."""


@dataclass(frozen=True, slots=True)
class TemplateReference:
    """A template file as a module or another template names it, with what the DAGs add to templates."""

    name: str
    macros: frozenset[str] = frozenset()
    """Names that `user_defined_macros` adds."""
    lenient: bool = False
    """Whether an unknown name may render as nothing."""


class PathEnds:
    """Paths found by their ends: where `template_searchpath` leads is only known when a DAG runs."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        for path in paths:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)

    def named(self, name: str) -> list[str]:
        """The paths that end like `name`."""
        wanted = PurePosixPath(name.lstrip("/"))
        ends = tuple(part for part in wanted.parts if part not in (".", ".."))
        candidates = self._by_name.get(wanted.name, ())
        return [path for path in candidates if PurePosixPath(path).parts[-len(ends) :] == ends]
