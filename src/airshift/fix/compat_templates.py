"""`airshift fix --compat` on template files: what both versions render. Other files belong to one version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from airshift.engine.template_files import TemplateReference
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Finding
from airshift.fix.compat import new_member
from airshift.fix.files import FileFix, Held
from airshift.fix.other_files import fix_text
from airshift.rules.base import RuleContext
from airshift.select import Selection
from airshift.suppress import silence, suppressions
from airshift.surroundings import check_template
from airshift.template_reach import reached_templates


def fix_templates(
    listing: Listing,
    context: RuleContext,
    unsafe: bool,
    selection: Selection,
    references: Iterable[TemplateReference],
) -> Iterator[tuple[EstateFile, FileFix]]:
    """Work out the fix of every template file; nothing is written."""
    reached = reached_templates(listing.files, references)
    for file in listing.files:
        raw = read_file(file) if not file.path.endswith(".py") else None
        if not isinstance(raw, bytes):
            continue
        held: dict[Held, None] = {}

        def judge(text: bytes, file: EstateFile = file, held: dict[Held, None] = held) -> list[Finding]:
            found = check_template(file.path, text, context, reached.get(file.path))
            kept = selection.filter(silence(found, suppressions(text))[0])
            return [_for_both(finding, context, held) for finding in kept]

        found = fix_text(file, raw, judge, [], unsafe)
        if found.changed or found.left or found.refused:
            yield file, replace(found, held=tuple(held))


def _for_both(finding: Finding, context: RuleContext, held: dict[Held, None]) -> Finding:
    """The finding, without its fix if the source version would not understand the result."""
    for edit in finding.fix.edits if finding.fix is not None else ():
        texts = (edit.expected.decode("utf-8", "replace"), edit.text.decode("utf-8", "replace"))
        unknown = new_member(*texts, context.index, context.source, context.target)
        if unknown is not None:
            held[Held(finding.code, finding.place.line, f"{context.source.version} has no `{unknown}`")] = (
                None
            )
            return replace(finding, fix=None)
    return finding
