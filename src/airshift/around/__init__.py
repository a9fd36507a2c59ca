"""Checks of everything around the DAG code: options, .airflowignore, REST callers, commands, services."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from airshift.findings import Finding
from airshift.targets import Target


def check_file(path: str, data: bytes, target: Target) -> list[Finding]:
    """Findings of one file, whatever it is; most files give none."""
    from airshift.around.examine import examine

    return list(examine(path, data, target).findings)


def check_tree(
    root: Path, files: Sequence[str], target: Target, source: Target | None = None
) -> list[Finding]:
    """Findings that need the whole estate; `files` are posix paths below `root`."""
    from airshift.around.tree import check_estate, gather

    found = check_estate(files, gather(root, files, target), target, source)
    return sorted(found, key=Finding.sort_key)
