"""Judge a snippet the way `airshift check` does, with optional further files of the estate."""

from __future__ import annotations

from functools import cache
from textwrap import dedent

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.findings import Finding
from airshift.index import Index
from airshift.judge import judge
from airshift.rules.base import RuleContext
from airshift.targets import parse_version


@cache
def context(target: str = "3.3.1", source: str = "2.10.3", pin_behaviour: bool = False) -> RuleContext:
    """The rule context of a target."""
    return RuleContext(
        parse_version(target), parse_version(source), Index.load(), Catalogue.load(), pin_behaviour
    )


def facts_of(source: str, path: str = "dag.py", others: dict[str, str] | None = None) -> ModuleFacts:
    """Facts of a snippet that may import the modules in `others` (path -> source)."""
    parsed = [
        ModuleFacts(Source.from_bytes(name, dedent(text).encode())) for name, text in (others or {}).items()
    ]
    own = Source.from_bytes(path, dedent(source).encode())
    return ModuleFacts(own, Project([facts.summary for facts in parsed]))


def findings(
    source: str, target: str = "3.3.1", path: str = "dag.py", others: dict[str, str] | None = None
) -> list[Finding]:
    """Findings of a snippet, sorted by place."""
    result = judge(facts_of(source, path, others), context(target))
    return list(result.findings)


def codes(
    source: str, target: str = "3.3.1", path: str = "dag.py", others: dict[str, str] | None = None
) -> list[tuple[str, int, str]]:
    """Code, line and symbol of each finding."""
    return [(f.code, f.place.line, f.symbol) for f in findings(source, target, path, others)]
