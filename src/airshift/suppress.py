"""Suppression comments: `# noqa: AS101`, `# airshift: ignore[AS101]` and `# airshift: ignore-file[AS101]`.

Looked up only where there is a finding, so that clean files cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from airshift.findings import Finding, Place

_LINE = re.compile(
    rb"#\s*airshift:\s*ignore(?!-)(?:\[(?P<ignore>[^\]]*)\])?|#\s*noqa(?!\w)(?::\s*(?P<noqa>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?"
)
_FILE = re.compile(rb"^\s*#\s*airshift:\s*ignore-file(?:\[(?P<codes>[^\]]*)\])?", re.MULTILINE)
_CODE = re.compile(rb"[A-Z]+\d+")
EVERYTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that silences codes on a line (or, with line 0, in the file); no codes mean all."""

    line: int
    codes: frozenset[str]
    explicit: bool
    """Whether it names airshift or an AS code: only these are reported when unused."""

    def covers(self, code: str) -> bool:
        """Whether a finding of this code is silenced."""
        return not self.codes or code in self.codes


def suppressions(utf8: bytes) -> tuple[Suppression, ...]:
    """Every suppression comment of a file."""
    if b"noqa" not in utf8 and b"airshift:" not in utf8:
        return ()
    found = [Suppression(0, _codes(match["codes"]), True) for match in _FILE.finditer(utf8)]
    for number, line in enumerate(utf8.splitlines(), 1):
        for match in _LINE.finditer(line):
            codes = _codes(match["ignore"]) | _codes(match["noqa"])
            if match["noqa"] and not any(code.startswith("AS") for code in codes):
                continue
            explicit = b"airshift" in match.group() or bool(codes)
            found.append(Suppression(number, codes, explicit))
    return tuple(found)


def _codes(listed: bytes | None) -> frozenset[str]:
    return frozenset(code.decode() for code in _CODE.findall(listed or b""))


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
