"""Work done at each parse: Variables, connections, network and databases.

Airflow 3 answers Variable and connection look-ups of a DAG file through the API server, one call each
(https://airflow.apache.org/docs/apache-airflow/stable/best-practices.html).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import Call, ModuleFacts
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.places import Moment, places_of
from airshift.rules.variable_templates import LATER, as_template

CODES: tuple[str, ...] = ("AS903", "AS904")
TRIGGERS: tuple[bytes, ...] = (b"airflow",)
_LOOKUPS = frozenset(
    f"airflow.{owner}"
    for owner in (
        "models.Variable.get",
        "models.variable.Variable.get",
        "sdk.Variable.get",
        "sdk.Connection.get",
        "models.Connection.get_connection_from_secrets",
        "models.connection.Connection.get_connection_from_secrets",
        "hooks.base.BaseHook.get_connection",
        "hooks.base_hook.BaseHook.get_connection",
        "sdk.BaseHook.get_connection",
        "sdk.bases.hook.BaseHook.get_connection",
    )
)
_NETWORK = frozenset(
    {
        *(
            f"{module}.{verb}"
            for module in ("requests", "httpx")
            for verb in ("get", "post", "put", "request", "head")
        ),
        "urllib.request.urlopen",
        "psycopg2.connect",
        "pymysql.connect",
        "snowflake.connector.connect",
        "pandas.read_sql",
        "pandas.read_sql_query",
    }
)
_CLIENTS = frozenset({"boto3.client", "boto3.resource"})
_HOOK_WORK = frozenset(
    {"get_records", "get_first", "get_pandas_df", "get_df", "run", "get_conn", "list_keys", "read_key"}
)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield look-ups and calls that happen whenever the file is parsed."""
    if profile(facts.path) is not Profile.DAG or b"airflow" not in facts.source.utf8:
        return
    places = places_of(facts)
    for call in facts.calls:
        if call.names & _LOOKUPS and _at_parse(facts, call):
            name = min(call.names & _LOOKUPS)
            rewrites = as_template(facts, context, call) if name.endswith("Variable.get") else ()
            yield Hit(
                "AS903",
                span_of(facts, call.node),
                f"`{facts.source.segment(call.node.func)}()` runs at each parse: one call to the API "
                "server on Airflow 3, "
                "and a new DAG version when the value changes. Use a template such as `{{ var.value.name "
                "}}`, or read it "
                "in the task.",
                symbol=".".join(name.split(".")[-2:]),
                rewrites=rewrites,
                unsafe=LATER if rewrites else "",
            )
        elif call.names & _NETWORK and _at_parse(facts, call):
            yield _network(facts, call.node, min(call.names & _NETWORK))
    for site in facts.names.calls:
        function = site.node.func
        if not isinstance(function, ast.Attribute):
            continue
        reaches = facts.instance_of(function.value) & _CLIENTS or _works(facts, function)
        if reaches and places.moment(site.scope, site.node) is Moment.PARSE:
            yield _network(facts, site.node, function.attr)


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
