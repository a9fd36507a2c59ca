"""SARIF 2.1.0, for code-scanning services and editors."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from airshift import __version__
from airshift.catalogue import Catalogue, RuleInfo
from airshift.findings import Finding, Origin, Problem, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_BASE = "SRCROOT"


def sarif(findings: Iterable[Finding], problems: Iterable[Problem] = ()) -> str:
    """One run with every finding; paths are relative to the root of the estate."""
    findings = sorted(findings, key=Finding.sort_key)
    notifications = [_notification(problem) for problem in problems]
    codes = sorted({finding.code for finding in findings})
    run = {
        "tool": {"driver": _driver(codes, findings)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The root of the assessed estate."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "results": _results(findings, {code: index for index, code in enumerate(codes)}),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(codes: Sequence[str], findings: Sequence[Finding]) -> dict[str, Any]:
    known = Catalogue.load().rules
    worst = {finding.code: finding for finding in reversed(findings)}
    rules = [_rule(code, known.get(code), worst[code]) for code in codes]
    return {"name": "airshift", "version": __version__, "semanticVersion": __version__, "rules": rules}


def _rule(code: str, rule: RuleInfo | None, example: Finding) -> dict[str, Any]:
    title = rule.title if rule else f"Reported by ruff as {code}"
    record: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": _paragraph(rule.why) if rule else title},
        "help": {"text": _paragraph(rule.why) if rule else title},
        "defaultConfiguration": {"level": _LEVELS[example.severity]},
        "properties": {"tags": _tags(rule, example), "kind": example.kind.value},
    }
    if rule:
        record["name"] = "".join(word.capitalize() for word in rule.name.split("-"))
    reference = rule.reference if rule else example.reference
    if reference.startswith(("https://", "http://")):
        record["helpUri"] = reference
    return record


def _tags(rule: RuleInfo | None, example: Finding) -> list[str]:
    return list(dict.fromkeys(("airflow", "migration", rule.family if rule else "ruff", example.kind.value)))


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _results(findings: Iterable[Finding], index: dict[str, int]) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for finding in findings:
        key = (finding.code, finding.place.path, finding.symbol or finding.message)
        results.append(_result(finding, index[finding.code], _fingerprint(key, seen[key])))
        seen[key] += 1
    return results


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, Any]:
    place = finding.place
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    location = {"artifactLocation": _artifact(place.path), "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"airshiftFinding/v1": fingerprint},
        "properties": {
            "kind": finding.kind.value,
            "applicability": finding.applicability.value,
            "symbol": finding.symbol,
            "source": Origin(finding.origin).value,
        },
    }


def _fingerprint(key: tuple[str, str, str], occurrence: int) -> str:
    """Stays the same while lines move: made of rule, path, symbol and the how-manieth it is."""
    text = "\0".join((*key, str(occurrence)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path.encode("utf-8", "surrogatepass")), "uriBaseId": _BASE}


def _notification(problem: Problem) -> dict[str, Any]:
    location = {"artifactLocation": _artifact(problem.path), "region": {"startLine": max(1, problem.line)}}
    return {
        "level": "error",
        "message": {"text": f"not analysed: {problem.reason}"},
        "locations": [{"physicalLocation": location}],
    }
