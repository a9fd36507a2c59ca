"""Names that Airflow 3 no longer sets, read by Jinja: in the strings of a module and in template files.

https://airflow.apache.org/docs/apache-airflow/stable/templates-ref.html
"""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.templates import Template, TemplateName, is_template, parse_template
from airshift.findings import Kind, Severity
from airshift.fix.rewrites import ReplaceText, Rewrite
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.context_keys import RemovedKey, removed_keys
from airshift.rules.template_strings import TemplateString, rendered

CODES: tuple[str, ...] = ("AS305", "AS306", "AS307")
TRIGGERS: tuple[bytes, ...] = (b"{{", b"{%")


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every removed name that a rendered string reads."""
    found = rendered(facts)
    keys = removed_keys(context.catalogue)
    code = "AS306" if found.lenient else "AS305"
    for text in found.strings:
        template = text.template()
        if template.error:
            yield _broken(facts, text, template)
            continue
        for name in template.names:
            key = keys.get(name.name)
            if key is not None and name.name not in found.macros:
                yield _in_string(facts, code, text, name, key)


def _broken(facts: ModuleFacts, text: TemplateString, template: Template) -> Hit:
    message = f"Jinja cannot parse this template: {template.error} (line {template.error_line} of the text)."
    severity = None if text.is_literal else Severity.INFO
    return Hit("AS307", span_of(facts, text.node), message, severity=severity)


def _in_string(
    facts: ModuleFacts, code: str, text: TemplateString, name: TemplateName, key: RemovedKey
) -> Hit:
    place = text.span(facts, *name.spans[0]) if name.spans else None
    rewrites: tuple[Rewrite, ...] = ()
    if place is not None and key.jinja:
        rewrites = (ReplaceText(*place, replacement(name, key)),)
    return Hit(
        code,
        place or span_of(facts, text.node),
        message(name, key, lenient=code == "AS306"),
        key.name,
        rewrites,
        key.unsafe if rewrites else "",
        kind=Kind.BEHAVIOUR if name.guarded else None,
    )


def replacement(name: TemplateName, key: RemovedKey) -> str:
    """The Jinja expression that replaces the name where it stands."""
    if " | " not in key.jinja or (name.printed and not name.attrs):
        return key.jinja
    return f"({key.jinja})"


def message(name: TemplateName, key: RemovedKey, *, lenient: bool) -> str:
    """What happens to the name, and what to write."""
    if name.guarded:
        effect = "is never defined, so the fallback is always taken"
    elif lenient:
        effect = "renders as nothing"
    else:
        effect = "fails the task with UndefinedError"
    return f"The template name `{key.name}` is gone since Airflow 3.0 and {effect}. {key.advice}"


def check_template_file(text: str, context: RuleContext, *, reachable: bool = True) -> list[Hit]:
    """Judge a template file; spans are bytes of its UTF-8 text.

    A file that no DAG is seen to render may be meant for something else: its hits are warnings. Names that
    `user_defined_macros` of the DAG sets are for the caller to leave out, by the hit's symbol.
    """
    if not is_template(text):
        return []
    template = parse_template(text)
    if template.error:
        return [_broken_file(text, template)] if reachable else []
    keys = removed_keys(context.catalogue)
    return [
        _in_file(text, name, keys[name.name], reachable=reachable)
        for name in template.names
        if name.name in keys
    ]


def _in_file(text: str, name: TemplateName, key: RemovedKey, *, reachable: bool) -> Hit:
    rewrites: tuple[Rewrite, ...] = ()
    if name.spans:
        start, end = name.spans[0]
        span = _bytes(text, start), _bytes(text, end)
        rewrites = (ReplaceText(*span, replacement(name, key)),) if key.jinja else ()
    else:
        span = _line(text, name.line)
    severity = None if reachable else Severity.WARNING
    kind = Kind.BEHAVIOUR if name.guarded else None
    unsafe = key.unsafe if rewrites else ""
    shown = message(name, key, lenient=False)
    return Hit("AS305", span, shown, key.name, rewrites, unsafe, kind=kind, severity=severity)


def _broken_file(text: str, template: Template) -> Hit:
    return Hit(
        "AS307", _line(text, template.error_line), f"Jinja cannot parse this template: {template.error}."
    )


def _bytes(text: str, characters: int) -> int:
    return len(text[:characters].encode("utf-8", "surrogatepass"))


def _line(text: str, line: int) -> tuple[int, int]:
    """Bytes of a line, counted from 1, without its end."""
    lines = text.split("\n")
    line = max(1, min(line, len(lines)))
    start = sum(len(item.encode("utf-8", "surrogatepass")) + 1 for item in lines[: line - 1])
    return start, start + len(lines[line - 1].rstrip("\r").encode("utf-8", "surrogatepass"))
