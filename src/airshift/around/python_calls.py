"""REST calls and airflow commands in Python: URLs, request bodies, boto3, subprocess, BashOperator."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from airshift.around.commands import check_command, check_words
from airshift.around.curl import check_shell_requests
from airshift.around.document import Document, Span
from airshift.around.matches import Match
from airshift.around.python_texts import docstrings, literal, span_of
from airshift.around.rest import check_body, check_mwaa_path, check_string, is_rest_url
from airshift.around.shellwords import Word
from airshift.engine.source import Source
from airshift.targets import Target

_ABOUT = re.compile(r"api/v1/(?:dags|eventLogs|importErrors|dagSources|dagStats|dagWarnings)\b")
_COMMAND_KEYS = frozenset({"bash_command", "command", "cmd", "cmds", "arguments"})
_RUNNERS = frozenset(
    [
        "run",
        "call",
        "check_call",
        "check_output",
        "Popen",
        "system",
        "popen",
        "getoutput",
        "getstatusoutput",
        "create_subprocess_shell",
        "create_subprocess_exec",
        "run_command",
        "exec_run",
        "exec_command",
    ]
)
_VERBS = frozenset({"get", "post", "put", "patch", "delete"})


def check_python(
    document: Document, source: Source, nodes: Sequence[ast.AST], target: Target
) -> Iterator[Match]:
    """Yield matches at characters of the document."""
    about = _ABOUT.search(document.text) is not None
    skipped = {id(node) for node in docstrings(nodes)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(value) for value in node.values)
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in skipped:
            found = literal(document, source, node)
            if found is not None and ("api/" in found.text or "/health" in found.text):
                yield from (found.placed(match) for match in check_string(found.text, about_airflow=about))
        elif isinstance(node, ast.Call):
            yield from _commands(document, source, node, target)
            yield from _requests(document, source, node)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "airflow_client.client.model."
        ):
            start = source.offset(node.lineno, node.col_offset)
            at = len(source.utf8[:start].decode("utf-8", "surrogatepass")) + len("from ")
            message = (
                f"{node.module} is in apache-airflow-client 2.x only, for REST v1; 3.x has client.models"
            )
            yield Match("AS824", (at, at + len(node.module or "")), message, node.module or "")


def _commands(document: Document, source: Source, node: ast.Call, target: Target) -> Iterator[Match]:
    values = [keyword.value for keyword in node.keywords if keyword.arg in _COMMAND_KEYS]
    if _called(node) in _RUNNERS:
        values += node.args[:1]
        values += [keyword.value for keyword in node.keywords if keyword.arg == "args"]
    for value in values:
        if isinstance(value, ast.List | ast.Tuple):
            words = [word for item in value.elts if (word := _word(document, source, item))]
            yield from check_words(words, document.text, target)
            continue
        found = literal(document, source, value)
        if found is not None:
            yield from (found.placed(match) for match in check_command(found.text, target))
            yield from (found.placed(match) for match in check_shell_requests(found.text))


def _word(document: Document, source: Source, item: ast.expr) -> Word | None:
    found = literal(document, source, item)
    if found is None:
        start, end = span_of(source, item)
        return Word("\0", start, end)
    quoted = (found.span,) if found.exact else ()
    return Word(found.text, *found.span, quoted)


def _requests(document: Document, source: Source, node: ast.Call) -> Iterator[Match]:
    named = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    called = _called(node)
    if called == "invoke_rest_api":
        yield from _invoke(document, source, named)
        return
    url = _url(document, source, node, named)
    if url is None:
        return
    text, span = url
    if _is_basic(named.get("auth")):
        where = span_of(source, named["auth"])
        message = "REST v2 does not accept user name and password; get a token from POST /auth/token"
        yield Match("AS823", where, message, "basic auth")
    method = _method(document, source, node, named)
    body = _dictionary(named.get("json") or named.get("data") or named.get("body"))
    if method is None:
        return
    if body is not None:
        yield from check_body(text, method, _keys(document, source, body), span_of(source, body))
    elif (
        not {"json", "data", "body"} & set(named)
        and len(node.args) < 2
        and None not in {k.arg for k in node.keywords}
    ):
        yield from check_body(text, method, {}, span)


def _invoke(document: Document, source: Source, named: dict[str, ast.expr]) -> Iterator[Match]:
    path = named.get("Path")
    found = literal(document, source, path) if path is not None else None
    if found is None:
        return
    yield from (found.placed(match) for match in check_mwaa_path(found.text))
    method = literal(document, source, named["Method"]) if "Method" in named else None
    body = named.get("Body")
    if method is None:
        return
    if isinstance(body, ast.Dict):
        yield from check_body(found.text, method.text, _keys(document, source, body), span_of(source, body))
    elif body is None:
        yield from check_body(found.text, method.text, {}, found.span)


def _url(
    document: Document, source: Source, node: ast.Call, named: dict[str, ast.expr]
) -> tuple[str, Span] | None:
    values = [*node.args[:2], *(named[name] for name in ("url", "endpoint") if name in named)]
    for value in values:
        found = literal(document, source, value)
        if found is not None and is_rest_url(found.text):
            return found.text, found.span
    return None


def _method(document: Document, source: Source, node: ast.Call, named: dict[str, ast.expr]) -> str | None:
    called = _called(node)
    if called in _VERBS:
        return called
    given = named.get("method", node.args[0] if called == "request" and node.args else None)
    found = literal(document, source, given) if given is not None else None
    if found is not None:
        return found.text
    return "POST" if called in ("SimpleHttpOperator", "HttpOperator") else None


def _dictionary(node: ast.expr | None) -> ast.Dict | None:
    """The dict display given, `json.dumps` around it looked through; None when keys are not all literal."""
    if isinstance(node, ast.Call) and _called(node) == "dumps" and node.args:
        node = node.args[0]
    if not isinstance(node, ast.Dict) or any(not isinstance(key, ast.Constant) for key in node.keys):
        return None
    return node


def _keys(document: Document, source: Source, body: ast.Dict) -> dict[str, Span]:
    found = {}
    for key in body.keys:
        text = literal(document, source, key) if key is not None else None
        if text is not None:
            found[text.text] = text.span
    return found


def _is_basic(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Tuple):
        return len(node.elts) == 2
    return isinstance(node, ast.Call) and _called(node) in ("HTTPBasicAuth", "BasicAuth")


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
