"""What files around the code take from their platform and do not find on MWAA."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around.document import Document, Span
from airshift.around.examine import examine
from airshift.around.kinds import FileKind, kind_of
from airshift.around.nodes import Mapping, Scalar, read_nodes
from airshift.around.report import report
from airshift.errors import SourceError
from airshift.findings import Finding
from airshift.platforms.model import Platform, Tables
from airshift.platforms.requirements import check_requirements
from airshift.platforms.versions import check_versions
from airshift.targets import Target

_INSTALL = re.compile(
    r"\b(?:apt-get|apt|apk|yum|dnf|microdnf)\s+(?:-\S+\s+)*(?:install|add)\b(?P<rest>(?:\\\r?\n|[^&;|\n])*)"
)
_PACKAGE = re.compile(r"(?<!\S)(?P<name>[a-z0-9][a-z0-9+.:_-]+?)(?:[=~<>]\S*)?(?=\s|\\|$)")
_AIRFLOW = re.compile(r"airflow|astro-runtime|astronomer", re.IGNORECASE)
_SOCKET = re.compile(r"/var/run/docker\.sock")
_COMMENT = re.compile(r"(?m)^[ \t]*#[^\n]*")
_SHELL = frozenset({FileKind.SHELL, FileKind.MAKEFILE, FileKind.YAML, FileKind.CURLY, FileKind.LOOSE})
_SETTINGS = frozenset(
    {FileKind.CFG, FileKind.ENV, FileKind.DOCKERFILE, FileKind.YAML, FileKind.JSON, FileKind.LOOSE}
)


def check_file(path: str, raw: bytes, platform: Platform, target: Target) -> Iterator[Finding]:
    """Yield what a file that is no Python means for the move."""
    tables = Tables.of(platform)
    name = path.rpartition("/")[2]
    kind = kind_of(path, raw)
    try:
        document = Document.from_bytes(path, raw)
    except SourceError:
        return
    thing = tables.named("file", name)
    if thing is not None:
        yield from report("AS858", document, (0, 0), f"{name}: {thing.advice}.", target, symbol=name)
    if name == "packages.txt" and platform is Platform.ASTRO:
        yield from _listed_packages(document, target)
    if kind is None or path.endswith((".py", ".pyi")):
        return
    if kind is FileKind.REQUIREMENTS:
        yield from check_requirements(document, target)
    if kind is FileKind.DOCKERFILE and _AIRFLOW.search(document.text):
        yield from _installed_packages(document, target)
    if kind in (FileKind.DOCKERFILE, FileKind.REQUIREMENTS, FileKind.YAML, FileKind.JSON, FileKind.CURLY):
        yield from check_versions(document, tables, target)
    if kind in _SETTINGS:
        yield from _settings(path, raw, tables, target)
    if kind is FileKind.YAML:
        yield from _yaml(document, target)
    if kind in _SHELL or kind is FileKind.DOCKERFILE:
        yield from _commands(document, tables, target)
    if kind is FileKind.ENV or kind is FileKind.DOCKERFILE:
        yield from _variables(document, tables, target)


def _without_comments(document: Document) -> str:
    return _COMMENT.sub(lambda comment: " " * len(comment.group()), document.text)


def _installed_packages(document: Document, target: Target) -> Iterator[Finding]:
    text = _without_comments(document)
    for install in _INSTALL.finditer(text):
        for package in _PACKAGE.finditer(text, install.start("rest"), install.end("rest")):
            yield from _package(document, package.span("name"), package["name"], target)


def _listed_packages(document: Document, target: Target) -> Iterator[Finding]:
    for line in re.finditer(r"(?m)^[ \t]*(?P<name>[^\s#]+)", document.text):
        yield from _package(document, line.span("name"), line["name"], target)


def _package(document: Document, span: Span, name: str, target: Target) -> Iterator[Finding]:
    message = (
        f"The image of MWAA may not have `{name}`: install what Amazon Linux has for it in the start-up script, or "
        "run what needs it in a container."
    )
    yield from report("AS854", document, span, message, target, symbol=name)


def _settings(path: str, raw: bytes, tables: Tables, target: Target) -> Iterator[Finding]:
    examined = examine(path, raw, target)
    if examined.document is None:
        return
    for setting in examined.settings:
        name = ".".join(setting.name)
        row = tables.option(name, setting.value)
        if row is not None:
            yield from report(
                row.code, examined.document, setting.key, f"{name}: {row.advice}.", target, symbol=name
            )


def _yaml(document: Document, target: Target) -> Iterator[Finding]:
    for found in _SOCKET.finditer(_without_comments(document)):
        message = "The Docker socket is mounted; workers of MWAA have no Docker daemon."
        yield from report("AS855", document, found.span(), message, target, symbol="docker.sock")
    if "replicas" not in document.text or not _AIRFLOW.search(document.text):
        return
    try:
        roots = read_nodes(document)
    except SourceError:
        return
    for root in roots:
        scheduler = root.get("scheduler") if isinstance(root, Mapping) else None
        replicas = scheduler.get("replicas") if isinstance(scheduler, Mapping) else None
        if isinstance(replicas, Scalar) and replicas.value.isdigit() and int(replicas.value) > 1:
            message = f"{replicas.value} schedulers: on MWAA give the environment `Schedulers` (2 to 5)."
            yield from report("AS860", document, replicas.span, message, target, symbol="scheduler.replicas")


def _commands(document: Document, tables: Tables, target: Target) -> Iterator[Finding]:
    text = _without_comments(document)
    for thing in tables.things:
        if thing.where != "shell":
            continue
        for found in thing.pattern.finditer(text):
            message = f"`{' '.join(found.group().split())}`: {thing.advice}."
            yield from report("AS858", document, found.span(), message, target, symbol=found.group())


def _variables(document: Document, tables: Tables, target: Target) -> Iterator[Finding]:
    for found in re.finditer(
        r"(?m)^[ \t]*(?:export[ \t]+|ENV[ \t]+)?(?P<name>[A-Z][A-Z0-9_]+)[ \t]*=", document.text
    ):
        thing = tables.named("env", found["name"])
        if thing is not None:
            message = f"{found['name']}: {thing.advice}."
            yield from report("AS858", document, found.span("name"), message, target, symbol=found["name"])
