"""Fix what is not Python: configuration, environment files, templates, requirements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from airshift.engine.source import Source
from airshift.errors import SourceError
from airshift.files import EstateFile, read_file
from airshift.findings import Applicability, Finding, Problem
from airshift.fix.files import ROUNDS, FileFix, Fixed
from airshift.rules.base import RuleContext
from airshift.select import Selection
from airshift.surroundings import check_other, reached_templates
from airshift.targets import Target


def fix_others(
    files: Sequence[EstateFile],
    context: RuleContext,
    *,
    unsafe: bool,
    selection: Selection,
    references: Iterable[tuple[str, str]],
    requires: Iterable[str],
) -> Iterator[tuple[EstateFile, FileFix]]:
    """Work out the fix of every file that is not Python; nothing is written."""
    reached = reached_templates(files, references)
    needed = _not_preinstalled(requires, context.target)
    for file in files:
        raw = read_file(file)
        if isinstance(raw, Problem):
            continue
        found = _fix_text(file, raw, context, unsafe, selection, reachable=file.path in reached)
        if _is_requirements(file.path) and needed:
            found = _with_requirements(found, needed)
        if found.changed or found.left:
            yield file, found


def _fix_text(
    file: EstateFile, raw: bytes, context: RuleContext, unsafe: bool, selection: Selection, *, reachable: bool
) -> FileFix:
    from airshift.around.edits import apply_fixes

    current, fixed = raw, []
    for _ in range(ROUNDS):
        findings = selection.filter(check_other(file.path, current, context, reachable=reachable))
        wanted = [finding for finding in findings if _may_fix(finding, unsafe)]
        try:
            source = Source.from_bytes(file.path, current) if wanted else None
            if source is None:
                break
            utf8, made = apply_fixes(
                source.utf8, [finding.fix for finding in wanted if finding.fix is not None]
            )
            after = source.to_bytes(utf8)
        except SourceError as error:
            return FileFix(file.path, raw, raw, refused=error.reason)
        if after == current:
            break
        applied = [finding for finding in wanted if finding.fix in made]
        fixed += [Fixed(finding.code, finding.place.line) for finding in applied]
        current = after
    left = selection.filter(check_other(file.path, current, context, reachable=reachable))
    return FileFix(file.path, raw, current, tuple(fixed), tuple(left))


def _may_fix(finding: Finding, unsafe: bool) -> bool:
    if finding.fix is None:
        return False
    return finding.applicability is Applicability.SAFE or (
        unsafe and finding.applicability is Applicability.UNSAFE
    )


def _is_requirements(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.startswith("requirements") and name.endswith((".txt", ".in"))


def _not_preinstalled(requires: Iterable[str], target: Target) -> list[str]:
    """What the rewritten code needs and the target does not have anyway."""
    from airshift.pin.store import images

    image = images().get(target.version) if target.platform == "mwaa" else None
    present = set(image.packages) if image is not None else set()
    return sorted(need for need in set(requires) if _name(need) not in present)


def _name(requirement: str) -> str:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    return canonicalize_name(Requirement(requirement).name)


def _with_requirements(found: FileFix, needed: Sequence[str]) -> FileFix:
    from airshift.pin.document import parse_document
    from airshift.pin.grammar import Package

    text = found.after.decode("utf-8", "surrogateescape")
    present = {
        line.entry.key for line in parse_document(text, found.path).lines if isinstance(line.entry, Package)
    }
    missing = [need for need in needed if _name(need) not in present]
    if not missing or not any(name.startswith("apache-airflow") for name in present):
        return found
    newline = "\r\n" if "\r\n" in text else "\n"
    start = text if not text or text.endswith("\n") else text + newline
    after = (start + "".join(need + newline for need in missing)).encode("utf-8", "surrogateescape")
    return FileFix(found.path, found.before, after, found.fixed, found.left, tuple(missing))
