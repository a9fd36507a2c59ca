"""Which rules count: `--select` and `--ignore` with codes or prefixes such as AS1, and rules by file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from airshift.errors import UsageError
from airshift.findings import Finding
from airshift.records import dataclass

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_PREFIX = re.compile(r"(?:ALL|(?:AS|AIR)\d{0,3})\Z")


@dataclass(frozen=True, slots=True)
class PerFile:
    """Codes or prefixes to leave out in the files that a pattern, as in .gitignore, matches."""

    pattern: str
    codes: tuple[str, ...]
    prefix: str = ""
    """What the paths of findings lack to be relative to the folder that the pattern is relative to."""

    def covers(self, path: str) -> bool:
        """Whether the pattern matches the path of a finding."""
        return bool(_spec(self.pattern).match_file(self.prefix + path))


@cache
def _spec(pattern: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([pattern])


@dataclass(frozen=True, slots=True)
class Selection:
    """The longest matching prefix decides; nothing selected means everything."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file: tuple[PerFile, ...] = ()

    def wants(self, code: str) -> bool:
        """Whether findings of a code are reported."""
        chosen = max((len(p) for p in self.select if _matches(p, code)), default=-1 if self.select else 0)
        ignored = max((len(p) for p in self.ignore if _matches(p, code)), default=-1)
        return chosen > ignored or (chosen == ignored == -1 and not self.select)

    def at(self, path: str) -> Selection:
        """What counts in one file."""
        if not self.per_file:
            return self
        less = tuple(code for one in self.per_file if one.covers(path) for code in one.codes)
        return replace(self, per_file=(), ignore=(*self.ignore, *less))

    def filter(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that are wanted."""
        if self == Selection():
            return list(findings)
        return [f for f in findings if self.at(f.place.path).wants(f.code)]


def parse_selection(select: Iterable[str], ignore: Iterable[str]) -> Selection:
    """Read comma-separated lists; raise UsageError for what is no code or prefix."""
    return Selection(_codes(select), _codes(ignore))


def checked_selection(select: Iterable[str], ignore: Iterable[str]) -> Selection:
    """Read lists of codes as above; raise UsageError for a code or prefix of airshift that no rule has, too."""
    selection = parse_selection(select, ignore)
    for prefix in (*selection.select, *selection.ignore):
        if prefix.startswith("AS"):
            _check_known(prefix)
    return selection


def _check_known(prefix: str) -> None:
    from airshift.catalogue import Catalogue

    catalogue = Catalogue.load()
    if len(prefix) == len("AS101"):
        catalogue.rule(prefix)
    elif not any(code.startswith(prefix) for code in catalogue.rules):
        raise UsageError(f"no rule starts with {prefix}; {_nearest(prefix, catalogue.rules)}")


def _nearest(prefix: str, codes: Iterable[str]) -> str:
    """The rules of the family that was meant, or the families where there is no such."""
    family = sorted(code for code in codes if code.startswith(prefix[:3]))
    if family:
        return f"{prefix[:3]} has {', '.join(family)}"
    return f"there are {', '.join(sorted({code[:3] for code in codes}))}"


def _codes(texts: Iterable[str]) -> tuple[str, ...]:
    codes = [part.strip().upper() for text in texts for part in text.split(",") if part.strip()]
    for code in codes:
        if not _PREFIX.match(code):
            raise UsageError(f"{code!r} is not a rule code or prefix; write AS101, AS1 or ALL")
    return tuple("" if code == "ALL" else code for code in codes)


def _matches(prefix: str, code: str) -> bool:
    return code.startswith(prefix)
