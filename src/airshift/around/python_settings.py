"""Read Airflow options in Python: CDK and boto3 code, `os.environ`, test fixtures."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from airshift.around.document import Document, Span
from airshift.around.mappings import MWAA_KEYS
from airshift.around.setting import ENV_NAME, Setting, dotted_setting, env_setting
from airshift.engine.source import Source

_SETTERS = frozenset({"setdefault", "setenv", "putenv"})


def read_python(document: Document, source: Source, nodes: Iterable[ast.AST]) -> Iterator[Setting]:
    """Yield options set by literal keys."""
    for node in nodes:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                yield from _entry(document, source, key, value)
        elif isinstance(node, ast.keyword) and (node.arg or "").lower() in MWAA_KEYS:
            yield from _options(document, source, node.value)
        elif isinstance(node, ast.Assign):
            yield from _assigned(document, source, node)
        elif isinstance(node, ast.Call) and len(node.args) > 1 and _is_setter(node.func):
            yield from _variable(document, source, node.args[0], node.args[1])


def char_span(source: Source, document: Document, node: ast.expr) -> Span:
    """Characters of a node, without the quotes of a plain string."""
    start, end = (len(source.utf8[:at].decode("utf-8", "surrogatepass")) for at in source.span(node))
    text = document.text[start:end]
    quoted = isinstance(node, ast.Constant) and isinstance(node.value, str) and text[1:-1] == node.value
    return (start + 1, end - 1) if quoted else (start, end)


def _entry(document: Document, source: Source, key: ast.expr | None, value: ast.expr) -> Iterator[Setting]:
    if key is None:
        return
    text = _text(key)
    if text is not None and text.lower() in MWAA_KEYS:
        yield from _options(document, source, value)
    elif text is not None:
        yield from _variable(document, source, key, value)


def _options(document: Document, source: Source, options: ast.expr) -> Iterator[Setting]:
    if not isinstance(options, ast.Dict):
        return
    for key, value in zip(options.keys, options.values, strict=True):
        text = _text(key)
        if key is None or text is None:
            continue
        shown = _shown(value)
        found = dotted_setting(
            text, shown, char_span(source, document, key), _value_span(document, source, value)
        )
        if found is not None:
            yield found


def _assigned(document: Document, source: Source, node: ast.Assign) -> Iterator[Setting]:
    target = node.targets[0]
    if isinstance(target, ast.Subscript):
        text = _text(target.slice)
        if text is not None and text.lower() in MWAA_KEYS:
            yield from _options(document, source, node.value)
        else:
            yield from _variable(document, source, target.slice, node.value)
    elif isinstance(target, ast.Name) and target.id.lower() in MWAA_KEYS:
        yield from _options(document, source, node.value)


def _variable(document: Document, source: Source, key: ast.expr, value: ast.expr) -> Iterator[Setting]:
    text = _text(key)
    if text is None or not ENV_NAME.fullmatch(text):
        return
    span = char_span(source, document, key)
    found = env_setting(text, _shown(value), span, _value_span(document, source, value))
    if found is not None:
        yield found


def _is_setter(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and func.attr in _SETTERS


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _shown(node: ast.expr) -> str | None:
    return str(node.value) if isinstance(node, ast.Constant) else None


def _value_span(document: Document, source: Source, value: ast.expr) -> Span | None:
    text = _text(value)
    if text is None:
        return None
    span = char_span(source, document, value)
    return span if document.text[span[0] : span[1]] == text else None
