"""Which rules count: `--select` and `--ignore` with codes or prefixes such as AS1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from airshift.errors import UsageError
from airshift.findings import Finding

_PREFIX = re.compile(r"(?:ALL|(?:AS|AIR)\d{0,3})\Z")


@dataclass(frozen=True, slots=True)
class Selection:
    """The longest matching prefix decides; nothing selected means everything."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def wants(self, code: str) -> bool:
        """Whether findings of a code are reported."""
        chosen = max((len(p) for p in self.select if _matches(p, code)), default=-1 if self.select else 0)
        ignored = max((len(p) for p in self.ignore if _matches(p, code)), default=-1)
        return chosen > ignored or (chosen == ignored == -1 and not self.select)

    def filter(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that are wanted."""
        if not self.select and not self.ignore:
            return list(findings)
        return [finding for finding in findings if self.wants(finding.code)]


def parse_selection(select: Iterable[str], ignore: Iterable[str]) -> Selection:
    """Read comma-separated lists; raise UsageError for what is no code or prefix."""
    return Selection(_codes(select), _codes(ignore))


def _codes(texts: Iterable[str]) -> tuple[str, ...]:
    codes = [part.strip().upper() for text in texts for part in text.split(",") if part.strip()]
    for code in codes:
        if not _PREFIX.match(code):
            raise UsageError(f"{code!r} is not a rule code or prefix; write AS101, AS1 or ALL")
    return tuple("" if code == "ALL" else code for code in codes)


def _matches(prefix: str, code: str) -> bool:
    return code.startswith(prefix)
