"""The dependencies of a pyproject.toml: the standard tables, dependency groups and Poetry's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.pin.document import Document, Line
from airshift.pin.grammar import parse_entry

_CLAUSE = re.compile(r"(?P<operator>\^|~(?!=)|[<>=!~]=?=?)?\s*(?P<version>[\w.*+!-]+)\Z")


def read_pyproject(file: Path) -> Document:
    """Return one line for each dependency, with the line it stands on; raise UsageError when they cannot be read."""
    import tomllib

    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        entries = list(_entries(tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{file.name}: its dependencies cannot be read: {error}") from error
    lines, start = [], 0
    for written, entry in entries:
        found = [at for quote in "\"'" if (at := text.find(f"{quote}{written}{quote}", start)) >= 0]
        found = found or [match.start() for match in re.finditer(rf"(?m)^{re.escape(written)}\b", text)][:1]
        start = found[0] + 1 if found else start
        number = text.count("\n", 0, found[0] if found else 0) + 1
        lines.append(Line(number, f"{entry}\n", parse_entry(entry)))
    return Document(file.name, tuple(lines))


def poetry_requirement(name: str, value: object) -> str:
    """Return a dependency of Poetry in the standard grammar."""
    if isinstance(value, str):
        return f"{name}{poetry_specifier(value)}"
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: a version or a table is expected")
    extras = ",".join(map(str, value.get("extras", [])))
    head = f"{name}[{extras}]" if extras else name
    marker = f" ; {value['markers']}" if "markers" in value else ""
    if "git" in value:
        reference = value.get("tag") or value.get("rev") or value.get("branch")
        return f"{head} @ git+{value['git']}{f'@{reference}' if reference else ''}{marker}"
    if "url" in value:
        return f"{head} @ {value['url']}{marker}"
    if "path" in value:
        return f"{'-e ' if value.get('develop') else ''}./{str(value['path']).removeprefix('./')}{marker}"
    return f"{head}{poetry_specifier(str(value.get('version', '*')))}{marker}"


def poetry_specifier(text: str) -> str:
    """Spell out Poetry's caret, tilde and bare versions; raise ValueError for alternatives."""
    if "||" in text:
        raise ValueError(f"alternatives cannot be written as one requirement: {text}")
    return ",".join(part for clause in text.split(",") if (part := _clause(clause.strip())))


def _clause(clause: str) -> str:
    match = _CLAUSE.match(clause)
    if match is None:
        raise ValueError(f"not a version: {clause}")
    operator, version = match["operator"] or "", match["version"]
    if version == "*":
        return ""
    if operator in ("^", "~"):
        return f">={version},<{_next(version, caret=operator == '^')}"
    return f"{operator or '=='}{version}"


def _next(version: str, *, caret: bool) -> str:
    """Return the first version that a caret or a tilde leaves out."""
    numbers = [int(number) for number in re.findall(r"\d+", version.partition("-")[0])][:3]
    kept = (
        next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
        if caret
        else min(1, len(numbers) - 1)
    )
    return ".".join(map(str, (*numbers[:kept], numbers[kept] + 1)))


def _entries(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (as written, as a requirement)."""
    project = document.get("project", {})
    groups = document.get("dependency-groups", {})
    lists = (
        project.get("dependencies", []),
        *project.get("optional-dependencies", {}).values(),
        *groups.values(),
    )
    for entry in (entry for one in lists for entry in one if isinstance(entry, str)):
        yield entry, entry
    poetry = document.get("tool", {}).get("poetry", {})
    tables = (poetry, *poetry.get("group", {}).values())
    for table in tables:
        for name, value in table.get("dependencies", {}).items():
            if name != "python":
                yield name, _poetry_entry(name, value)


def _poetry_entry(name: str, value: object) -> str:
    try:
        return poetry_requirement(name, value)
    except (TypeError, ValueError):
        return f"{name} = {value}"
