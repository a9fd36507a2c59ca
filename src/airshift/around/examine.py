"""Read one file around the code: the options it sets, what is wrong with it, why it could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around import command_places, env_lines, services
from airshift.around.cfg import read_cfg
from airshift.around.curly import read_curly
from airshift.around.document import Document
from airshift.around.kinds import FileKind, is_relevant, kind_of
from airshift.around.mappings import KEYS as MAPPING_KEYS
from airshift.around.mappings import read_mappings
from airshift.around.matches import Match, to_findings
from airshift.around.nodes import Node, read_nodes
from airshift.around.option_checks import check_settings
from airshift.around.python_words import concerns_python
from airshift.around.requirements_client import check_requirements
from airshift.around.rest import check_string
from airshift.around.setting import Setting
from airshift.around.shell_text import check_shell
from airshift.errors import SourceError
from airshift.findings import Finding, Problem
from airshift.records import dataclass
from airshift.targets import Target

_COMMENT = re.compile(r"(?m)^[ \t]*(?:#|//)[^\r\n]*")
_STARTUP = re.compile(r"startup[\w.-]*\.sh")
_TREE_KEYS = command_places.KEYS | MAPPING_KEYS | {"services"}
_TREE_TRIGGER = re.compile(
    rb"AIRFLOW__|(?i:irflow[_-]?configuration[_-]?options)|(?:\.cfg|\b(?:%b))[\"']?[ \t]*:"
    % "|".join(sorted(_TREE_KEYS)).encode()
)
"""What a YAML or JSON file must hold to set an option, run a command or be a compose file."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What one file gives."""

    document: Document | None = None
    settings: tuple[Setting, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    settings: tuple[Setting, ...] = ()
    matches: tuple[Match, ...] = ()
    problem: Problem | None = None


def examine(path: str, data: bytes, target: Target) -> Examined:
    """Read a file and judge it; a file of no interest gives nothing."""
    kind = kind_of(path, data)
    if kind is None or not is_relevant(kind, data):
        return Examined()
    if kind is FileKind.PYTHON and not concerns_python(data):
        return Examined()
    try:
        document = Document.from_bytes(path, data)
    except SourceError as error:
        return Examined(problem=Problem(path, error.reason, error.line))
    read = _read(kind, document, data, target)
    on_mwaa = kind is FileKind.SHELL and _STARTUP.fullmatch(path.rpartition("/")[2]) is not None
    findings = {
        (finding.code, finding.place, finding.symbol): finding
        for finding in (
            *check_settings(document, read.settings, target, on_mwaa=on_mwaa),
            *to_findings(document, read.matches, target),
        )
    }
    ordered = tuple(sorted(findings.values(), key=Finding.sort_key))
    return Examined(document, read.settings, ordered, read.problem)


def _read(kind: FileKind, document: Document, data: bytes, target: Target) -> _Read:
    urls = tuple(_urls(document))
    match kind:
        case FileKind.CFG:
            return _Read(tuple(read_cfg(document)))
        case FileKind.ENV:
            return _Read(tuple(env_lines.read_env_file(document)), urls)
        case FileKind.DOCKERFILE:
            return _Read(
                tuple(env_lines.read_dockerfile(document)),
                (*urls, *command_places.in_dockerfile(document, target)),
            )
        case FileKind.SHELL:
            return _Read(tuple(env_lines.read_shell(document)), (*urls, *check_shell(document.text, target)))
        case FileKind.MAKEFILE:
            return _Read(
                tuple(env_lines.read_shell(document)), (*urls, *command_places.in_makefile(document, target))
            )
        case FileKind.PROCFILE:
            commands = command_places.in_procfile(document, target)
            return _Read(
                tuple(env_lines.read_shell(document)), (*commands, *services.check_procfile(document))
            )
        case FileKind.YAML | FileKind.JSON:
            return _tree(document, urls, target) if _TREE_TRIGGER.search(data) else _Read((), urls)
        case FileKind.CURLY:
            return _Read(tuple(read_curly(document)), urls)
        case FileKind.PYTHON:
            return _python(document, data, target)
        case FileKind.REQUIREMENTS:
            return _Read((), tuple(check_requirements(document)))
        case FileKind.LOOSE:
            return _Read(tuple(env_lines.read_loose(document)), urls)


def _tree(document: Document, urls: tuple[Match, ...], target: Target) -> _Read:
    try:
        roots = read_nodes(document)
    except SourceError as error:
        template = "{{" in document.text or "<%" in document.text
        problem = None if template else Problem(document.path, error.reason, error.line)
        return _Read(tuple(env_lines.read_loose(document)), urls, problem)
    matches = (*urls, *command_places.in_nodes(document, roots, target), *_services(document, roots))
    return _Read(tuple(read_mappings(document, roots)), matches)


def _services(document: Document, roots: list[Node]) -> Iterator[Match]:
    if "override" not in document.path.rpartition("/")[2]:
        yield from services.check_compose(roots)


def _python(document: Document, data: bytes, target: Target) -> _Read:
    from airshift.around.python_calls import check_python
    from airshift.around.python_settings import read_python
    from airshift.engine.source import Source
    from airshift.engine.syntax import walk

    try:
        source = Source.from_bytes(document.path, data)
        nodes = tuple(walk(source.parse()))
        decoded = Document.from_bytes(document.path, source.utf8)
        return _Read(
            tuple(read_python(decoded, source, nodes)), tuple(check_python(decoded, source, nodes, target))
        )
    except (SourceError, RecursionError):
        return _Read()


def _urls(document: Document) -> Iterator[Match]:
    """URLs outside of comments."""
    text = document.text
    if not re.search(r"api/(?:v1|experimental)|/health", text):
        return
    about = re.search("airflow", text, re.IGNORECASE) is not None
    plain = _COMMENT.sub(lambda comment: " " * len(comment.group()), text)
    yield from check_string(plain, about_airflow=about)
