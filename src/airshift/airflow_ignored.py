"""Leave out the Python files that .airflowignore takes away from Airflow, as long as nothing else uses them.

A file counts as taken away when Airflow ignores it today and goes on doing so on the target: where the two read
.airflowignore differently, the file is looked at. So is one whose name any other file mentions, because an ignored
module may well be imported or started as a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from airshift.around.document import Document
from airshift.around.ignore_files import DagFolder, dag_folders, is_glob
from airshift.around.ignore_rules import Syntax, UnsafeError, kept
from airshift.around.kinds import IGNORE_FILE
from airshift.errors import SourceError
from airshift.files import Listing, read_file
from airshift.targets import Target


def without_ignored(listing: Listing, source: Target, target: Target) -> Listing:
    """The listing without Python files that neither Airflow parses and no other file mentions."""
    documents = dict(_ignore_files(listing))
    if not documents:
        return listing
    paths = [file.path for file in listing.files]
    ignored = {
        path
        for folder in dag_folders(paths, documents)
        for path in _ignored(folder, source) & _ignored(folder, target)
        if path.endswith(".py")
    }
    unused = _unmentioned(listing, ignored) if ignored else frozenset()
    used = tuple(file for file in listing.files if file.path not in unused)
    return replace(listing, files=used, idle=tuple(sorted(unused)))


def _ignore_files(listing: Listing) -> Iterator[tuple[str, Document]]:
    for file in listing.files:
        if _is_ignore_file(file.path):
            raw = read_file(file)
            try:
                if isinstance(raw, bytes):
                    yield file.path, Document.from_bytes(file.path, raw)
            except SourceError:
                continue


def _is_ignore_file(path: str) -> bool:
    return path.rpartition("/")[2] == IGNORE_FILE


def _ignored(folder: DagFolder, version: Target) -> set[str]:
    """Paths that Airflow of this version ignores: it reads expressions up to 2, patterns since 3."""
    major, minor = version.release[:2]
    glob = major >= 3 or all(is_glob(document) for document in folder.documents.values())
    try:
        found = kept(folder.paths, folder.lines, Syntax.GLOB if glob else Syntax.REGEXP, (major, minor))
    except UnsafeError:
        return set()
    prefix = f"{folder.root}/" if folder.root else ""
    return {prefix + path for path, line in found.items() if line is not None}


def _unmentioned(listing: Listing, ignored: set[str]) -> frozenset[str]:
    """The ignored files whose module name occurs in no file that is used."""
    waiting = {path: _mention(path) for path in ignored}
    used = [file for file in listing.files if file.path not in ignored and not _is_ignore_file(file.path)]
    by_path = {file.path: file for file in listing.files}
    while used and waiting:
        raw = read_file(used.pop())
        if not isinstance(raw, bytes):
            continue
        for path in [path for path, (name, word) in waiting.items() if name in raw and word.search(raw)]:
            del waiting[path]
            used.append(by_path[path])
    return frozenset(waiting)


def _mention(path: str) -> tuple[bytes, re.Pattern[bytes]]:
    """The name by which other files speak of a module or script, and the pattern for it as a word."""
    pure = PurePosixPath(path)
    name = (pure.parent.name if pure.stem == "__init__" else pure.stem).encode()
    return name, re.compile(rb"(?<!\w)" + re.escape(name) + rb"(?!\w)")
