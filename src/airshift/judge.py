"""Judge one Python file: run the triggered rules, prove the fixes, drop what is silenced. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.errors import AirshiftError, SourceError
from airshift.file_result import FileResult
from airshift.findings import Applicability, Finding, Kind, Problem
from airshift.patience import GaveUpError, at_most
from airshift.redact import redact_source
from airshift.rules.base import Hit, RuleContext, is_triggered
from airshift.rules.registry import RULES
from airshift.suppress import silence, suppressions

_HEADER = re.compile(rb"(?:[ \t]*(?:#[^\r\n]*)?[\r\n]+)*")


def is_candidate(raw: bytes) -> bool:
    """Whether a file can concern any rule, by its bytes alone."""
    if b"airflow" in raw:
        return True
    return any(
        trigger in raw for rule in RULES for trigger in (rule.triggers if rule.alone is None else rule.alone)
    )


def check_file(path: str, raw: bytes, context: RuleContext, project: Project | None = None) -> FileResult:
    """Judge one Python file; a file that cannot be read is a result with the reason."""
    try:
        with at_most():
            facts = ModuleFacts(Source.from_bytes(path, raw), project)
            result = judge(facts, context)
            facts.forget()
            return result
    except GaveUpError as error:
        return FileResult(path, problem=Problem(path, str(error)))
    except SourceError as error:
        return FileResult(path, problem=Problem(path, error.reason, error.line))
    except RecursionError:
        return FileResult(path, problem=Problem(path, "nested too deeply to be analysed"))
    except AirshiftError:
        raise
    except Exception as error:
        return FileResult(path, problem=Problem(path, internal_error(error)))


def internal_error(error: Exception) -> str:
    """What is said of a file on which airshift itself failed: the kind of failure and the place in our code."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f" at {frame.tb_frame.f_globals.get('__name__')}:{frame.tb_lineno}" if frame is not None else ""
    return f"internal error ({type(error).__name__}{where}); please report it"


def judge(facts: ModuleFacts, context: RuleContext) -> FileResult:
    """Run every triggered rule on a parsed module."""
    hits = find_hits(facts, context)
    findings = to_findings(facts, hits, context.catalogue, context) if hits else []
    kept, unused = silence(findings, suppressions(facts.source.utf8))
    ordered = tuple(sorted(kept, key=Finding.sort_key))
    from airshift.rules.template_strings import template_references

    return FileResult(facts.path, ordered, None, facts.summary, unused, template_references(facts, context))


def find_hits(facts: ModuleFacts, context: RuleContext) -> list[Hit]:
    """What the rules say about a module, without duplicates; kept, because a fix asks twice."""
    return list(facts.once(_find_hits, context))


def _find_hits(facts: ModuleFacts, context: RuleContext) -> list[Hit]:
    utf8 = _without_header(facts.source.utf8)
    found: dict[tuple[str, tuple[int, int], str], Hit] = {}
    for rule in RULES:
        if not is_triggered(rule, utf8):
            continue
        for hit in rule.check(facts, context):
            found.setdefault((hit.code, hit.span, hit.symbol), hit)
    return [hit for hit in found.values() if not _is_for_one_version(facts, hit)]


def _without_header(utf8: bytes) -> bytes:
    """The text behind the comments at its top: licences are long, and say nothing of Airflow's names."""
    header = _HEADER.match(utf8)
    return utf8[header.end() :] if header else utf8


def _is_for_one_version(facts: ModuleFacts, hit: Hit) -> bool:
    """Whether the code tests Airflow's version before; rules about names look for that themselves."""
    if hit.code.startswith("AS1"):
        return False
    from airshift.rules.version_arms import is_for_one_version

    return is_for_one_version(facts, hit.span)


def to_findings(
    facts: ModuleFacts, hits: Iterable[Hit], catalogue: Catalogue, context: RuleContext
) -> list[Finding]:
    """Give hits their place, kind, severity and proven applicability on the target."""
    hits = [hit for hit in hits if applicable(hit, context)]
    fixable = _proven(facts, hits)
    return [_finding(facts, hit, context, fixable) for hit in hits]


def applicable(hit: Hit, context: RuleContext) -> bool:
    """Whether a hit means anything on the target, for an estate that comes from the source version."""
    rule = context.catalogue.rule(hit.code)
    if (
        rule.kind is Kind.BEHAVIOUR
        and rule.family == "scheduling"
        and rule.severity(context.source) is not None
    ):
        return False
    return hit.severity is not None or rule.severity(context.target) is not None


def _proven(facts: ModuleFacts, hits: list[Hit]) -> frozenset[int]:
    if not any(hit.rewrites for hit in hits):
        return frozenset()
    from airshift.fix.apply import rewrite

    return frozenset(id(hit) for hit in rewrite(facts, hits).applied)


def _finding(facts: ModuleFacts, hit: Hit, context: RuleContext, fixable: frozenset[int]) -> Finding:
    rule = context.catalogue.rule(hit.code)
    severity = hit.severity or rule.severity(context.target)
    assert severity is not None
    applicability = Applicability.MANUAL
    if id(hit) in fixable:
        applicability = Applicability.UNSAFE if hit.unsafe else Applicability.SAFE
    return Finding(
        code=hit.code,
        place=facts.source.place(*hit.span),
        kind=hit.kind or rule.kind,
        severity=severity,
        message=_shown(hit.message),
        symbol=hit.symbol,
        applicability=applicability,
        effort=rule.effort if applicability is Applicability.MANUAL else 0,
        reference=rule.reference,
    )


@lru_cache(maxsize=4096)
def _shown(message: str) -> str:
    """A message without secrets; the same ones are said of many files."""
    return redact_source(message, is_code=True)
