"""Short spellings for tests of checks around the code."""

from __future__ import annotations

from textwrap import dedent

from airshift.around import check_file
from airshift.around.fix import fix_file
from airshift.findings import Finding
from airshift.targets import parse_target

Short = tuple[str, int, str]
"""Code, line, symbol."""


def findings(path: str, text: str, target: str = "3.3.1") -> list[Finding]:
    """Findings of a file given as indented text."""
    return check_file(path, dedent(text).encode(), parse_target(target))


def found(path: str, text: str, target: str = "3.3.1") -> list[Short]:
    """The same, short."""
    return [(finding.code, finding.place.line, finding.symbol) for finding in findings(path, text, target)]


def fixed(path: str, text: str, target: str = "3.3.1", *, unsafe: bool = False) -> str:
    """The file after its fixes; fixing again changes nothing."""
    after = fix_file(path, dedent(text).encode(), parse_target(target), unsafe=unsafe).after
    again = fix_file(path, after, parse_target(target), unsafe=unsafe).after
    assert again == after
    return after.decode()
