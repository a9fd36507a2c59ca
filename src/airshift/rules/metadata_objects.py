"""What XCom, Variable, Connection, hooks, DagBag and TaskInstance lost together with the database."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import Call, ModuleFacts
from airshift.fix.rewrites import ChangeKeyword, ReplaceExpression
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.data import applies, text_of
from airshift.rules.metadata_rows import MetadataRows, metadata_rows

CODES: tuple[str, ...] = ("AS408", "AS409", "AS410", "AS411", "AS412", "AS413")
TRIGGERS: tuple[bytes, ...] = (b"XCom", b"Variable", b"get_connection", b"DagBag", b"TaskInstance")
_XCOM = frozenset(
    {"airflow.models.XCom", "airflow.models.xcom.XCom", "airflow.models.xcom.BaseXCom", "airflow.sdk.XCom"}
)
_TASK_INSTANCE = frozenset({"airflow.models.TaskInstance", "airflow.models.taskinstance.TaskInstance"})
_DAGBAG = frozenset(
    {"airflow.models.DagBag", "airflow.models.dagbag.DagBag", "airflow.dag_processing.dagbag.DagBag"}
)
_STEM = "metadata_db"


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield uses of what the classes no longer have on the target."""
    rows = metadata_rows(context.catalogue)
    for use in facts.names.uses:
        if use.attrs:
            for name in sorted(facts.resolve(use.node).names):
                yield from _attribute(facts, use.node, name)
    for call in facts.calls:
        if call.names & _DAGBAG:
            yield from _dagbag(facts, call, context)
        elif call.names & _TASK_INSTANCE:
            yield from _task_instance(facts, call, context)
    for site in facts.names.calls:
        if isinstance(site.node.func, ast.Attribute):
            yield from _method(facts, site.node, site.node.func, rows, context)


def _attribute(facts: ModuleFacts, node: ast.expr, name: str) -> Iterator[Hit]:
    owner, _, attribute = name.rpartition(".")
    if owner in _XCOM and attribute in ("get_many", "clear", "orm_deserialize_value"):
        advice = {
            "get_many": "pull with `ti.xcom_pull(task_ids=[...], key=...)` or use `XCom.get_all(...)`",
            "clear": "use `XCom.delete(key=..., task_id=..., dag_id=..., run_id=...)` for each key",
            "orm_deserialize_value": "use `XCom.deserialize_value(...)`",
        }[attribute]
        message = f"`XCom.{attribute}` is gone since Airflow 3.0 (AttributeError); {advice}."
        yield Hit("AS408", span_of(facts, node), message, symbol=f"XCom.{attribute}")
    elif owner == "airflow.sdk.Variable" and attribute in (
        "setdefault",
        "update",
        "check_for_write_conflict",
    ):
        message = (
            f"`airflow.sdk.Variable` has no `{attribute}`; write it with `Variable.get` and `Variable.set`."
        )
        yield Hit("AS409", span_of(facts, node), message, symbol=f"Variable.{attribute}")


def _dagbag(facts: ModuleFacts, call: Call, context: RuleContext) -> Iterator[Hit]:
    for row in context.catalogue.rows(_STEM, "dagbag_keyword"):
        keyword = call.keyword(text_of(row, "name", f"rules/{_STEM}.toml: dagbag_keyword"))
        if keyword is None or not applies(row, context.target):
            continue
        yield Hit(
            "AS411",
            span_of(facts, keyword),
            f"`DagBag({keyword.arg}=...)` is a TypeError since Airflow {row['since']}; {row['advice']}.",
            symbol=f"DagBag.{keyword.arg}",
            rewrites=(ChangeKeyword(call.node, keyword, None),),
            unsafe=str(row["unsafe"]),
        )


def _task_instance(facts: ModuleFacts, call: Call, context: RuleContext) -> Iterator[Hit]:
    dated = call.keyword("execution_date")
    if dated is None and (context.target.release < (3, 1) or call.keyword("dag_version_id") is not None):
        return
    if any(keyword.arg is None for keyword in call.node.keywords):
        return
    reason = (
        "lost its argument `execution_date` in Airflow 3.0"
        if dated
        else "needs a `dag_version_id` since Airflow 3.1"
    )
    yield Hit(
        "AS413",
        span_of(facts, call.node),
        f"`TaskInstance(...)` {reason} (TypeError); run the DAG with `dag.test()`, or call the operator's "
        "`execute` with a context.",
        symbol="TaskInstance",
    )


def _method(
    facts: ModuleFacts, call: ast.Call, function: ast.Attribute, rows: MetadataRows, context: RuleContext
) -> Iterator[Hit]:
    if function.attr == "get_connections" and _is_hook(facts, function.value):
        yield _get_connections(facts, call, function)
    elif function.attr in rows.connection_methods and _is_connection(facts, function.value):
        attribute = rows.connection_methods[function.attr]
        owner = facts.source.segment(function.value)
        advice = (
            f"use `.{attribute}`" if attribute else "the Task SDK's connection is a plain object without it"
        )
        yield Hit(
            "AS412",
            span_of(facts, call),
            f"`{function.attr}()` is gone from connections in tasks of Airflow 3; {advice}.",
            symbol=f"Connection.{function.attr}",
            rewrites=(ReplaceExpression(call, f"{owner}.{attribute}"),) if attribute else (),
        )


def _get_connections(facts: ModuleFacts, call: ast.Call, function: ast.Attribute) -> Hit:
    parent = facts.parents.get(id(call))
    rewrites: tuple[ReplaceExpression, ...] = ()
    if (
        isinstance(parent, ast.Subscript)
        and isinstance(parent.slice, ast.Constant)
        and parent.slice.value == 0
    ):
        owner = facts.source.segment(function.value)
        arguments = facts.source.segment(call)[len(facts.source.segment(function)) :]
        rewrites = (ReplaceExpression(parent, f"{owner}.get_connection{arguments}"),)
    return Hit(
        "AS410",
        span_of(facts, call),
        "`get_connections` is gone since Airflow 3.0 (AttributeError); `get_connection` returns the one "
        "connection.",
        symbol="BaseHook.get_connections",
        rewrites=rewrites,
    )


def _is_hook(facts: ModuleFacts, node: ast.expr) -> bool:
    if isinstance(node, ast.Name) and node.id == "self":
        return any(_hook_class(facts, name) for name in _enclosing_class(facts, node))
    names = facts.names_of(node) | facts.instance_of(node)
    if isinstance(node, ast.Call):
        names |= facts.names_of(node.func)
    return any(_hook_class(facts, name) for name in names)


def _hook_class(facts: ModuleFacts, name: str) -> bool:
    return any(part.startswith("airflow.") and part.endswith("Hook") for part in facts.lineage(name))


def _enclosing_class(facts: ModuleFacts, node: ast.Name) -> Iterator[str]:
    use = facts.names.use_of.get(id(node))
    scope = use.scope.parent if use else None
    if scope is not None and isinstance(scope.node, ast.ClassDef):
        yield f"{facts.module}.{scope.qualname}" if facts.module else scope.qualname


def _is_connection(facts: ModuleFacts, node: ast.expr) -> bool:
    """The result of `get_connection` on a hook, directly or through a name."""
    for value in facts.values_of(node):
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            if value.func.attr == "get_connection" and _is_hook(facts, value.func.value):
                return True
            names = facts.names_of(value.func)
            if names & {
                "airflow.models.Connection.get_connection_from_secrets",
                "airflow.sdk.Connection.get",
            }:
                return True
    return False
