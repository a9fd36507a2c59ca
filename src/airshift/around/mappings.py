"""Read Airflow options in YAML and JSON: compose and workflow environments, Helm values, CloudFormation,
what `aws mwaa get-environment` prints, and an airflow.cfg held in a ConfigMap.
"""

from __future__ import annotations

from collections.abc import Iterator

from airshift.around.cfg import read_held_cfg
from airshift.around.document import Document, Span
from airshift.around.nodes import Items, Mapping, Node, Scalar, walk
from airshift.around.setting import ENV_NAME, Setting, Spelling, dotted_setting, env_setting, split_suffix

MWAA_KEYS = frozenset(
    {"airflowconfigurationoptions", "airflow_configuration_options", "airflow-configuration-options"}
)
KEYS = frozenset({"config"})
"""Keys below which Helm values hold sections of airflow.cfg."""
_SECTIONS = frozenset(
    [
        "api",
        "celery",
        "cli",
        "core",
        "dag_processor",
        "database",
        "elasticsearch",
        "fab",
        "kubernetes",
        "kubernetes_executor",
        "logging",
        "metrics",
        "operators",
        "scheduler",
        "secrets",
        "sentry",
        "smtp",
        "triggerer",
        "webserver",
    ]
)


def read_mappings(document: Document, roots: list[Node]) -> Iterator[Setting]:
    """Yield every Airflow option that the documents set."""
    for node in walk(roots):
        if isinstance(node, Mapping):
            yield from _named_pair(document, node)
            for key, value in node.pairs:
                if isinstance(key, Scalar):
                    yield from _pair(document, node, key, value)
        elif isinstance(node, Items):
            for item in node.items:
                if isinstance(item, Scalar):
                    yield from _listed(document, node, item)


def _pair(document: Document, node: Mapping, key: Scalar, value: Node) -> Iterator[Setting]:
    if isinstance(value, Mapping):
        if key.value.lower() in MWAA_KEYS:
            yield from _mwaa(document, value)
        elif key.value in KEYS:
            yield from _helm(document, value)
    elif key.value.endswith(".cfg") and isinstance(value, Scalar) and value.block:
        yield from read_held_cfg(document, value.span)
    elif ENV_NAME.fullmatch(key.value):
        text, span = _text(value)
        whole = _own_line(document, node, key, value)
        yield from _some(env_setting(key.value, text, key.content or key.span, span, whole))


def _named_pair(document: Document, node: Mapping) -> Iterator[Setting]:
    name, value = node.get("name", "Name"), node.get("value", "Value")
    if isinstance(name, Scalar) and name.content and ENV_NAME.fullmatch(name.value):
        text, span = _text(value)
        yield from _some(env_setting(name.value, text, name.content, span))


def _listed(document: Document, node: Items, item: Scalar) -> Iterator[Setting]:
    variable, equals, text = item.value.partition("=")
    if not equals or item.content is None:
        return
    start = item.content[0]
    key, value = (start, start + len(variable)), (start + len(variable) + 1, item.content[1])
    lines = document.whole_lines(item.span)
    alone = not node.flow and len(node.items) > 1 and document.text[lines[0] : item.span[0]].strip() == "-"
    plain = None if "$" in text else text
    yield from _some(env_setting(variable, plain, key, value, lines if alone else None))


def _mwaa(document: Document, options: Mapping) -> Iterator[Setting]:
    for key, value in options.pairs:
        if isinstance(key, Scalar) and key.content:
            text, span = _text(value)
            whole = _own_line(document, options, key, value)
            yield from _some(dotted_setting(key.value, text, key.content, span, whole))


def _helm(document: Document, config: Mapping) -> Iterator[Setting]:
    named = [(key.value, value) for key, value in config.pairs if isinstance(key, Scalar)]
    if not any(section in _SECTIONS for section, _ in named):
        return
    for section, entries in named:
        if not isinstance(entries, Mapping):
            continue
        for key, value in entries.pairs:
            if isinstance(key, Scalar) and key.content:
                text, span = _text(value)
                name, suffix = split_suffix((section, key.value))
                whole = _own_line(document, entries, key, value)
                yield Setting(
                    name, None if suffix else text, Spelling.NESTED, key.content, span, whole, suffix
                )


def _text(value: Node | None) -> tuple[str | None, Span | None]:
    if not isinstance(value, Scalar) or "{{" in value.value or "${" in value.value:
        return None, None
    return value.value, value.content


def _own_line(document: Document, node: Mapping, key: Scalar, value: Node) -> Span | None:
    """The line of an entry that can go without leaving an empty mapping behind."""
    if node.flow or len(node.pairs) < 2 or not isinstance(value, Scalar) or value.block:
        return None
    lines = document.whole_lines((key.span[0], max(value.span[1], key.span[1])))
    alone = not document.text[lines[0] : key.span[0]].strip()
    return lines if alone and document.line_of(lines[0]) == document.line_of(lines[1] - 1) else None


def _some(setting: Setting | None) -> Iterator[Setting]:
    if setting is not None:
        yield setting
