"""What one file gives: the pure functions that processes and clusters are handed."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from airshift.cache import digest, dumps
from airshift.engine.facts import ModuleFacts
from airshift.engine.project import ModuleSummary, Project
from airshift.engine.source import Source
from airshift.errors import SourceError
from airshift.file_result import FileResult
from airshift.imported import imports_of, of_estate
from airshift.judge import check_file, is_candidate
from airshift.memory import Look
from airshift.rules.base import ContextSpec, RuleContext
from airshift.surroundings import is_silent


def first_look(common: tuple[ContextSpec, frozenset[str]], path: str, raw: bytes) -> Look:
    """Judge a file that imports nothing from the estate; summarise one that does."""
    spec, suffixes = common
    context = _context_of(spec)
    content, imports = digest(raw), imports_of(raw)
    silent = path.endswith(".py") and is_silent(path, raw, context)
    if not is_candidate(raw):
        return Look(content, imports, silent=silent)
    if of_estate(imports, suffixes):
        summary, result = summary_of(path, raw), None
    else:
        result = check_file(path, raw, context)
        summary, result = result.summary, replace(result, summary=None)
    if summary is None:
        return Look(content, imports, True, result=result, silent=silent)
    return Look(content, imports, True, digest(repr(summary)), dumps(summary), result, silent)


def second_look(common: tuple[ContextSpec, Project], path: str, raw: bytes) -> tuple[FileResult, bytes]:
    """Judge a file with everything the estate's modules offer; also the digest of its bytes."""
    spec, project = common
    return replace(check_file(path, raw, _context_of(spec), project), summary=None), digest(raw)


@lru_cache(maxsize=2)
def _context_of(spec: ContextSpec) -> RuleContext:
    """The context of all files that a process judges for one specification."""
    return spec.context()


def summary_of(path: str, raw: bytes) -> ModuleSummary | None:
    """What other modules can see; a file that cannot be parsed is reported when it is judged."""
    try:
        return ModuleFacts(Source.from_bytes(path, raw)).summary
    except (SourceError, RecursionError):
        return None
