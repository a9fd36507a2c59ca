"""What is wrong with a requirements file as a whole, above all on MWAA."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from airshift.pin.decisions import Answers, Decision, Request, Trap
from airshift.pin.document import Document, Line
from airshift.pin.grammar import ConstraintFile, Direct, Option, Package, parse_entry
from airshift.pin.in_the_image import missing_from_image
from airshift.pin.pins import OFFICIAL
from airshift.pin.versions import exact_version, find_release
from airshift.redact import has_credentials, redact_text

MWAA_OPT_OUT = re.compile(r"-c |--constraint ")
"""What MWAA looks for in every line, comments included, before it applies its own constraints."""

_OPT_OUT_MESSAGE = (
    "MWAA searches comments too: this one switches its own constraints off, "
    "so nothing keeps pip from replacing packages of the image"
)
_LIMIT_MINUTES = 9.0
_MINUTES_A_PACKAGE = 0.05
"""Estimated download and install of one wheel."""
_MINUTES_A_BUILD = 0.5
"""Estimated build of a package that the table of builds does not have."""


def find_traps(request: Request, decisions: Iterable[Decision], answers: Answers) -> Iterator[Trap]:
    """Yield the traps of the old documents, in file order, then the estimate for the new ones."""
    on_mwaa = request.image is not None
    for document in request.documents:
        for line in document.lines:
            yield from _of_line(line, document, request, on_mwaa=on_mwaa)
            if on_mwaa and MWAA_OPT_OUT.search(line.comment):
                yield Trap("commented_constraint", document.path, line.number, _OPT_OUT_MESSAGE)
    if on_mwaa and not any(_opts_out(document) for document in request.documents[:1]):
        first = request.documents[0].path if request.documents else ""
        message = (
            "no --constraint line: MWAA forces the constraints of its own image; "
            "what worked on the old image can fail on the new one"
        )
        yield Trap("missing_constraint", first, 1, message)
    if on_mwaa:
        yield from _install_time(request, decisions, answers)


def _of_line(line: Line, document: Document, request: Request, *, on_mwaa: bool) -> Iterator[Trap]:
    match line.entry:
        case ConstraintFile(location):
            yield from _constraint_line(location, line, document, request, on_mwaa=on_mwaa)
        case Option(flag, value) if flag in ("--index-url", "--extra-index-url", "--pypi-url"):
            message = f"packages come from {redact_text(value)}: the workers must reach it"
            if has_credentials(value):
                message += "; its credentials stand in the file, use ${VARIABLES} or a secret instead"
            yield Trap("private_index", document.path, line.number, message)
        case Option("--find-links" | "--no-index"):
            message = (
                "packages come from local wheels (plugins.zip): they must be built for "
                f"Python {request.python}; `airshift pin --wheelhouse` downloads them"
            )
            yield Trap("local_wheels", document.path, line.number, message)
        case Direct(target) if has_credentials(target):
            message = f"credentials stand in the file: {redact_text(target)}"
            yield Trap("credentials", document.path, line.number, message)
        case _:
            return


def _constraint_line(
    location: str, line: Line, document: Document, request: Request, *, on_mwaa: bool
) -> Iterator[Trap]:
    match = OFFICIAL.search(location)
    if match and (match["branch"] != request.target.version or match["python"] != request.python):
        message = (
            f"the constraints are those of {match['branch']} on Python {match['python']}, the target is "
            f"{request.target.version} on Python {request.python}"
        )
        yield Trap("stale_constraint", document.path, line.number, message)
    if on_mwaa and not MWAA_OPT_OUT.search(line.raw):
        message = (
            "MWAA does not recognise this spelling and adds its own constraints on top; "
            "write `--constraint URL` with a blank"
        )
        yield Trap("unrecognised_constraint", document.path, line.number, message)


def _opts_out(document: Document) -> bool:
    return any(
        MWAA_OPT_OUT.search(line.raw) or isinstance(line.entry, ConstraintFile) for line in document.lines
    )


def _install_time(request: Request, decisions: Iterable[Decision], answers: Answers) -> Iterator[Trap]:
    entries = [parse_entry(decision.after or "") for decision in decisions]
    packages = [entry for entry in entries if isinstance(entry, Package)]
    table, path = request.tables, request.documents[0].path if request.documents else ""
    total = _MINUTES_A_PACKAGE * max(len(packages), len(missing_from_image(answers.lock, request)))
    for package in packages:
        if package.key not in table.build_minutes and not _is_source_only(package, answers):
            continue
        minutes = table.build_minutes.get(package.key, _MINUTES_A_BUILD)
        total += minutes
        message = f"{package.key} has no wheel and is built from source, about {minutes:g} min (estimate)"
        if needs := table.build_needs.get(package.key):
            message += f"; it needs {needs}, which a startup script has to install"
        yield Trap("source_only", path, 1, message)
    if total > _LIMIT_MINUTES * 0.8:
        message = f"the install may take about {total:.0f} min (estimate); MWAA stops it after nine"
        yield Trap("slow_install", path, 1, message)


def _is_source_only(package: Package, answers: Answers) -> bool:
    release = find_release(answers.releases.get(package.key, {}), exact_version(package.specifier))
    return release is not None and release.source and not release.wheel
