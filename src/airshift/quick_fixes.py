"""What the fix of a single finding makes of its file, for diffs and for editors."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.errors import SourceError
from airshift.findings import Applicability, Finding
from airshift.judge import find_hits
from airshift.rules.base import Hit, RuleContext

if TYPE_CHECKING:
    from airshift.files import EstateFile
    from airshift.fix.estate import FixOptions
    from airshift.fix.files import FileFix


def fix_content(file: EstateFile, raw: bytes, context: RuleContext, options: FixOptions) -> FileFix:
    """Fix one file by its content alone, whatever kind of file it is."""
    from airshift.fix.files import fix_file
    from airshift.fix.other_files import fix_text
    from airshift.surroundings import check_other

    if not file.path.endswith((".py", ".pyi")):
        wanted = options.selection.at(file.path)
        return fix_text(
            file, raw, lambda data: wanted.filter(check_other(file.path, data, context)), [], options.unsafe
        )
    return fix_file(
        file.path,
        raw,
        context,
        unsafe=options.unsafe,
        selection=options.selection,
        silence=options.silence,
        compat=options.compat,
    )


class QuickFixes:
    """The fixes of one file, each by itself; the file is parsed when the first one is asked for."""

    def __init__(self, path: str, raw: bytes, context: RuleContext, project: Project | None = None) -> None:
        self._path = path
        self._raw = raw
        self._context = context
        self._project = project

    def after(self, finding: Finding) -> bytes | None:
        """The file with this finding fixed; None when it has no fix, or none that works alone."""
        if finding.applicability is Applicability.MANUAL:
            return None
        if finding.fix is not None:
            return self._edited(finding)
        return self._rewritten(finding)

    def _edited(self, finding: Finding) -> bytes | None:
        from airshift.around.fix import apply_to

        try:
            made, after = apply_to(self._path, self._raw, [finding], unsafe=True)
        except SourceError:
            return None
        return after if made else None

    def _rewritten(self, finding: Finding) -> bytes | None:
        from airshift.fix.apply import rewrite

        facts, hits = self._hits
        hit = next((hit for hit in hits if _is_of(facts, hit, finding)), None) if facts is not None else None
        if facts is None or hit is None:
            return None
        result = rewrite(facts, [hit])
        return facts.source.to_bytes(result.utf8) if result.applied else None

    @cached_property
    def _hits(self) -> tuple[ModuleFacts | None, tuple[Hit, ...]]:
        try:
            facts = ModuleFacts(Source.from_bytes(self._path, self._raw), self._project)
            return facts, tuple(hit for hit in find_hits(facts, self._context) if hit.rewrites)
        except (SourceError, RecursionError):
            return None, ()


def _is_of(facts: ModuleFacts, hit: Hit, finding: Finding) -> bool:
    return (hit.code, hit.symbol) == (finding.code, finding.symbol) and facts.source.place(
        *hit.span
    ) == finding.place
