"""Options of airflow.cfg that code reads and that moved or are gone (rules/config.toml).

https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any, cast

from airshift.engine.facts import Call, ModuleFacts, literal_text
from airshift.findings import Kind, Severity
from airshift.fix.rewrites import ReplaceExpression, Rewrite
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.places import Moment, places_of

CODES: tuple[str, ...] = ("AS716",)
TRIGGERS: tuple[bytes, ...] = (b"conf",)
_OWNERS = frozenset({"airflow.configuration.conf", "airflow.configuration", "airflow.sdk.conf"})
_METHODS = frozenset(
    {
        *("get", "getint", "getfloat", "getboolean", "getlist", "getjson", "getimport", "gettimedelta"),
        *("getenum", "getenumlist", "get_mandatory_value", "get_mandatory_list_value"),
    }
)
_ELSEWHERE = frozenset({"core.sql_alchemy_conn", "database.sql_alchemy_conn"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield readings of options that the target no longer has under that name."""
    options = cast("Mapping[str, Mapping[str, Any]]", context.catalogue.rows("config", "options") or {})
    for call in facts.calls:
        if not any(_reads(name) for name in call.names):
            continue
        section, key = (_argument(call, *place) for place in ((0, "section"), (1, "key")))
        name = f"{literal_text(section)}.{literal_text(key)}"
        if section is None or key is None or name not in options or name in _ELSEWHERE:
            continue
        yield from _judge(facts, call, name, options[name], context, (section, key))


def _reads(name: str) -> bool:
    owner, _, method = name.rpartition(".")
    return owner in _OWNERS and method in _METHODS


def _argument(call: Call, index: int, name: str) -> ast.expr | None:
    keyword = call.keyword(name)
    if keyword is not None:
        return keyword.value
    return call.node.args[index] if len(call.node.args) > index else None


def _judge(
    facts: ModuleFacts,
    call: Call,
    name: str,
    row: Mapping[str, Any],
    context: RuleContext,
    arguments: tuple[ast.expr, ast.expr],
) -> Iterator[Hit]:
    minor = ".".join(str(part) for part in context.target.release[:2])
    if minor in row.get("present", ()):
        return
    honoured = minor in row.get("honoured", ())
    has_fallback = call.keyword("fallback") is not None
    new = _new_name(row, context)
    yield Hit(
        "AS716",
        span_of(facts, call.node),
        f"`[{name.replace('.', '] ', 1)}` {_outcome(honoured, has_fallback, minor)}; {_advice(row, new)}.",
        symbol=name,
        rewrites=_rename(facts, arguments, new) if new and "value" not in row else (),
        kind=_kind(facts, call, quiet=honoured or has_fallback),
        severity=Severity.WARNING if honoured or has_fallback or _is_test(facts) else None,
    )


def _outcome(honoured: bool, has_fallback: bool, minor: str) -> str:
    if honoured:
        return (
            f"is read under its new name on {minor}, and is an AirflowConfigException where that is not set"
        )
    if has_fallback:
        return f"is gone on {minor}, so the fallback is used whatever is configured"
    return f"is gone on {minor} (AirflowConfigException)"


def _advice(row: Mapping[str, Any], new: str) -> str:
    if new:
        caution = f" ({row['value']})" if "value" in row else ""
        return f"read `[{new.replace('.', '] ', 1)}`{caution}"
    note = str(row.get("note", "")).rstrip(".")
    return f"{note[:1].lower()}{note[1:]}" if note else "drop it"


def _new_name(row: Mapping[str, Any], context: RuleContext) -> str:
    since = tuple(int(part) for part in str(row.get("since", "3.0")).split("."))
    return str(row.get("to", "")) if since <= context.target.release[:2] else ""


def _rename(facts: ModuleFacts, arguments: tuple[ast.expr, ast.expr], new: str) -> tuple[Rewrite, ...]:
    section, _, key = new.partition(".")
    return tuple(
        ReplaceExpression(node, f"{(quote := facts.source.segment(node)[-1])}{text}{quote}")
        for node, text in zip(arguments, (section, key), strict=True)
        if literal_text(node) != text
    )


def _kind(facts: ModuleFacts, call: Call, *, quiet: bool) -> Kind:
    if quiet:
        return Kind.BEHAVIOUR
    at_parse = places_of(facts).moment(call.site.scope, call.node) is Moment.PARSE
    return Kind.PARSE if at_parse and not _is_test(facts) else Kind.RUNTIME


def _is_test(facts: ModuleFacts) -> bool:
    return profile(facts.path) is Profile.TEST
