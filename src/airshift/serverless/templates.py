"""Names in templates that the service does not offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airshift.engine.templates import is_template, parse_template
from airshift.estate.dags import strings_in
from airshift.serverless.ruleset import RuleSet


def foreign_names(value: Any, rules: RuleSet) -> Iterator[str]:
    """Names and macros in the texts of a value that the service does not know, in order."""
    for text in strings_in(value):
        if not is_template(text):
            continue
        for name in parse_template(text).names:
            if name.name not in rules.template_names:
                yield ".".join((name.name, *name.attrs))
            elif name.name == "macros" and name.attrs and name.attrs[0] not in rules.macros:
                yield f"macros.{name.attrs[0]}"
