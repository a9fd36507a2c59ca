"""Report files that .airflowignore treats differently on the target; convert it where that is exact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from airshift.around.document import Document
from airshift.around.ignore_convert import candidates
from airshift.around.ignore_rules import Line, Syntax, UnsafeError, kept, read_lines
from airshift.around.kinds import IGNORE_FILE
from airshift.around.report import report
from airshift.findings import Applicability, Finding, Fix
from airshift.records import dataclass
from airshift.targets import Target

_SHOWN = 5
_EXPRESSION = re.compile(r"\\[.dws]|\.[*+]|\$\s*$|^\^|[(|]")
_NOTE = "while Airflow 2 reads the same file, set core.dag_ignore_file_syntax = glob there"


@dataclass(frozen=True, slots=True)
class DagFolder:
    """A DAG folder: its path in the estate, its files relative to it, and its ignore files."""

    root: str
    paths: tuple[str, ...]
    documents: Mapping[str, Document]

    @property
    def lines(self) -> dict[str, tuple[Line, ...]]:
        return {folder: read_lines(folder, document.text) for folder, document in self.documents.items()}


def check_ignore_files(
    paths: Sequence[str], documents: Mapping[str, Document], target: Target
) -> Iterator[Finding]:
    """Yield differences; `paths` are all files of the estate, `documents` its ignore files by path."""
    expressions = {path: document for path, document in documents.items() if not is_glob(document)}
    for folder in dag_folders(paths, expressions):
        yield from _check(folder, target)


def is_glob(document: Document) -> bool:
    """Whether the file is written as glob patterns already: no line but such as make no sense in expressions."""
    patterns = [line.pattern for line in read_lines("", document.text)]
    if any(_EXPRESSION.search(pattern) for pattern in patterns):
        return False
    return any(pattern.startswith(("*", "!")) for pattern in patterns) or (
        bool(patterns) and all(pattern.startswith("/") for pattern in patterns)
    )


def _check(folder: DagFolder, target: Target) -> Iterator[Finding]:
    try:
        before = kept(folder.paths, folder.lines, Syntax.REGEXP)
    except UnsafeError as error:
        yield from _unsafe(folder, str(error), target)
        return
    major, minor = target.release[:2]
    after = kept(folder.paths, folder.lines, Syntax.GLOB, (major, minor))
    changed: dict[Line, tuple[list[str], list[str]]] = {}
    for path in folder.paths:
        old, new = before[path], after[path]
        if old is not None and new is None:
            changed.setdefault(old, ([], []))[0].append(path)
        elif new is not None and old is None:
            changed.setdefault(new, ([], []))[1].append(path)
    fixes = {name: _fix(folder, name, before) for name in {line.folder for line in changed}}
    for line, (parsed, ignored) in sorted(changed.items(), key=lambda item: (item[0].folder, item[0].number)):
        yield from _difference(folder, line, parsed, ignored, fixes[line.folder], target)


def _difference(
    folder: DagFolder, line: Line, parsed: list[str], ignored: list[str], fix: Fix | None, target: Target
) -> Iterator[Finding]:
    document = folder.documents[line.folder]
    start, end = document.line_span(line.number)
    span = (start, start + len(document.text[start:end].rstrip("\r\n")))
    parts = []
    if parsed:
        parts.append(f"files that Airflow 2 ignores are parsed: {_listed(folder, parsed)}")
    if ignored:
        parts.append(f"files that Airflow 2 parses are ignored: {_listed(folder, ignored)}")
    message = f"read as a glob pattern, {'; '.join(parts)}"
    if fix is None:
        message += ". Rewrite the pattern, or set core.dag_ignore_file_syntax = regexp"
    yield from report("AS810", document, span, message, target, symbol=line.pattern, fix=fix)


def _unsafe(folder: DagFolder, pattern: str, target: Target) -> Iterator[Finding]:
    for name, lines in folder.lines.items():
        for line in lines:
            if line.pattern == pattern:
                document = folder.documents[name]
                message = "the pattern is too costly to evaluate here; Airflow 3 reads it as a glob pattern"
                yield from report(
                    "AS810", document, document.line_span(line.number), message, target, symbol=pattern
                )
                return


def _listed(folder: DagFolder, paths: list[str]) -> str:
    prefix = f"{folder.root}/" if folder.root else ""
    shown = ", ".join(prefix + path for path in paths[:_SHOWN])
    return f"{shown} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else shown


def _fix(folder: DagFolder, name: str, before: Mapping[str, Line | None]) -> Fix | None:
    """The conversion of one ignore file, when every line has a glob pattern that ignores the same files."""
    document = folder.documents[name]
    replaced: list[tuple[Line, str]] = []
    for line in folder.lines[name]:
        pattern = _converted(folder, line)
        if pattern is None:
            return None
        replaced.append((line, pattern))
    converted = {**folder.lines, name: read_lines(name, "\n".join(pattern for _, pattern in replaced))}
    if not _same(folder, converted, name, before):
        return None
    edits = []
    for line, pattern in replaced:
        start = document.line_span(line.number)[0]
        at = document.text.index(line.pattern, start)
        if pattern != line.pattern:
            edits.append(document.edit((at, at + len(line.pattern)), pattern))
    return Fix(tuple(edits), Applicability.SAFE, _NOTE) if edits else None


def _same(
    folder: DagFolder, converted: Mapping[str, Sequence[Line]], name: str, before: Mapping[str, Line | None]
) -> bool:
    """Whether the converted file ignores what the expressions did, the other ignore files left out."""
    alone = kept(folder.paths, {name: converted[name]}, Syntax.GLOB)
    if len(folder.documents) == 1:
        return all((alone[path] is None) == (before[path] is None) for path in folder.paths)
    wanted = kept(folder.paths, {name: folder.lines[name]}, Syntax.REGEXP)
    return all((alone[path] is None) == (wanted[path] is None) for path in folder.paths)


def _converted(folder: DagFolder, line: Line) -> str | None:
    wanted = kept(folder.paths, {line.folder: (line,)}, Syntax.REGEXP)
    for pattern in candidates(line.pattern.strip(), at_root=not line.folder):
        given = kept(folder.paths, {line.folder: read_lines(line.folder, pattern)}, Syntax.GLOB)
        if all((wanted[path] is None) == (given[path] is None) for path in folder.paths):
            return pattern
    return None


def dag_folders(paths: Sequence[str], documents: Mapping[str, Document]) -> Iterator[DagFolder]:
    """DAG folders: a folder named `dags` above an ignore file, else the topmost folder that has one."""
    roots: dict[str, dict[str, Document]] = {}
    for path, document in documents.items():
        folder = path.rpartition("/")[0]
        root = _root(folder, documents)
        roots.setdefault(root, {})[_below(folder, root)] = document
    for root, found in sorted(roots.items()):
        prefix = f"{root}/" if root else ""
        below = (path for path in paths if path.startswith(prefix) and path.endswith((".py", ".zip")))
        yield DagFolder(root, tuple(path.removeprefix(prefix) for path in sorted(below)), found)


def _root(folder: str, documents: Mapping[str, Document]) -> str:
    parts = folder.split("/") if folder else []
    for end in range(len(parts) + 1):
        above = "/".join(parts[:end])
        ignore = f"{above}/{IGNORE_FILE}" if above else IGNORE_FILE
        if ignore in documents or (end and parts[end - 1] == "dags"):
            return above
    return folder


def _below(folder: str, root: str) -> str:
    return folder.removeprefix(root).removeprefix("/") if root else folder
