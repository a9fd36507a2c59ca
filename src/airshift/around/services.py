"""Find deployments that start a scheduler but nothing that parses DAG files: compose files and Procfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around.document import Document, Span
from airshift.around.matches import Match
from airshift.around.nodes import Items, Mapping, Node, Scalar, walk
from airshift.findings import Applicability

_SCHEDULER = re.compile(r"(?:^|[\s;&/\"'])(?:airflow[\s\"',]+)?scheduler\b(?![-\w./=:])")
_PROCESSOR = re.compile(r"\b(?:dag-processor|standalone)\b")
_PROCESS = re.compile(r"(?m)^(?P<name>[\w-]+):[ \t]*(?P<line>[^\r\n]*)")
_MESSAGE = (
    "{} starts a scheduler but no dag-processor: Airflow 3 parses no DAG file without `airflow dag-processor`"
)


def check_compose(roots: list[Node]) -> Iterator[Match]:
    """Yield the scheduler service of a compose file without a DAG processor."""
    for root in roots:
        services = root.get("services") if isinstance(root, Mapping) else None
        if not isinstance(services, Mapping):
            continue
        commands = [(key, _command(value)) for key, value in services.pairs if isinstance(key, Scalar)]
        if any(_PROCESSOR.search(f"{key.value} {command}") for key, command in commands):
            return
        for key, command in commands:
            if _SCHEDULER.search(command):
                yield Match("AS833", key.span, _MESSAGE.format("the compose file"), "dag-processor")
                return


def check_procfile(document: Document) -> Iterator[Match]:
    """Yield the scheduler process of a Procfile without a DAG processor, and add one."""
    processes = list(_PROCESS.finditer(document.text))
    if any(_PROCESSOR.search(process["line"]) for process in processes):
        return
    for process in processes:
        if re.search(r"\bairflow\s+scheduler\b", process["line"]):
            yield _process(document, process)
            return


def _process(document: Document, process: re.Match[str]) -> Match:
    end = len(document.text)
    separator = "" if document.text.endswith("\n") else document.newline
    line = f"{separator}dag-processor: airflow dag-processor{document.newline}"
    at: Span = (end, end)
    message = _MESSAGE.format("the Procfile")
    return Match("AS833", process.span(), message, "dag-processor", ((at, line),), Applicability.SAFE)


def _command(service: Node) -> str:
    if not isinstance(service, Mapping):
        return ""
    parts = [service.get("entrypoint"), service.get("command")]
    texts = [
        node.value
        for part in parts
        if isinstance(part, Items | Scalar)
        for node in walk([part])
        if isinstance(node, Scalar)
    ]
    return " ".join(texts)
