"""Suppression comments: `# noqa: AS101`, `# airshift: ignore[AS101]` and `# airshift: ignore-file[AS101]`.

Looked up only where there is a finding, so that clean files cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from airshift.findings import Finding, Place
from airshift.records import dataclass

_LINE = re.compile(
    rb"#\s*airshift:\s*ignore(?![-\w])(?:\[(?P<ignore>[^\]]*)\])?"
    rb"|#\s*(?i:noqa)(?!\w)(?:\s*:\s*(?P<noqa>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?"
)
_FILE = re.compile(rb"[ \t\f]*(?P<comment>#\s*airshift:\s*ignore-file(?:\[(?P<codes>[^\]]*)\])?)")
_CODE = re.compile(rb"[^,\s]+")
EVERYTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that silences codes on a line (or, with line 0, in the file); no codes mean all."""

    line: int
    codes: frozenset[str]
    explicit: bool
    """Whether it names airshift or an AS code: only these are reported when unused."""
    written: tuple[int, int, int] = (1, 1, 1)
    """Line, column and end column of the comment."""
    text: str = ""

    def covers(self, code: str) -> bool:
        """Whether a finding of this code is silenced."""
        return not self.codes or code in self.codes


def suppressions(utf8: bytes) -> tuple[Suppression, ...]:
    """Every suppression comment of a file."""
    if not any(word in utf8 for word in (b"noqa", b"NOQA", b"airshift:")):
        return ()
    found: list[Suppression] = []
    for number, line in enumerate(utf8.splitlines(), 1):
        if match := _FILE.match(line):
            found.append(
                Suppression(0, _codes(match["codes"]), True, *_written(number, line, match, "comment"))
            )
        for match in _LINE.finditer(line):
            codes = _codes(match["ignore"]) | _codes(match["noqa"])
            if match["noqa"] and not any(code.startswith("AS") for code in codes):
                continue
            explicit = b"airshift" in match.group() or bool(codes)
            found.append(Suppression(number, codes, explicit, *_written(number, line, match, 0)))
    return tuple(found)


def _written(
    number: int, line: bytes, match: re.Match[bytes], group: str | int
) -> tuple[tuple[int, int, int], str]:
    """Where a comment stands, columns in characters, and what it says."""
    column, end = (len(line[:offset].decode("utf-8", "replace")) + 1 for offset in match.span(group))
    return (number, column, end), match[group].decode("utf-8", "replace")


def _codes(listed: bytes | None) -> frozenset[str]:
    """The words of a list; one that is no code silences nothing, rather than everything."""
    return frozenset(word.decode("utf-8", "replace").upper() for word in _CODE.findall(listed or b""))


def is_silenced(code: str, place: Place, present: Iterable[Suppression]) -> bool:
    """Whether a comment silences a finding of this code at this place."""
    return any(_matches(suppression, code, place) for suppression in present)


def _matches(suppression: Suppression, code: str, place: Place) -> bool:
    return suppression.line in (0, place.line, place.end_line) and suppression.covers(code)


def silence(
    findings: list[Finding], present: tuple[Suppression, ...]
) -> tuple[list[Finding], tuple[Suppression, ...]]:
    """Split off the silenced findings; return the rest and the explicit suppressions that did nothing."""
    if not present:
        return findings, ()
    used: set[Suppression] = set()
    kept: list[Finding] = []
    for finding in findings:
        matching = [s for s in present if _matches(s, finding.code, finding.place)]
        used.update(matching)
        if not matching:
            kept.append(finding)
    return kept, tuple(s for s in present if s.explicit and s not in used)
