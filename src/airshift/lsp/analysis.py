"""What an open document gives: findings and fixes, by the functions that standard input is checked with."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass, field
from pathlib import Path

from airshift.checking import rule_context
from airshift.config import Config, Given
from airshift.counted import file_at, is_excluded
from airshift.files import EstateFile
from airshift.findings import Finding, Problem
from airshift.fix.estate import FixOptions
from airshift.quick_fixes import QuickFixes, fix_content
from airshift.rules.base import RuleContext
from airshift.single import SingleResult, check_content
from airshift.targets import default_source


@dataclass(frozen=True, slots=True)
class Analysis:
    """An open document, judged."""

    file: EstateFile
    text: str
    encoding: str
    context: RuleContext
    config: Config
    result: SingleResult
    fixes: QuickFixes = field(compare=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, in order."""
        return self.result.findings

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the document could not be judged."""
        return self.result.problems

    def fixed(self, finding: Finding) -> str | None:
        """The document with one finding fixed; None when it has no fix."""
        return self._decoded(self.fixes.after(finding))

    def all_fixed(self) -> str | None:
        """The document with every safe fix; None when there is none."""
        options = FixOptions(selection=self.config.selection)
        found = fix_content(self.file, self._raw, self.context, options)
        return self._decoded(found.after) if found.changed else None

    def silenced(self, finding: Finding) -> str | None:
        """The Python document with a comment that silences one finding; None when that cannot be done."""
        from airshift.engine.source import Source
        from airshift.errors import SourceError
        from airshift.fix.silencing import with_suppressions

        if not self.file.path.endswith((".py", ".pyi")):
            return None
        try:
            source = Source.from_bytes(self.file.path, self._raw)
        except SourceError:
            return None
        after = source.to_bytes(with_suppressions(source, [finding]))
        return self._decoded(after) if after != self._raw else None

    @property
    def _raw(self) -> bytes:
        return self.text.encode(self.encoding, "replace")

    def _decoded(self, raw: bytes | None) -> str | None:
        return None if raw is None else raw.decode(self.encoding, "replace")


def analyse(location: Path, text: str, given: Given) -> Analysis:
    """Judge a document; raise UsageError when its settings are wrong."""
    file, config = file_at(location, given)
    encoding = _encoding(file.path, text)
    raw = text.encode(encoding, "replace")
    context = rule_context(config.target, config.source or default_source())
    left_out = is_excluded(file.location, config)
    result = SingleResult(()) if left_out else check_content(file.path, raw, context, config.selection)
    return Analysis(file, text, encoding, context, config, result, QuickFixes(file.path, raw, context))


def _encoding(path: str, text: str) -> str:
    """The encoding that the first lines of a Python file declare; Python would read the bytes with it."""
    if not path.endswith((".py", ".pyi")):
        return "utf-8"
    head = io.BytesIO("".join(text.splitlines(keepends=True)[:2]).encode("utf-8", "replace"))
    try:
        declared = tokenize.detect_encoding(head.readline)[0]
        text.encode(declared)
    except (SyntaxError, UnicodeError, LookupError):
        return "utf-8"
    return "utf-8" if declared == "utf-8-sig" else declared
