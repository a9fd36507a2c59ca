"""Judge an estate that comes from another platform: code and files around it."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.errors import SourceError, UsageError
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Finding
from airshift.platforms.code import check_code
from airshift.platforms.files import check_file
from airshift.platforms.model import Platform, Tables
from airshift.rules.base import Hit
from airshift.scan import summaries
from airshift.suppress import silence, suppressions
from airshift.targets import Target


def check_platform(listing: Listing, platform: Platform, target: Target) -> list[Finding]:
    """Findings about the move from a platform to MWAA, sorted; files that cannot be read are left to others."""
    if target.platform != "mwaa":
        raise UsageError(
            f"--from {platform} is about a move to Amazon MWAA; name one as target, such as mwaa-3.0.6"
        )
    modules = [file for file in listing.files if file.path.endswith(".py")]
    project = Project(summaries(modules))
    found: list[Finding] = []
    for file in listing.files:
        raw = read_file(file)
        if not isinstance(raw, bytes):
            continue
        own = [*check_file(file.path, raw, platform, target)]
        if file.path.endswith(".py"):
            own += _module(file, raw, project, platform, target)
        unique = {(one.code, one.place, one.symbol): one for one in own}
        found += silence(list(unique.values()), suppressions(raw))[0] if unique else []
    return sorted(found, key=Finding.sort_key)


def _module(
    file: EstateFile, raw: bytes, project: Project, platform: Platform, target: Target
) -> Iterator[Finding]:
    try:
        facts = ModuleFacts(Source.from_bytes(file.path, raw), project)
        hits = list(check_code(facts, Tables.of(platform)))
    except (SourceError, RecursionError):
        return
    yield from (_finding(facts, hit, target) for hit in hits)


def _finding(facts: ModuleFacts, hit: Hit, target: Target) -> Finding:
    rule = Catalogue.load().rule(hit.code)
    severity = rule.severity(target)
    assert severity is not None
    return Finding(
        code=hit.code,
        place=facts.source.place(*hit.span),
        kind=rule.kind,
        severity=severity,
        message=hit.message,
        symbol=hit.symbol,
        effort=rule.effort,
        reference=rule.reference,
    )
