"""Findings, explanations and fixes as the language server protocol has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from lsprotocol import types

from airshift.catalogue import Catalogue, RuleInfo
from airshift.errors import UsageError
from airshift.findings import Applicability, Finding, Kind, Place, Problem, Severity
from airshift.lsp.analysis import Analysis

SOURCE = "airshift"
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"
Units = Callable[[str], int]
"""How long a text is in the units that the client counts in."""
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_CODE = re.compile(r"\bAS\d{3}\b")


def diagnostics(analysis: Analysis, units: Units) -> list[types.Diagnostic]:
    """One diagnostic a finding, and one for each reason why the document could not be judged."""
    lines = split_lines(analysis.text)
    found = [_unread(problem, lines, units) for problem in analysis.problems]
    return found + [_diagnostic(finding, lines, units) for finding in analysis.findings]


def _diagnostic(finding: Finding, lines: Sequence[str], units: Units) -> types.Diagnostic:
    web = finding.reference.startswith("https://")
    deprecated = finding.kind is Kind.DEPRECATION
    return types.Diagnostic(
        range=range_of(finding.place, lines, units),
        message=finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(finding.reference) if web else None,
        source=SOURCE,
        tags=[types.DiagnosticTag.Deprecated] if deprecated else None,
    )


def _unread(problem: Problem, lines: Sequence[str], units: Units) -> types.Diagnostic:
    line = min(max(problem.line, 1), max(len(lines), 1))
    length = len(lines[line - 1].rstrip("\r\n")) if lines else 0
    place = Place(problem.path, line, 1, line, length + 1)
    return types.Diagnostic(
        range=range_of(place, lines, units),
        message=f"not checked: {problem.reason}",
        severity=types.DiagnosticSeverity.Error,
        source=SOURCE,
    )


def range_of(place: Place, lines: Sequence[str], units: Units) -> types.Range:
    """A place in the client's units, counted from 0."""

    def position(line: int, column: int) -> types.Position:
        text = lines[line - 1] if line <= len(lines) else ""
        return types.Position(line - 1, units(text[: column - 1]))

    return types.Range(position(place.line, place.column), position(place.end_line, place.end_column))


def hover(analysis: Analysis, position: types.Position, units: Units) -> types.Hover | None:
    """What the rules found at a position mean, or the rule whose code is written there."""
    lines = split_lines(analysis.text)
    here = types.Range(position, position)
    found = [f for f in analysis.findings if _meet(range_of(f.place, lines, units), here)]
    texts = [f"{finding.message}\n\n{_explained(finding.code)}" for finding in found]
    texts = texts or [_explained(code) for code in _written(lines, position, units)]
    if not texts:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(texts)))


def _written(lines: Sequence[str], position: types.Position, units: Units) -> Iterator[str]:
    line = lines[position.line] if position.line < len(lines) else ""
    for match in _CODE.finditer(line):
        if units(line[: match.start()]) <= position.character <= units(line[: match.end()]):
            yield match.group()


def _explained(code: str) -> str:
    try:
        rule = Catalogue.load().rule(code)
    except UsageError:
        return f"No rule {code}."
    return "\n\n".join(_paragraphs(rule))


def _paragraphs(rule: RuleInfo) -> Iterator[str]:
    yield f"**{rule.code}** {rule.title}"
    yield " ".join(rule.why.split())
    yield f"Before:\n\n```python\n{rule.before.strip()}\n```"
    if rule.after:
        yield f"After:\n\n```python\n{rule.after.strip()}\n```"
    yield f"[Source]({rule.reference})"


def actions(
    analysis: Analysis, uri: str, wanted: types.Range, only: Sequence[str], units: Units
) -> Iterator[types.CodeAction]:
    """Quick fixes of what meets a range, comments that silence it, and one action for all safe fixes."""
    if _asked(types.CodeActionKind.QuickFix.value, only):
        lines = split_lines(analysis.text)
        for finding in analysis.findings:
            if _meet(range_of(finding.place, lines, units), wanted):
                yield from _quick_fixes(analysis, finding, uri, units)
    if _asked(FIX_ALL, only) and (after := analysis.all_fixed()) is not None:
        yield types.CodeAction(
            "Fix all that airshift can fix safely",
            kind=FIX_ALL,
            edit=_edit(uri, analysis.text, after, units),
        )


def _quick_fixes(analysis: Analysis, finding: Finding, uri: str, units: Units) -> Iterator[types.CodeAction]:
    diagnostic = _diagnostic(finding, split_lines(analysis.text), units)
    unsafe = " (may change the meaning)" if finding.applicability is Applicability.UNSAFE else ""
    options = (
        (f"{finding.code}: fix{unsafe}", analysis.fixed(finding), not unsafe),
        (f"{finding.code}: silence on this line", analysis.silenced(finding), False),
    )
    for title, after, preferred in options:
        if after is not None:
            yield types.CodeAction(
                title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=preferred or None,
                edit=_edit(uri, analysis.text, after, units),
            )


def _asked(kind: str, only: Sequence[str]) -> bool:
    return not only or any(kind == one or kind.startswith(f"{one}.") for one in only)


def _meet(one: types.Range, other: types.Range) -> bool:
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _edit(uri: str, before: str, after: str, units: Units) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={uri: list(edits(before, after, units))})


def edits(before: str, after: str, units: Units) -> Iterator[types.TextEdit]:
    """What turns one text into the other, whole lines at a time."""
    old, new = split_lines(before), split_lines(after)

    def position(line: int) -> types.Position:
        if line < len(old) or not old or old[-1].endswith(("\r", "\n")):
            return types.Position(line, 0)
        return types.Position(len(old) - 1, units(old[-1]))

    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield types.TextEdit(types.Range(position(start), position(end)), "".join(new[first:last]))


def split_lines(text: str) -> list[str]:
    """The lines with their ends, split where the protocol and Python split them."""
    return _LINE.findall(text)
