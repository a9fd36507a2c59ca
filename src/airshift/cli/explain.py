"""`airshift explain` and `airshift rules`: what the rules are and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.completing import complete_code

SHOWN_TARGETS = ("3.0.6", "3.2.1", "3.3.1", "3.3.2")


class RulesFormat(StrEnum):
    """How the rule list is printed."""

    TEXT = "text"
    JSON = "json"


def explain(
    code: Annotated[str, typer.Argument(help="A rule code such as AS101.", autocompletion=complete_code)],
) -> int:
    """Say what a rule finds, why, and what to write instead."""
    from airshift.catalogue import Catalogue
    from airshift.output.rules import explanation

    options.emit(explanation(Catalogue.load().rule(code), SHOWN_TARGETS), None)
    return 0


def rules(
    output_format: Annotated[
        RulesFormat, typer.Option("--format", "-f", help="How to print.")
    ] = RulesFormat.TEXT,
) -> int:
    """List every rule with its severity on each target."""
    from airshift.catalogue import Catalogue
    from airshift.output.rules import rules_document, rules_table

    known = Catalogue.load().rules.values()
    match output_format:
        case RulesFormat.TEXT:
            options.emit("\n".join(rules_table(known, SHOWN_TARGETS)), None)
        case RulesFormat.JSON:
            import json

            options.emit(json.dumps(rules_document(known, SHOWN_TARGETS), indent=2), None)
        case _:
            assert_never(output_format)
    return 0
