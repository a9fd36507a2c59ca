"""Judge what is not Python (and the settings in what is): templates, configuration, scripts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from airshift.errors import SourceError
from airshift.files import Listing, read_file
from airshift.findings import Applicability, Edit, Finding, Fix, Problem
from airshift.records import dataclass
from airshift.rules.base import Hit, RuleContext
from airshift.suppress import silence, suppressions
from airshift.template_reach import reached_templates

if TYPE_CHECKING:
    from airshift.around.examine import Examined
    from airshift.around.tree import Gathered
    from airshift.engine.source import Source
    from airshift.engine.template_files import TemplateReference

_RENDERED = frozenset(
    {".sql", ".hql", ".sh", ".bash", ".j2", ".jinja", ".jinja2", ".html", ".json", ".yaml", ".yml"}
)
"""Suffixes of files that operators render, should no DAG be seen to name the file."""
_SQL = frozenset({".sql", ".hql"})


@dataclass(frozen=True, slots=True)
class Configured:
    """An option as some file of the estate sets it, by the name that the target reads."""

    path: str
    option: str
    value: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Findings outside the Python code, options that are set, and files that could not be read."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    options: tuple[Configured, ...] = ()


def check_surroundings(
    listing: Listing,
    context: RuleContext,
    references: Iterable[TemplateReference],
    silent: Collection[str] = frozenset(),
) -> Surroundings:
    """Judge every file of a listing; `references` are the template files that its modules name.

    `silent` are Python files of which it is known that they give nothing.
    """
    reached = reached_templates(listing.files, references)
    gathered: Gathered | None = None
    findings: list[Finding] = []
    problems: list[Problem] = []
    for file in listing.files:
        if file.path in silent:
            continue
        raw = read_file(file)
        if isinstance(raw, Problem):
            if not file.path.endswith(".py"):
                problems.append(raw)
            continue
        found = check_template(file.path, raw, context, reached.get(file.path))
        if is_around(file.path, raw):
            examined = _examined(file.path, raw, context)
            gathered = _taken(gathered, file.path, raw, examined)
            found += examined.findings
            problems += [examined.problem] if examined.problem is not None else []
        findings += silence(found, suppressions(raw))[0] if found else []
    if gathered is None:
        return Surroundings(tuple(findings), tuple(problems))
    findings += _of_the_whole(listing, gathered, context)
    return Surroundings(tuple(findings), tuple(problems), tuple(_configured(gathered, context)))


def _taken(gathered: Gathered | None, path: str, raw: bytes, examined: Examined) -> Gathered:
    """Modules that most estates of nothing but Python never need are only imported here."""
    from airshift.around.tree import Gathered

    gathered = gathered or Gathered()
    gathered.take(path, raw, examined)
    return gathered


def _configured(gathered: Gathered, context: RuleContext) -> Iterator[Configured]:
    from airshift.around.options import Options

    for file in gathered.files:
        for setting in file.settings:
            if setting.value is not None and file.document is not None:
                name = Options.load().verdict(setting.name, context.target).to or setting.name
                yield Configured(file.document.path, ".".join(name), setting.value)


def check_other(
    path: str, raw: bytes, context: RuleContext, reached: TemplateReference | None = None
) -> list[Finding]:
    """Everything that is known about one file that is not Python, with fixes."""
    found = check_template(path, raw, context, reached)
    if is_around(path, raw):
        found += _examined(path, raw, context).findings
    return silence(found, suppressions(raw))[0] if found else []


def is_silent(path: str, raw: bytes, context: RuleContext) -> bool:
    """Whether a Python file gives nothing but what its code does: it sets no option and calls no API."""
    if not is_around(path, raw):
        return True
    examined = _examined(path, raw, context)
    return not (examined.settings or examined.findings or examined.problem)


def is_around(path: str, raw: bytes) -> bool:
    """Whether a file's bytes can concern anything but its Python code."""
    from airshift.around.kinds import IGNORE_FILE, FileKind, is_relevant, kind_of

    if path.rpartition("/")[2] == IGNORE_FILE:
        return True
    kind = kind_of(path, raw)
    if kind is FileKind.PYTHON:
        from airshift.around.python_words import concerns_python

        return is_relevant(kind, raw) and concerns_python(raw)
    return kind is not None and is_relevant(kind, raw)


def _examined(path: str, raw: bytes, context: RuleContext) -> Examined:
    from airshift.around.examine import examine

    return examine(path, raw, context.target)


def check_whole(listing: Listing, context: RuleContext) -> list[Finding]:
    """Findings that need all files, which are read for it."""
    from airshift.around.tree import gather

    gathered = gather(listing.root, [file.path for file in listing.files], context.target)
    return list(_of_the_whole(listing, gathered, context))


def _of_the_whole(listing: Listing, gathered: Gathered, context: RuleContext) -> Iterator[Finding]:
    from airshift.around.tree import check_estate

    paths = sorted([*(file.path for file in listing.files), *listing.idle])
    found = check_estate(paths, gathered, context.target, context.source)
    by_path = {file.path: file for file in listing.files}
    for path, group in groupby(sorted(found, key=Finding.sort_key), key=lambda finding: finding.place.path):
        raw = read_file(by_path[path])
        present = suppressions(raw) if isinstance(raw, bytes) else ()
        yield from silence(list(group), present)[0]


def check_template(
    path: str, raw: bytes, context: RuleContext, reached: TemplateReference | None
) -> list[Finding]:
    """Judge a template file: one a DAG names, or one that looks like one below a dags folder."""
    pure = PurePosixPath(path)
    guessed = pure.suffix in _RENDERED and "dags" in pure.parts
    holds_sql = pure.suffix in _SQL
    if pure.suffix == ".py" or not (reached or guessed):
        return []
    if not (holds_sql or b"{" in raw or b"AIRFLOW_CTX" in raw):
        return []
    from airshift.around.document import Document
    from airshift.engine.source import Source
    from airshift.engine.template_files import TemplateReference
    from airshift.judge import applicable
    from airshift.rules.templates import check_template_file

    try:
        text = Document.from_bytes(path, raw).text
    except SourceError:
        return []
    source = Source.from_text(path, text)
    known = reached or TemplateReference(path)
    hits = check_template_file(
        text, context, reachable=reached is not None, macros=known.macros, lenient=known.lenient
    )
    if holds_sql:
        from airshift.rules.metadata_sql import check_sql_file

        hits += check_sql_file(text, context, reachable=reached is not None)
    return [_finding(source, hit, context) for hit in hits if applicable(hit, context)]


def _finding(source: Source, hit: Hit, context: RuleContext) -> Finding:
    rule = context.catalogue.rule(hit.code)
    severity = hit.severity or rule.severity(context.target)
    assert severity is not None
    fix = _fix(source, hit)
    return Finding(
        code=hit.code,
        place=source.place(*hit.span),
        kind=hit.kind or rule.kind,
        severity=severity,
        message=hit.message,
        symbol=hit.symbol,
        applicability=fix.applicability if fix is not None else Applicability.MANUAL,
        fix=fix,
        effort=0 if fix is not None else rule.effort,
        reference=rule.reference,
    )


def _fix(source: Source, hit: Hit) -> Fix | None:
    from airshift.fix.rewrites import ReplaceText

    edits = tuple(
        Edit(change.start, change.end, source.utf8[change.start : change.end], change.text.encode())
        for change in hit.rewrites
        if isinstance(change, ReplaceText) and not change.imports
    )
    if not edits or len(edits) != len(hit.rewrites):
        return None
    return Fix(edits, Applicability.UNSAFE if hit.unsafe else Applicability.SAFE, hit.unsafe)
