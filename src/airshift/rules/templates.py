"""Names that Airflow 3 no longer gives to Jinja: in the strings of a module and in template files.

https://airflow.apache.org/docs/apache-airflow/stable/templates-ref.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from airshift.engine.facts import ModuleFacts
from airshift.engine.templates import Template, TemplateName, is_template, parse_template
from airshift.findings import Severity
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.context_effects import variable_hits
from airshift.rules.template_names import Setting, template_hits
from airshift.rules.template_strings import TemplateString, rendered, template_references
from airshift.rules.xcom import only_pusher

__all__ = ["CODES", "TRIGGERS", "check", "check_template_file", "template_references"]

CODES: tuple[str, ...] = (
    "AS305",
    "AS306",
    "AS307",
    "AS308",
    "AS501",
    "AS502",
    "AS503",
    "AS504",
    "AS511",
    "AS512",
)
TRIGGERS: tuple[bytes, ...] = (b"{{", b"{%")


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield what the rendered strings of a module read and no longer get."""
    found = rendered(facts, context)
    for text in found.strings:
        template = text.template()
        if template.error:
            yield _broken(facts, text, template)
            continue
        span = span_of(facts, text.node)
        setting = Setting(
            text.text,
            partial(text.span, facts),
            lambda name, span=span: span,  # type: ignore[misc]
            found.macros,
            found.lenient,
            partial(only_pusher, facts),
        )
        yield from template_hits(template, setting, context)


def _broken(facts: ModuleFacts, text: TemplateString, template: Template) -> Hit:
    message = f"Jinja cannot parse this template: {template.error} (line {template.error_line} of the text)."
    severity = None if text.is_literal else Severity.INFO
    return Hit("AS307", span_of(facts, text.node), message, severity=severity)


def check_template_file(
    text: str,
    context: RuleContext,
    *,
    reachable: bool = True,
    macros: frozenset[str] = frozenset(),
    lenient: bool = False,
) -> list[Hit]:
    """Judge a template file; spans are bytes of its UTF-8 text.

    A file that no DAG is seen to render may be meant for something else, so its hits are warnings at most
    and a syntax error in it is none. `macros` and `lenient` come from the DAG (see `TemplateReference`).
    """
    hits = list(variable_hits(text))
    if is_template(text):
        hits += _file_hits(text, context, reachable, macros, lenient)
    return hits if reachable else [replace(hit, severity=Severity.WARNING) for hit in hits]


def _file_hits(
    text: str, context: RuleContext, reachable: bool, macros: frozenset[str], lenient: bool
) -> list[Hit]:
    template = parse_template(text)
    if template.error:
        span = _line(text, template.error_line)
        broken = Hit("AS307", span, f"Jinja cannot parse this template: {template.error}.")
        return [broken] if reachable else []

    def whole(name: TemplateName) -> tuple[int, int]:
        return _line(text, name.line)

    def locate(start: int, end: int) -> tuple[int, int]:
        first = _bytes(text, start)
        return first, first + len(text[start:end].encode("utf-8", "surrogatepass"))

    return list(template_hits(template, Setting(text, locate, whole, macros, lenient), context))


def _bytes(text: str, characters: int) -> int:
    return len(text[:characters].encode("utf-8", "surrogatepass"))


def _line(text: str, line: int) -> tuple[int, int]:
    """Bytes of a line, counted from 1, without its end."""
    lines = text.split("\n")
    line = max(1, min(line, len(lines)))
    start = sum(len(item.encode("utf-8", "surrogatepass")) + 1 for item in lines[: line - 1])
    return start, start + len(lines[line - 1].rstrip("\r").encode("utf-8", "surrogatepass"))
