"""Which files the DAGs of an estate render, through what they include, and which dates of a run those read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from airshift.engine.template_files import FILE_SUFFIXES, PathEnds, TemplateReference
from airshift.files import EstateFile, read_file

if TYPE_CHECKING:
    from airshift.engine.templates import Template

_INCLUDES = re.compile(rb"\{%[-+]?\s*(?:include|import|from|extends)\b")
_DATES = re.compile(rb"\{[{%][^}]*(?:ds|ts|_date|data_interval_)")


def reached_templates(
    files: Sequence[EstateFile], references: Iterable[TemplateReference]
) -> dict[str, TemplateReference]:
    """The files that some module names as a template, or that such a file includes, by path.

    A file that several DAGs render gets the macros of all of them.
    """
    locations = {file.path: file for file in files}
    ends = PathEnds(locations)
    found: dict[str, TemplateReference] = {}
    waiting = sorted(set(references), key=lambda reference: reference.name)
    while waiting:
        reference = waiting.pop()
        for path in ends.named(reference.name):
            joined = _joined(found.get(path), reference)
            if joined != found.get(path):
                found[path] = joined
                waiting += [replace(joined, name=name) for name in _included(locations[path])]
    return found


def _joined(known: TemplateReference | None, more: TemplateReference) -> TemplateReference:
    if known is None:
        return more
    return TemplateReference(known.name, known.macros | more.macros, known.lenient or more.lenient)


def _included(file: EstateFile) -> tuple[str, ...]:
    raw = read_file(file)
    return _template(raw).files if isinstance(raw, bytes) and _INCLUDES.search(raw) else ()


def _template(raw: bytes) -> Template:
    from airshift.engine.templates import parse_template

    return parse_template(raw.decode("utf-8", "replace"))


def dated_templates(files: Iterable[EstateFile]) -> Mapping[str, frozenset[str]]:
    """The dates of a run that template files read, themselves or through what they include, by path."""
    read: dict[str, frozenset[str]] = {}
    included: dict[str, tuple[str, ...]] = {}
    for file in files:
        if file.path.endswith(".py") or not file.path.lower().endswith(FILE_SUFFIXES):
            continue
        raw = read_file(file)
        if isinstance(raw, bytes) and (_DATES.search(raw) or _INCLUDES.search(raw)):
            from airshift.rules.date_keys import dates_of

            template = _template(raw)
            read[file.path] = dates_of(template)
            included[file.path] = template.files
    return {path: keys for path in read if (keys := _through(path, read, included, PathEnds(read)))}


def _through(
    path: str, read: Mapping[str, frozenset[str]], included: Mapping[str, tuple[str, ...]], ends: PathEnds
) -> frozenset[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            found |= read[current]
            waiting += [inner for name in included[current] for inner in ends.named(name)]
    return frozenset(found)
