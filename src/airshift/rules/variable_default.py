"""`Variable.get(default_var=...)` on the class of the Task SDK, which calls the parameter `default`."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import Call, ModuleFacts
from airshift.findings import Kind
from airshift.fix.rewrites import ChangeKeyword
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.places import Moment, places_of

CODES: tuple[str, ...] = ("AS213",)
TRIGGERS: tuple[bytes, ...] = (b"default_var",)

_SDK = frozenset({"airflow.sdk.Variable.get", "airflow.sdk.definitions.variable.Variable.get"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every `default_var` that reaches the SDK's Variable."""
    for call in facts.calls:
        keyword = call.keyword("default_var") if call.names & _SDK else None
        if keyword is None:
            continue
        sure = call.names <= _SDK
        yield Hit(
            code="AS213",
            span=span_of(facts, keyword),
            message=_message(call),
            symbol="default_var",
            rewrites=(ChangeKeyword(call.node, keyword, "default"),) if sure else (),
            kind=Kind.PARSE if places_of(facts).moment(call.site.scope, call.node) is Moment.PARSE else None,
        )


def _message(call: Call) -> str:
    if call.names <= _SDK:
        return "`airflow.sdk.Variable.get` has no parameter `default_var`: write `default`."
    return (
        "`airflow.sdk.Variable.get` has no parameter `default_var` and Airflow 2 has no `default`: pass the "
        "default by position, as the second argument."
    )
