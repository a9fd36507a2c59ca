"""The rule catalogue for people and machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from airshift.catalogue import RuleInfo
from airshift.output.document import envelope
from airshift.targets import parse_version


def explanation(rule: RuleInfo, targets: Sequence[str]) -> str:
    """Everything about one rule as Markdown-like text."""
    lines = [f"{rule.code} {rule.name}", "", rule.title, "", rule.why, ""]
    lines += ["On each target:"]
    lines += [f"  {target}: {_severity(rule, target)}" for target in targets]
    lines += [f"Kind: {rule.kind}. Fix: {rule.applicability}. By hand: about {rule.effort} minutes.", ""]
    lines += ["Before:", "", *_indented(rule.before), ""]
    if rule.after:
        lines += ["After:", "", *_indented(rule.after), ""]
    lines += [f"Source: {rule.reference}"]
    lines += [rule.silence or f"Silence: # airshift: ignore[{rule.code}]  or  # noqa: {rule.code}"]
    return "\n".join(lines)


def _indented(text: str) -> list[str]:
    return [f"    {line}" if line else "" for line in text.strip("\n").splitlines()]


def _severity(rule: RuleInfo, target: str) -> str:
    severity = rule.severity(parse_version(target))
    return severity.value if severity else "-"


def rules_table(rules: Iterable[RuleInfo], targets: Sequence[str]) -> Iterator[str]:
    """One line a rule."""
    yield "  ".join(["code ", *(f"{target:<8}" for target in targets), "fix     title"])
    for rule in rules:
        cells = [f"{_severity(rule, target):<8}" for target in targets]
        yield "  ".join([rule.code, *cells, f"{rule.applicability.value:<7} {rule.title}"])


def rules_document(rules: Iterable[RuleInfo], targets: Sequence[str]) -> dict[str, Any]:
    """The JSON document of `airshift rules`."""
    return {**envelope(None, ()), "rules": [_record(rule, targets) for rule in rules]}


def _record(rule: RuleInfo, targets: Sequence[str]) -> dict[str, Any]:
    severities = {target: rule.severity(parse_version(target)) for target in targets}
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family,
        "kind": rule.kind.value,
        "title": rule.title,
        "fixable": rule.fixable,
        "applicability": rule.applicability.value,
        "effort_minutes": rule.effort,
        "reference": rule.reference,
        "targets": {target: severity.value if severity else None for target, severity in severities.items()},
    }
