"""DAGs that a task starts, or asks after, by REST, by command line or by Airflow's own functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airshift.estate.bodies import Call, calls_in
from airshift.estate.builder import TaskNode
from airshift.estate.dags import strings_in
from airshift.estate.link import Link
from airshift.estate.model import EdgeKind
from airshift.estate.modules import Modules
from airshift.estate.values import Function

_CLI = re.compile(r"\bairflow\s+(?:dags\s+trigger|trigger_dag)\s")
_CLI_TOKEN = re.compile(r"\A\s*dags\s+trigger\s")
"""What the command line endpoint of Amazon MWAA is sent: a command without `airflow`."""
_WORD = re.compile(r"""'[^']*'|"[^"]*"|[^\s'"|&;]+|[|&;]""")
_WITH_VALUE = frozenset(
    "-c --conf -e --exec-date -l --logical-date -o --output -r --run-id -S --subdir".split()
)
_ID = re.compile(r"[\w.-]+\Z")
_REST = re.compile(r"(?:\A|/)dags/([\w.-]+)/dagRuns\b")
_URL = re.compile(r"https?://[^\s'\"/]+")
_READING = re.compile(r"-X\s*GET\b|--request[ =]GET\b|\b(?:-G|--get)\b")
_MAYBE = (b"dagRuns", b"trigger_dag", b"TriggerDagRun", b"dags trigger", b"trigger'", b'trigger"')
"""Without one of these in its file a function starts no DAG."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A DAG that something starts (or, `reads`, only looks at)."""

    dag_id: str
    line: int
    reads: bool = False
    address: str = ""


def api_links(task: TaskNode, dag_id: str, modules: Modules | None = None) -> Iterator[Link]:
    """Links of one task; none of them is certain: whether the request is sent shows only at run time."""
    for request in _requests(task, modules):
        yield Link(
            dag_id, request.dag_id, EdgeKind.API, task.dag.path, request.line, task.task_id,
            ahead=not request.reads, certain=False, address=request.address,
        )  # fmt: skip


def _requests(task: TaskNode, modules: Modules | None) -> Iterator[_Request]:
    asks = task.operator.endswith("Sensor") or str(task.arguments.get("method", "")).upper() == "GET"
    for text in strings_in(task.arguments):
        yield from _in_text(text, task.line, reads=asks)
    function = task.arguments.get("python_callable")
    if isinstance(function, Function):
        yield from _in_function(function, modules)


def _in_text(text: str, line: int, *, reads: bool = False, address: str = "") -> Iterator[_Request]:
    for match in _CLI.finditer(text):
        if started := _triggered(text[match.end() :]):
            yield _Request(started, line, reads, address)
    for match in _REST.finditer(text):
        url = _last(_URL, text[: match.start()])
        yield _Request(match[1], line, reads or bool(_READING.search(text)), url or address)


def _triggered(words: str) -> str:
    """The DAG id among the words after `dags trigger`; empty when there is none."""
    skip = False
    for match in _WORD.finditer(words):
        word = match[0].strip("'\"")
        if skip:
            skip = False
        elif word in _WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            return word if _ID.match(word) else ""
    return ""


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.findall(text)
    return found[-1] if found else ""


def _in_function(function: Function, modules: Modules | None) -> Iterator[_Request]:
    calls = calls_in(function, modules, *_MAYBE)
    address = next((call.text("Name") for call in calls if call.name == "create_cli_token"), "")
    for call in calls:
        yield from _in_call(call, address)


def _in_call(call: Call, address: str) -> Iterator[_Request]:
    if call.name in ("trigger_dag", "TriggerDagRunOperator"):
        started = call.text("dag_id") or call.text("trigger_dag_id") or call.first
        if started:
            yield _Request(started, call.line)
    elif call.name == "invoke_rest_api":
        path, reads = call.text("Path"), call.text("Method").upper() == "GET"
        yield from _in_text(path, call.line, reads=reads, address=call.text("Name"))
    else:
        for value in (*call.arguments, *call.keywords.values()):
            for text in _texts(value):
                yield from _in_text(text, call.line, reads=call.name == "get", address=address)
                match = _CLI_TOKEN.search(text) if address else None
                if match and (started := _triggered(text[match.end() :])):
                    yield _Request(started, call.line, address=address)


def _texts(value: Any) -> Iterator[str]:
    """Strings, and a list of words as the command it is."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        yield " ".join(value)
    elif isinstance(value, str):
        yield value
