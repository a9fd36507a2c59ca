"""Reads requirements: a file with everything it includes, or the dependencies of a pyproject.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airshift.errors import UsageError
from airshift.files import is_regular
from airshift.findings import Problem
from airshift.pin.document import Document, Line, parse_document
from airshift.pin.grammar import Include, Variable, expand, parse_entry, variables_in
from airshift.pin.projects import read_pyproject
from airshift.redact import redact_text

Environment = Mapping[str, tuple[str, ...]]
"""The values that a variable can have; MWAA's components may differ."""

_EXPORT = re.compile(
    r"(?:^|[;&|)]|\b(?:then|else|do|export)\b)[ \t]*"
    r"(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>\"[^\"]*\"|'[^']*'|[^\s;#&|]+)",
    re.M,
)
_SHELL_COMMENT = re.compile(r"(?:^|\s)#.*")
_MWAA_HOME = "/usr/local/airflow/"


@dataclass(frozen=True, slots=True)
class Requirements:
    """The documents, the asked one first, and what could not be read."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Reader:
    root: Path
    environment: Environment
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)

    def read(self, file: Path) -> None:
        self.seen.add(file.resolve())
        shown = _shown(file, self.root)
        try:
            text = _decoded(file.read_bytes())
        except OSError as error:
            self.problems.append(Problem(shown, f"cannot be read: {error.strerror or error}"))
            return
        document = parse_document(text, shown)
        self.documents.append(document)
        for line in document.lines:
            for path in self._included(line, shown):
                self._follow(path, file, line, shown)

    def _included(self, line: Line, shown: str) -> list[str]:
        match line.entry:
            case Include(path):
                return self._values(path, line, shown)
            case Variable(name):
                entries = [parse_entry(value) for value in self._values(f"${{{name}}}", line, shown)]
                return [entry.path for entry in entries if isinstance(entry, Include)]
            case _:
                return []

    def _values(self, text: str, line: Line, shown: str) -> list[str]:
        names = [name for name in variables_in(text) if name not in self.environment]
        if names:
            reason = f"${{{names[0]}}} is not known; give --env {names[0]}=VALUE or --startup-script FILE"
            self.problems.append(Problem(shown, reason, line.number))
            return []
        values = [text]
        for name in variables_in(text):
            values = [expand(value, {name: one}) for value in values for one in self.environment[name]]
        return values

    def _follow(self, path: str, file: Path, line: Line, shown: str) -> None:
        if "://" in path:
            reason = f"-r {redact_text(path)} is not read: only local files are"
            self.problems.append(Problem(shown, reason, line.number))
            return
        found = next((option for option in _candidates(path, file, self.root) if is_regular(option)), None)
        if found is None:
            self.problems.append(Problem(shown, f"-r {path}: no such file", line.number))
        elif found.resolve() not in self.seen:
            self.read(found)


def read_requirements(file: Path, environment: Environment | None = None) -> Requirements:
    """Read `file` and, once each, the files it includes; raise UsageError when it does not exist."""
    if not file.is_file():
        raise UsageError(f"no such file: {file}")
    if file.name == "pyproject.toml":
        return Requirements((read_pyproject(file),))
    reader = _Reader(file.absolute().parent, environment or {})
    reader.read(file.absolute())
    return Requirements(tuple(reader.documents), tuple(reader.problems))


def read_startup_script(file: Path) -> dict[str, tuple[str, ...]]:
    """Return every value that a startup script may export for a variable, whatever the component."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from error
    values: dict[str, tuple[str, ...]] = {}
    for match in _EXPORT.finditer(_SHELL_COMMENT.sub("", text)):
        value = match["value"].strip("\"'")
        if "$" not in value:
            values[match["name"]] = tuple(dict.fromkeys((*values.get(match["name"], ()), value)))
    return values


def _candidates(path: str, file: Path, root: Path) -> list[Path]:
    options = [file.parent / path]
    if path.startswith(_MWAA_HOME):
        inside = path.removeprefix(_MWAA_HOME)
        options += [root / inside, root / inside.partition("/")[2], root / Path(inside).name]
    return options


def _shown(file: Path, root: Path) -> str:
    try:
        return file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return file.name


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")
