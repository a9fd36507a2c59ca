"""Reading the metadata database's URL: Airflow 3 hands out a URL that cannot be opened."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import CallSite
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.verdicts import verdict_at

CODES: tuple[str, ...] = ("AS405",)
TRIGGERS: tuple[bytes, ...] = (b"sql_alchemy_conn", b"SQL_ALCHEMY_CONN")
_CONF = frozenset({"airflow.configuration.conf", "airflow.configuration", "airflow.sdk.conf", "airflow.conf"})
_READERS = frozenset({"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.__getitem__"})
_ADVICE = "ask the REST API v2 or the Task SDK for what the query was after"


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every reading of the URL through `conf` or the environment."""
    if profile(facts.path) is Profile.TEST:
        return
    for call in facts.calls:
        arguments = [literal_text(argument) for argument in call.node.args[:2]]
        owners = {name.rpartition(".")[0] for name in call.names if name.rpartition(".")[2].startswith("get")}
        if owners & _CONF and arguments[1:] == ["sql_alchemy_conn"]:
            yield _hit(facts, call.site, f"{arguments[0]}.sql_alchemy_conn")
        elif call.names & _READERS and arguments and _is_variable(arguments[0]):
            yield _hit(facts, call.site, arguments[0] or "")
    yield from _subscripts(facts)


def _subscripts(facts: ModuleFacts) -> Iterator[Hit]:
    for string in facts.names.strings:
        if not _is_variable(string.value if isinstance(string.value, str) else None):
            continue
        parent = facts.parents.get(id(string))
        if not isinstance(parent, ast.Subscript) or not isinstance(parent.ctx, ast.Load):
            continue
        use = facts.names.use_of.get(id(parent.value))
        if use is not None and "os.environ" in facts.names_of(parent.value):
            node = ast.copy_location(ast.Call(parent, [], []), parent)
            yield _hit(facts, CallSite(node, use.scope, use.block, use.order), str(string.value), parent)


def _is_variable(text: str | None) -> bool:
    return text is not None and text.startswith("AIRFLOW__") and "__SQL_ALCHEMY_CONN" in text


def _hit(facts: ModuleFacts, site: CallSite, symbol: str, at: ast.expr | None = None) -> Hit:
    node = at or site.node
    verdict = verdict_at(facts, site.scope, node)
    return Hit(
        "AS405",
        span_of(facts, node),
        "The URL of the metadata database reads `airflow-db-not-allowed:///` in DAG files and tasks of "
        "Airflow 3; "
        f"{_ADVICE}.",
        symbol=symbol,
        severity=verdict.severity,
    )
