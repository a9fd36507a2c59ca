"""Suppression comments that silence nothing, reported on demand (`airshift check --report-unused`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from airshift.catalogue import Catalogue
from airshift.findings import Finding, Place
from airshift.select import Selection
from airshift.suppress import Suppression

if TYPE_CHECKING:
    from airshift.checking import CheckResult

CODE = "AS002"


def with_unused(result: CheckResult, selection: Selection) -> CheckResult:
    """The result with a finding for each suppression that did nothing."""
    if not selection.wants(CODE):
        return result
    found = sorted([*result.findings, *_unused(result)], key=Finding.sort_key)
    return replace(result, findings=tuple(found))


def _unused(result: CheckResult) -> Iterator[Finding]:
    rule = Catalogue.load().rule(CODE)
    severity = rule.severity(result.target)
    if severity is None:
        return
    for path, suppression in result.scan.unused:
        line, column, end = suppression.written
        yield Finding(
            code=CODE,
            place=Place(path, line, column, line, end),
            kind=rule.kind,
            severity=severity,
            message=_message(suppression, result.target.version),
            symbol=", ".join(_own(suppression)),
            effort=rule.effort,
            reference=rule.reference,
        )


def _own(suppression: Suppression) -> list[str]:
    return sorted(code for code in suppression.codes if code.startswith("AS"))


def _message(suppression: Suppression, version: str) -> str:
    what = "in the whole file" if suppression.line == 0 else "on this line"
    foreign = suppression.codes.difference(_own(suppression))
    advice = f"take {', '.join(_own(suppression))} out of it" if foreign else "remove it"
    return f"`{suppression.text}` silences nothing {what} on Airflow {version}; {advice}."
