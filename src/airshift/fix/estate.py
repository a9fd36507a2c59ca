"""Fix an estate: read every file, decide in memory, write whole files, refuse what changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from difflib import diff_bytes, unified_diff

from airshift.atomic import write_bytes
from airshift.engine.project import Project
from airshift.engine.template_files import TemplateReference
from airshift.files import EstateFile, Listing, read_file
from airshift.findings import Problem
from airshift.fix.compat_templates import fix_templates
from airshift.fix.files import Compat, FileFix, fix_file
from airshift.fix.other_files import fix_others
from airshift.judge import is_candidate
from airshift.pool import Progress, each, worker_count
from airshift.records import dataclass
from airshift.redact import is_code, redact_source
from airshift.rules.base import ContextSpec, RuleContext
from airshift.scan import summaries
from airshift.select import Selection
from airshift.surroundings import is_around
from airshift.template_reach import dated_templates
from airshift.workers import total_size

_ESCAPES = {ord('"'): b'\\"', ord("\\"): b"\\\\", 9: b"\\t", 10: b"\\n", 13: b"\\r"}


@dataclass(frozen=True, slots=True)
class FixOptions:
    """What may be changed."""

    unsafe: bool = False
    selection: Selection = field(default_factory=Selection)
    silence: bool = False
    """Whether what is left gets suppression comments."""
    compat: Compat = Compat.OFF


def fix_listing(
    listing: Listing,
    context: RuleContext,
    options: FixOptions,
    progress: Progress | None = None,
    *,
    jobs: int = 1,
) -> Iterator[tuple[EstateFile, FileFix]]:
    """Work out the fix of every file that has anything to fix or to leave; nothing is written."""
    context = replace(context, template_dates=dated_templates(listing.files))
    modules = [file for file in listing.files if file.path.endswith(".py")]
    common = (ContextSpec.of(context), options, Project(summaries(modules)))
    workers = worker_count(jobs, total_size(modules))
    references: list[TemplateReference] = []
    requires: set[str] = set()
    for number, (file, found) in enumerate(
        zip(modules, each(_fix, common, modules, workers), strict=True), 1
    ):
        if progress is not None:
            progress(number, len(modules))
        if found is None:
            continue
        references += found.templates
        requires.update(found.requires)
        if found.changed or found.left or found.refused:
            yield file, found
    unsafe, selection = options.unsafe, options.selection
    if options.compat is Compat.BOTH:
        yield from fix_templates(listing, context, unsafe, selection, references)
    else:
        yield from fix_others(listing, context, unsafe, selection, references, requires)


def _fix(common: tuple[ContextSpec, FixOptions, Project], file: EstateFile) -> FileFix | None:
    spec, options, project = common
    raw = read_file(file)
    if isinstance(raw, Problem):
        return FileFix(file.path, b"", b"", refused=raw.reason)
    if not (is_candidate(raw) or is_around(file.path, raw) or file.path in project.by_path):
        return None
    return fix_file(
        file.path,
        raw,
        spec.context(),
        unsafe=options.unsafe,
        selection=options.selection,
        project=project,
        silence=options.silence,
        compat=options.compat,
    )


def write(file: EstateFile, fix: FileFix) -> FileFix:
    """Write a changed file whole; refuse when it is no longer what was read."""
    try:
        if file.location.read_bytes() != fix.before:
            return replace(fix, after=fix.before, fixed=(), refused="changed on disk since it was read")
        write_bytes(file.location, fix.after)
    except OSError as error:
        return replace(
            fix, after=fix.before, fixed=(), refused=f"cannot be written: {error.strerror or error}"
        )
    return fix


def unified(fixes: Iterable[FileFix]) -> bytes:
    """One patch for all changed files, as `git apply` takes it."""
    return b"".join(_file_patch(fix) for fix in fixes if fix.changed)


def shown_patch(fixes: Iterable[FileFix]) -> bytes:
    """The patch as it may be shown: values that look like secrets are masked, so it may not apply."""
    return b"".join(_shown(fix) for fix in fixes if fix.changed)


def _shown(fix: FileFix) -> bytes:
    text = _file_patch(fix).decode("utf-8", "surrogateescape")
    return redact_source(text, is_code=is_code(fix.path)).encode("utf-8", "surrogateescape")


def _file_patch(fix: FileFix) -> bytes:
    old, new = _patch_name("a/" + fix.path), _patch_name("b/" + fix.path)
    lines = diff_bytes(unified_diff, _lines(fix.before), _lines(fix.after), old, new)
    header = b"diff --git %s %s\n" % (old.rstrip(b"\t"), new.rstrip(b"\t"))
    body = b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines
    )
    return header + body


def _patch_name(path: str) -> bytes:
    """A file name as git writes it: quoted like a C string where needed, a tab behind one with spaces."""
    raw = path.encode("utf-8", "surrogateescape")
    if any(byte < 0x20 or byte == 0x7F or byte in b'"\\' for byte in raw):
        return b'"' + b"".join(_ESCAPES.get(byte) or _plain_or_octal(byte) for byte in raw) + b'"'
    return raw + (b"\t" if b" " in raw else b"")


def _plain_or_octal(byte: int) -> bytes:
    return b"%c" % byte if 0x20 <= byte != 0x7F else b"\\%03o" % byte


def _lines(data: bytes) -> list[bytes]:
    """Lines at line feeds only, as git counts them."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
