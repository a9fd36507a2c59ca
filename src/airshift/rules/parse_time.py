"""Work done at each parse: Variables, connections, network and databases.

Airflow 3 answers Variable and connection look-ups of a DAG file through the API server, one call each
(https://airflow.apache.org/docs/apache-airflow/stable/best-practices.html).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import Call, ModuleFacts
from airshift.engine.lookups import LOOKUPS, REACHING, reached
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.places import Moment, places_of
from airshift.rules.variable_templates import LATER, as_template

CODES: tuple[str, ...] = ("AS903", "AS904")
TRIGGERS: tuple[bytes, ...] = (b"airflow",)
_PRICE = "one call to the API server on Airflow 3, and a new DAG version when the value changes"
_CLIENTS = frozenset({"boto3.client", "boto3.resource"})
_HOOK_WORK = frozenset(
    {"get_records", "get_first", "get_pandas_df", "get_df", "run", "get_conn", "list_keys", "read_key"}
)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield look-ups and calls that happen whenever the file is parsed."""
    if profile(facts.path) is not Profile.DAG or b"airflow" not in facts.source.utf8:
        return
    places = places_of(facts)
    through: dict[str, list[Call]] = {}
    for call in facts.calls if _may_know(facts) else ():
        if not _is_known(facts, call) or not _at_parse(facts, call):
            continue
        if call.names & LOOKUPS:
            yield _lookup(facts, context, call)
        elif call.names & REACHING:
            yield _network(facts, call.node, min(call.names & REACHING))
        else:
            through.setdefault(min(call.names), []).append(call)
    for name, calls in through.items():
        yield from _through(facts, name, calls)
    has_client = not _CLIENTS.isdisjoint(facts.called)
    for site in facts.names.calls if has_client or facts.names.attributes & _HOOK_WORK else ():
        function = site.node.func
        if not isinstance(function, ast.Attribute):
            continue
        is_client = has_client and facts.instance_of(function.value) & _CLIENTS
        reaches = is_client or _works(facts, function)
        if reaches and places.moment(site.scope, site.node) is Moment.PARSE:
            yield _network(facts, site.node, function.attr)


def _may_know(facts: ModuleFacts) -> bool:
    """Whether there is a call that `_is_known` could say yes to."""
    return bool(facts.project.by_path) or not (
        LOOKUPS.isdisjoint(facts.called) and REACHING.isdisjoint(facts.called)
    )


def _is_known(facts: ModuleFacts, call: Call) -> bool:
    """Whether it looks something up, reaches out, or calls something that the estate defines."""
    if call.names & LOOKUPS or call.names & REACHING:
        return True
    return call.certain and any(facts.project.defining(name, facts.path) for name in call.names)


def _lookup(facts: ModuleFacts, context: RuleContext, call: Call) -> Hit:
    name = min(call.names & LOOKUPS)
    rewrites = as_template(facts, context, call) if name.endswith("Variable.get") else ()
    return Hit(
        "AS903",
        span_of(facts, call.node),
        f"`{facts.source.segment(call.node.func)}()` runs at each parse: {_PRICE}. Use a template such as "
        "`{{ var.value.name }}`, or read it in the task.",
        symbol=_short(name),
        rewrites=rewrites,
        unsafe=LATER if rewrites else "",
    )


def _through(facts: ModuleFacts, name: str, calls: list[Call]) -> Iterator[Hit]:
    """The first call of a function of another module that looks something up, or reaches out, when it is called."""
    call = calls[0]
    elsewhere = [found for found in reached(facts.project, name, facts.path) if found.path != facts.path]
    shown = facts.source.segment(call.node.func)
    for code, names in (("AS903", LOOKUPS), ("AS904", REACHING)):
        found = [one for one in elsewhere if one.name in names]
        if not found:
            continue
        first = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        what = f"`{_short(first.name)}` ({first.path}:{first.line}{more})"
        often = f" {len(calls)} times" if len(calls) > 1 else ""
        message = (
            f"`{shown}()` calls {what}{often} at each parse: {_PRICE}. Read it in the task."
            if code == "AS903"
            else f"`{shown}()` reaches out{often} at each parse, by {what}; move it into a task."
        )
        yield Hit(code, span_of(facts, call.node), message, symbol=_short(first.name))


def _short(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def _at_parse(facts: ModuleFacts, call: Call) -> bool:
    return places_of(facts).moment(call.site.scope, call.node) is Moment.PARSE


def _works(facts: ModuleFacts, function: ast.Attribute) -> bool:
    if function.attr not in _HOOK_WORK:
        return False
    return any(
        name.startswith("airflow.") and name.endswith("Hook") for name in facts.instance_of(function.value)
    )


def _network(facts: ModuleFacts, node: ast.Call, symbol: str) -> Hit:
    return Hit(
        "AS904",
        span_of(facts, node),
        f"`{facts.source.segment(node.func)}()` reaches out at each parse, and the DAG changes with the "
        "answer; move it "
        "into a task.",
        symbol=symbol,
    )
