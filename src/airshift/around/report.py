"""Turn what a check found into a finding, with the prose and severities of rules/around.toml."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.around.document import Document, Span
from airshift.catalogue import Catalogue
from airshift.findings import Applicability, Finding, Fix, Severity
from airshift.targets import Target


def report(
    code: str,
    document: Document,
    span: Span,
    message: str,
    target: Target,
    *,
    symbol: str = "",
    severity: Severity | None = None,
    fix: Fix | None = None,
) -> Iterator[Finding]:
    """Yield the finding, unless the rule does not apply to the target."""
    rule = Catalogue.load().rule(code)
    own = rule.severity(target)
    if own is None:
        return
    applicability = fix.applicability if fix else Applicability.MANUAL
    yield Finding(
        code=code,
        place=document.place(span),
        kind=rule.kind,
        severity=severity or own,
        message=message,
        symbol=symbol,
        applicability=applicability,
        fix=fix,
        effort=0 if fix else rule.effort,
        reference=rule.reference,
    )
