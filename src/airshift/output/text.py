"""Findings for people: one line each, or with the source line, a caret and what the fix changes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from airshift.findings import Applicability, Finding, Problem, Severity
from airshift.output.terminal import PLAIN, Look, Shade
from airshift.redact import has_credentials, is_code, redact_source

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
Lines = Callable[[str], Sequence[str]]
"""Gives the source lines of a path, or none when it cannot be read again."""
Diff = Callable[[Finding], Sequence[str]]
"""Gives the lines that the fix of a finding removes (`- ...`) and adds (`+ ...`)."""
_LONGEST_DIFF = 12


def printable(text: str) -> str:
    """The text without characters that would steer a terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def concise(
    findings: Iterable[Finding], problems: Iterable[Problem], look: Look = PLAIN, folder: str = ""
) -> Iterator[str]:
    """`path:line:column: CODE severity message`, one line each; paths lead through `folder`.

    A large estate has many findings of few kinds: what is said of a kind is only put together once.
    """

    @cache
    def shown(path: str) -> str:
        return one_line(folder + path)

    @cache
    def said(code: str, severity: Severity, applicability: Applicability, message: str) -> str:
        kind = look.paint(f"{code} {severity}", Shade(severity.value))
        return f"{kind}{_MARKS[applicability]} {one_line(message)}"

    for problem in problems:
        yield f"{shown(problem.path)}:{problem.line}:1: {one_line(f'not checked: {problem.reason}')}"
    for finding in findings:
        place = finding.place
        what = said(finding.code, finding.severity, finding.applicability, finding.message)
        yield f"{shown(place.path)}:{place.line}:{place.column}: {what}"


def shows_credentials(findings: Iterable[Finding], problems: Iterable[Problem], folder: str) -> bool:
    """Whether anything that `concise` says would have to be masked; what is said twice is looked at once."""
    parts = {folder + finding.place.path for finding in findings}
    parts.update(finding.message for finding in findings)
    parts.update(part for problem in problems for part in (folder + problem.path, problem.reason))
    return has_credentials("\n".join(sorted(parts)))


def one_line(text: str) -> str:
    """Printable text without line breaks."""
    return printable(text.replace("\n", " "))


_MARKS = {Applicability.SAFE: " [*]", Applicability.UNSAFE: " [~]", Applicability.MANUAL: ""}


def full(
    findings: Iterable[Finding],
    problems: Iterable[Problem],
    lines: Lines,
    look: Look = PLAIN,
    diff: Diff = lambda finding: (),
) -> Iterator[str]:
    """Message, place, source line with carets below what is meant, and what the fix changes."""
    for problem in problems:
        yield from look.wrapped(one_line(f"not checked: {problem.reason}"))
        yield one_line(f"  --> {problem.path}:{problem.line}")
        yield ""
    for finding in findings:
        place = finding.place
        head = f"{finding.code} {finding.severity}:"
        first, *more = look.wrapped(one_line(f"{head} {finding.message}"))
        yield look.paint(head, Shade(finding.severity.value)) + first.removeprefix(head)
        yield from more
        yield one_line(f"  --> {place.path}:{place.line}:{place.column}  ({finding.kind}, {_fix(finding)})")
        yield from _frame(finding, lines(place.path), look)
        yield from _changes(diff(finding), look, is_code=is_code(place.path))
        yield ""


def _changes(diff: Sequence[str], look: Look, *, is_code: bool) -> Iterator[str]:
    for line in diff[:_LONGEST_DIFF]:
        shade = Shade.ADDED if line.startswith("+") else Shade.REMOVED
        yield look.paint(look.clipped(f"  {one_line(redact_source(line, is_code=is_code))}"), shade)
    if len(diff) > _LONGEST_DIFF:
        yield f"  ... {len(diff) - _LONGEST_DIFF} more lines, see `airshift fix --diff`"


def _fix(finding: Finding) -> str:
    match finding.applicability:
        case Applicability.SAFE:
            return "fixable"
        case Applicability.UNSAFE:
            return "fixable with --unsafe-fixes"
        case Applicability.MANUAL:
            return f"by hand, about {finding.effort} min" if finding.effort else "by hand"


def _frame(finding: Finding, lines: Sequence[str], look: Look) -> Iterator[str]:
    place = finding.place
    if not 0 < place.line <= len(lines):
        return
    line = lines[place.line - 1].rstrip("\r\n")
    stop = place.end_column - 1 if place.end_line == place.line else len(line)
    number = str(place.line)
    line, start, stop = _without_secrets(line, place.column - 1, stop, is_code=is_code(place.path))
    room = look.width - len(number) - 3 if look.width else 0
    cut = _cut(start, stop, room)
    line, start, stop = line[cut:], start - cut, stop - cut
    meant = _width(line[start:stop])
    meant = min(meant, room - _width(line[:start])) if room else meant
    carets = look.paint("^" * max(1, meant), Shade.CARET)
    yield f"{' ' * len(number)} |"
    yield look.clipped(printable(f"{number} | {line}").replace("\t", " "))
    yield f"{' ' * len(number)} | {' ' * _width(line[:start])}{carets}"


def _without_secrets(line: str, start: int, stop: int, *, is_code: bool) -> tuple[str, int, int]:
    """The line as it may be shown, and where what is meant is in it."""
    shown = redact_source(line, is_code=is_code)
    if shown == line:
        return line, start, stop
    begin, meant = (len(redact_source(part, is_code=is_code)) for part in (line[:start], line[start:stop]))
    return shown, min(begin, len(shown)), min(begin + meant, len(shown))


def _cut(start: int, stop: int, room: int) -> int:
    """How much of a long line's beginning to leave out, so that what is meant can be seen."""
    return max(0, start - room // 3) if room and stop > room else 0


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def summary(findings: Sequence[Finding], problems: Sequence[Problem], scanned: int) -> str:
    """The closing line: how much of what, and what can be fixed."""
    files = f"{scanned} file{'' if scanned == 1 else 's'}"
    if not findings:
        text = f"No findings in {files}."
    else:
        counts = Counter(finding.severity.value for finding in findings)
        parts = ", ".join(
            f"{counts[s]} {s}{_plural(counts[s], s)}" for s in ("error", "warning", "info") if counts[s]
        )
        safe = sum(finding.applicability is Applicability.SAFE for finding in findings)
        unsafe = sum(finding.applicability is Applicability.UNSAFE for finding in findings)
        text = f"Found {parts} in {files}; {safe} fixable with `airshift fix`, {unsafe} more with `--unsafe-fixes`."
    if problems:
        text += f" {len(problems)} file{'' if len(problems) == 1 else 's'} could not be checked."
    return text


def _plural(count: int, word: str) -> str:
    return "" if count == 1 or word == "info" else "s"


def statistics(findings: Iterable[Finding], titles: Callable[[str], str]) -> Iterator[str]:
    """Count, code and title, most frequent first."""
    counts = Counter(finding.code for finding in findings)
    width = len(str(max(counts.values(), default=0)))
    for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:>{width}}  {code}  {titles(code)}"
