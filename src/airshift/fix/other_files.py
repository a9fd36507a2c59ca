"""Fix what is not Python: configuration, environment and ignore files, templates, requirements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath

from airshift.around.fix import apply_to
from airshift.engine.template_files import TemplateReference
from airshift.errors import SourceError
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Finding, Problem
from airshift.fix.files import ROUNDS, FileFix, fixed_finding
from airshift.rules.base import RuleContext
from airshift.select import Selection
from airshift.surroundings import check_other, check_whole
from airshift.targets import Target
from airshift.template_reach import reached_templates


def fix_others(
    listing: Listing,
    context: RuleContext,
    unsafe: bool,
    selection: Selection,
    references: Iterable[TemplateReference],
    requires: Iterable[str],
) -> Iterator[tuple[EstateFile, FileFix]]:
    """Work out the fix of every file that is not Python; nothing is written."""
    files = [file for file in listing.files if not file.path.endswith(".py")]
    reached = reached_templates(files, references)
    needed = _not_preinstalled(requires, context.target)
    of_the_whole: dict[str, list[Finding]] = {}
    for finding in selection.filter(list(check_whole(listing, context))):
        of_the_whole.setdefault(finding.place.path, []).append(finding)
    for file in files:
        raw = read_file(file)
        if isinstance(raw, Problem):
            continue
        judge = partial(_judged, file.path, context, selection, reached.get(file.path))
        found = fix_text(file, raw, judge, of_the_whole.get(file.path, []), unsafe)
        if _is_requirements(file.path) and needed:
            found = _with_requirements(found, needed)
        if found.changed or found.left or found.refused:
            yield file, found


def _judged(
    path: str, context: RuleContext, selection: Selection, reached: TemplateReference | None, raw: bytes
) -> list[Finding]:
    return selection.filter(check_other(path, raw, context, reached))


def fix_text(
    file: EstateFile, raw: bytes, judge: Callable[[bytes], list[Finding]], once: list[Finding], unsafe: bool
) -> FileFix:
    """Fix what `judge` finds until nothing is left; findings of the whole estate are worked on `once`."""
    after, fixed = raw, []
    try:
        made, after = apply_to(file.path, raw, once, unsafe=unsafe)
        fixed += made
        for _ in range(ROUNDS):
            made, after = apply_to(file.path, after, judge(after), unsafe=unsafe)
            fixed += made
            if not made:
                break
    except SourceError as error:
        return FileFix(file.path, raw, raw, refused=error.reason)
    left = [*(finding for finding in once if finding not in fixed), *judge(after)]
    return FileFix(file.path, raw, after, tuple(map(fixed_finding, fixed)), tuple(left))


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
