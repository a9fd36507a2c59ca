"""The lines that the fix of a finding removes and adds, for `airshift check --format full`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from airshift.findings import Applicability, Finding

if TYPE_CHECKING:
    from airshift.engine.project import Project
    from airshift.quick_fixes import QuickFixes
    from airshift.rules.base import RuleContext

MOST = 300
"""Fixes that are worked out; a list that long is not read on a terminal, and each takes milliseconds."""
_NEWLINE = re.compile(r"\r\n|\r|\n")


class FixDiffs:
    """Diffs of single fixes; one file is kept at a time, so findings are best asked for in order."""

    def __init__(
        self, read: Callable[[str], bytes], context: RuleContext, project: Callable[[], Project]
    ) -> None:
        self._read = read
        self._context = context
        self._make_project = project
        self._left = MOST
        self._path = ""
        self._raw = b""
        self._fixes: QuickFixes | None = None

    @cached_property
    def _project(self) -> Project:
        return self._make_project()

    def lines(self, finding: Finding) -> Sequence[str]:
        """`- ...` and `+ ...` for each line that changes; nothing without a fix."""
        if not self._left or finding.applicability is Applicability.MANUAL:
            return ()
        path = finding.place.path
        if self._fixes is None or path != self._path:
            from airshift.quick_fixes import QuickFixes

            self._path, self._raw = path, self._read(path)
            self._fixes = QuickFixes(path, self._raw, self._context, self._project)
        after = self._fixes.after(finding)
        if after is None:
            return ()
        self._left -= 1
        return diff_lines(text_lines(self._raw), text_lines(after))


def text_lines(raw: bytes) -> list[str]:
    """The lines of a file, split where Python splits them."""
    return _NEWLINE.split(raw.decode("utf-8", "replace"))


def diff_lines(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The lines that differ, without those around them."""
    from difflib import SequenceMatcher

    found: list[str] = []
    for tag, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [f"- {line}" for line in before[start:end]]
            found += [f"+ {line}" for line in after[first:last]]
    return found
