"""Findings for code hosts: workflow commands of GitHub, the code-quality report of GitLab, and JUnit XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from airshift.baseline import Known
from airshift.findings import Finding, Problem, Severity
from airshift.output.text import printable

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_GITLAB = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What is left of such characters by `printable`."""


def github(findings: Iterable[Finding], problems: Iterable[Problem]) -> Iterator[str]:
    """One workflow command a finding, which GitHub shows beside the line."""
    for problem in problems:
        place = {"file": problem.path, "line": str(max(1, problem.line)), "title": "not checked"}
        yield _command("error", place, problem.reason)
    for finding in findings:
        place = {"file": finding.place.path, **_range(finding), "title": f"airshift ({finding.code})"}
        yield _command(_COMMANDS[finding.severity], place, finding.message)


def _range(finding: Finding) -> dict[str, str]:
    """Columns count within one line only: GitHub drops them from longer ranges, with the rest of the place."""
    place = finding.place
    lines = {"line": str(place.line), "endLine": str(place.end_line)}
    if place.line != place.end_line:
        return lines
    return lines | {"col": str(place.column), "endColumn": str(max(place.column, place.end_column - 1))}


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::{name} {listed}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """Text in which nothing ends the command or a property of it."""
    whole = printable(text.encode("utf-8", "backslashreplace").decode())
    return "".join(f"%{ord(char):02X}" if char in f"%\n{more}" else char for char in whole)


def gitlab(findings: Sequence[Finding], known: Sequence[Known], problems: Iterable[Problem]) -> str:
    """A code-quality report; `known` has the fingerprints of the findings."""
    rows = [
        _issue(
            f.code,
            f.message,
            one.fingerprint,
            _GITLAB[f.severity],
            f.place.path,
            f.place.line,
            f.place.end_line,
        )
        for f, one in zip(findings, known, strict=True)
    ]
    for problem in problems:
        fingerprint = f"not-checked:{problem.path}"
        line = max(1, problem.line)
        rows.append(_issue("not-checked", problem.reason, fingerprint, "critical", problem.path, line, line))
    return json.dumps(rows, indent=2)


def _issue(
    code: str, message: str, fingerprint: str, severity: str, path: str, line: int, end: int
) -> dict[str, object]:
    return {
        "description": f"{code}: {message}",
        "check_name": code,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line, "end": end}},
    }


def junit(findings: Sequence[Finding], problems: Sequence[Problem]) -> str:
    """JUnit XML: one suite a file and one case a finding; a clean estate is one case that passed."""
    cases = [
        (p.path, _case(p.path, p.line, "not checked", _element("error", "not checked", p.reason)))
        for p in problems
    ]
    cases += [(f.place.path, _found(f)) for f in findings]
    failures, errors = len(findings), len(problems)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(
        f'<testsuites name="airshift" tests="{len(cases) or 1}" failures="{failures}" errors="{errors}">'
    )
    if not cases:
        lines += _suite("airshift", ['<testcase name="no findings" classname="airshift"/>'], 0)
    for path, group in groupby(sorted(cases, key=lambda case: case[0]), key=lambda case: case[0]):
        of_path = [case for _, case in group]
        lines += _suite(path, of_path, sum(problem.path == path for problem in problems))
    return "\n".join([*lines, "</testsuites>"])


def _suite(name: str, cases: Sequence[str], errors: int) -> Iterator[str]:
    failures = sum("<failure" in case for case in cases)
    yield f'<testsuite name={_quoted(name)} tests="{len(cases)}" failures="{failures}" errors="{errors}">'
    yield from cases
    yield "</testsuite>"


def _found(finding: Finding) -> str:
    place = finding.place
    text = f"{place.path}:{place.line}:{place.column}: {finding.message}"
    body = _element("failure", finding.message, text, finding.severity.value)
    return _case(place.path, place.line, f"{finding.code}:{place.line}:{place.column}", body)


def _case(path: str, line: int, name: str, body: str) -> str:
    classname = path.removesuffix(".py").replace("/", ".")
    attributes = f"name={_quoted(name)} classname={_quoted(classname)} file={_quoted(path)}"
    return f'<testcase {attributes} line="{max(1, line)}">{body}</testcase>'


def _element(name: str, message: str, text: str, kind: str = "error") -> str:
    return f"<{name} message={_quoted(message)} type={_quoted(kind)}>{escape(_xml(text))}</{name}>"


def _quoted(text: str) -> str:
    return quoteattr(_xml(text))


def _xml(text: str) -> str:
    """Text without characters that XML cannot hold or a terminal obeys."""
    return _NOT_XML.sub(lambda match: f"\\x{ord(match.group()):02x}", printable(text))
