"""Secrets backends, XCom backends, executors and log handlers of the user's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.fix.rewrites import ReplaceText
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.classes import accepts, derived, methods, name_span

CODES: tuple[str, ...] = ("AS707", "AS710", "AS711", "AS712")
TRIGGERS: tuple[bytes, ...] = (b"SecretsBackend", b".secrets", b"XCom", b"BaseExecutor", b"TaskHandler")
_XCOM_KEYWORDS = ("key", "task_id", "dag_id", "run_id", "map_index")
_BYTES = frozenset({"pickle.dumps", "cloudpickle.dumps", "dill.dumps"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield methods that Airflow 3 never calls or calls in another way."""
    for node in derived(facts, _is_secrets):
        yield from _secrets(facts, node)
    for node in derived(facts, _is_xcom):
        yield from _xcom(facts, node)
    for node in derived(facts, _is_executor):
        yield from _executor(facts, node)
    for node in derived(facts, _is_file_handler):
        yield from _file_handler(facts, node)


def _is_secrets(name: str) -> bool:
    return name.startswith("airflow.") and (name.endswith("SecretsBackend") or ".secrets." in name)


def _is_xcom(name: str) -> bool:
    return name.startswith("airflow.") and name.rpartition(".")[2] in ("BaseXCom", "XComObjectStorageBackend")


def _is_executor(name: str) -> bool:
    return name == "airflow.executors.base_executor.BaseExecutor"


def _is_file_handler(name: str) -> bool:
    return name.startswith("airflow.") and name.endswith("TaskHandler")


def _secrets(facts: ModuleFacts, node: ast.ClassDef) -> Iterator[Hit]:
    own = methods(node)
    old = own.get("get_conn_uri")
    if old is None or "get_conn_value" in own or "get_connection" in own:
        return
    span = name_span(facts, old)
    called = any(use.attrs[-1:] == ("get_conn_uri",) for use in facts.names.uses)
    yield Hit(
        "AS707",
        span,
        "`get_conn_uri` is never called since Airflow 3.0 and the connection is not found; name the method "
        "`get_conn_value`, which both versions call.",
        symbol="get_conn_uri",
        rewrites=() if called else (ReplaceText(*span, "get_conn_value"),),
    )


def _xcom(facts: ModuleFacts, node: ast.ClassDef) -> Iterator[Hit]:
    own = methods(node)
    for name in ("clear", "orm_deserialize_value", "get_many"):
        if name in own:
            advice = "`purge`" if name == "clear" else "`deserialize_value`"
            yield Hit(
                "AS710",
                name_span(facts, own[name]),
                f"`{name}` of an XCom backend is never called since Airflow 3.0; see {advice}.",
                symbol=f"BaseXCom.{name}",
            )
    serialize = own.get("serialize_value")
    if serialize is None:
        return
    if not accepts(serialize, *_XCOM_KEYWORDS):
        yield Hit(
            "AS710",
            name_span(facts, serialize),
            "`serialize_value` is called with key, task_id, dag_id, run_id and map_index since Airflow 3.0 "
            "(TypeError); "
            "accept `**kwargs`.",
            symbol="BaseXCom.serialize_value",
        )
    yield from _bytes(facts, serialize)


def _bytes(facts: ModuleFacts, serialize: FunctionNode) -> Iterator[Hit]:
    for inner in walk(serialize):
        if not isinstance(inner, ast.Call):
            continue
        is_attribute = isinstance(inner.func, ast.Attribute)
        decodes = is_attribute and inner.func.attr == "decode" and _is_serialized(facts, inner.func.value)  # type: ignore[attr-defined]
        returned = isinstance(facts.parents.get(id(inner)), ast.Return)
        encodes = returned and (
            (is_attribute and inner.func.attr == "encode") or bool(facts.names_of(inner.func) & _BYTES)  # type: ignore[attr-defined]
        )
        if decodes or encodes:
            yield Hit(
                "AS710",
                span_of(facts, inner),
                "`serialize_value` returns what JSON can hold since Airflow 3.0, no bytes: "
                + ("there is nothing to decode." if decodes else "return the object or the text itself."),
                symbol="BaseXCom.serialize_value",
            )


def _is_serialized(facts: ModuleFacts, node: ast.expr) -> bool:
    return any(
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "serialize_value"
        for value in facts.values_of(node)
    )


def _executor(facts: ModuleFacts, node: ast.ClassDef) -> Iterator[Hit]:
    own = methods(node)
    if "execute_async" in own and not {"queue_workload", "_process_workloads"} & own.keys():
        yield Hit(
            "AS711",
            name_span(facts, own["execute_async"]),
            "The scheduler of Airflow 3 hands workloads to `queue_workload` and `_process_workloads`, and "
            "never calls "
            "`execute_async`; the executor cannot run tasks without them.",
            symbol="BaseExecutor.execute_async",
        )


def _file_handler(facts: ModuleFacts, node: ast.ClassDef) -> Iterator[Hit]:
    initialiser = methods(node).get("__init__")
    for inner in walk(initialiser) if initialiser else ():
        if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
            continue
        template = next((k for k in inner.keywords if k.arg == "filename_template"), None)
        is_initialiser = inner.func.attr == "__init__" and _is_super(inner.func.value)
        if is_initialiser and (template is not None or len(inner.args) > 1):
            yield Hit(
                "AS712",
                span_of(facts, template or inner.args[1]),
                "FileTaskHandler lost `filename_template` in Airflow 3.0: the keyword is a TypeError and a "
                "second "
                "positional argument becomes `max_bytes`. Set [logging] log_filename_template.",
                symbol="filename_template",
            )


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
