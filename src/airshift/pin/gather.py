"""Collects the answers that the resolver needs: what the index has, and versions that fit together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from airshift.errors import ServiceError
from airshift.pin.decisions import Answers, Decision, Request
from airshift.pin.grammar import Package, parse_entry
from airshift.pin.resolver import resolve
from airshift.pin.search import Search, Sources

_CORE_NAMES = ("apache-airflow", "apache-airflow-core")


def gather(request: Request, sources: Callable[[], Sources], *, lock: bool = False) -> Answers:
    """Answer every open question of the request; where the index cannot be reached, say why."""
    first = resolve(request, Answers())
    fixed = _fixed(first.decisions, {one.key for one in first.open})
    if not first.open and not lock and not any(one.extras for one in fixed):
        return Answers(asked=True)
    try:
        return _ask(request, sources(), first.open, fixed)
    except ServiceError as error:
        return Answers(why_not=str(error), problem=str(error))


def _ask(request: Request, sources: Sources, questions: Sequence[Package], fixed: list[Package]) -> Answers:
    releases = {one.key: sources.index.releases(one.key, request.python) for one in questions}
    knows_all = bool(sources.settings.urls) and not sources.settings.find_links
    missing = {name for name, found in releases.items() if not found and knows_all}
    asked = [one for one in questions if one.key not in missing]
    return replace(Search(request, sources, fixed, releases).run(asked), releases=releases)


def _fixed(decisions: Sequence[Decision], open_names: set[str]) -> list[Package]:
    """Return what is decided already, without Airflow itself, which is always asked for."""
    entries = [parse_entry(decision.after or "") for decision in decisions]
    packages = [replace(entry, options=()) for entry in entries if isinstance(entry, Package)]
    plain = {*open_names, *_CORE_NAMES}
    return [one for one in packages if one.key not in plain or (one.extras and one.key not in open_names)]
