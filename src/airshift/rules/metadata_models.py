"""Queries and class methods of Airflow's mapped classes, and the supported way for each of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import Call, ModuleFacts
from airshift.engine.names import CallSite, FunctionNode
from airshift.engine.syntax import walk
from airshift.profiles import Profile, profile
from airshift.records import dataclass
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.dag_bags import is_dag_bag
from airshift.rules.metadata_rows import MetadataRows, Model, metadata_rows
from airshift.rules.verdicts import verdict_at

CODES: tuple[str, ...] = ("AS402", "AS403")
TRIGGERS: tuple[bytes, ...] = (b"airflow", b"DagRun", b"TaskInstance", b"DagModel", b"XCom")
_WRITES = frozenset(
    {"add", "add_all", "merge", "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"}
)
_NEEDS_SESSION = frozenset({"get", "execute", "delete", "refresh", "get_one", *_WRITES})
_STATEMENTS = {"query": "read", "scalar": "read", "scalars": "read"}
_QUERIES = _NEEDS_SESSION | _STATEMENTS.keys()
_SQLALCHEMY = {
    "sqlalchemy.select": "read",
    "sqlalchemy.future.select": "read",
    "sqlalchemy.sql.select": "read",
    "sqlalchemy.delete": "delete",
    "sqlalchemy.update": "write",
    "sqlalchemy.insert": "write",
}
_CHAINED = {"count": "count", "delete": "delete", "update": "write"}


@dataclass(frozen=True, slots=True)
class _Access:
    site: CallSite
    model: Model
    operation: str
    text: str


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every access to Airflow's tables through a model or a function of Airflow."""
    rows = metadata_rows(context.catalogue)
    for call in () if rows.functions.keys().isdisjoint(facts.called) else facts.calls:
        name = next(iter(sorted(call.names & rows.functions.keys())), None)
        if name is not None:
            yield _hit(facts, call.site, name.rpartition(".")[2], name, rows.functions[name])
    if b"DagBag" in facts.source.utf8 and profile(facts.path) is not Profile.TEST:
        yield from _dag_bag(facts)
    for access in _accesses(facts, rows):
        advice = access.model.advice(access.operation)
        yield _hit(facts, access.site, access.text, f"{access.model.name}", advice)


def _dag_bag(facts: ModuleFacts) -> Iterator[Hit]:
    """`DagBag().get_dag(...)` asks the database whether the DAG has changed; tests may do that."""
    for site in facts.names.calls:
        function = site.node.func
        if not isinstance(function, ast.Attribute) or function.attr != "get_dag":
            continue
        if is_dag_bag(facts, function.value):
            yield _hit(
                facts, site, "DagBag.get_dag", "DagBag.get_dag", "use GET /api/v2/dags/{dag_id}/details"
            )


def _hit(facts: ModuleFacts, site: CallSite, text: str, symbol: str, advice: str) -> Hit:
    verdict = verdict_at(facts, site.scope, site.node)
    return Hit(
        "AS402" if verdict.at_parse else "AS403",
        span_of(facts, site.node),
        f"`{text}` works on the metadata database: {verdict.where}; {advice}.",
        symbol=symbol,
        kind=verdict.kind,
        severity=verdict.severity,
    )


def _accesses(facts: ModuleFacts, rows: MetadataRows) -> Iterator[_Access]:
    database = frozenset(name for name in facts.called if name in _SQLALCHEMY or rows.model_of(name))
    if not database and _QUERIES.isdisjoint(facts.names.attributes):
        return
    covered: set[int] = set()
    by_node = {id(call.site.node): call for call in facts.calls}
    for site in facts.names.calls:
        call = by_node.get(id(site.node))
        if id(site.node) in covered or not (
            _is_query(site.node.func) or (call and not database.isdisjoint(call.names))
        ):
            continue
        access = _class_method(facts, call, rows) or _session_call(facts, site, rows)
        if access is None:
            access = _statement(facts, call, rows)
        if access is not None:
            covered.update(id(node) for node in walk(site.node))
            yield access


def _is_query(function: ast.expr) -> bool:
    """Whether it is named like a method of a session."""
    return isinstance(function, ast.Attribute) and function.attr in _QUERIES


def _class_method(facts: ModuleFacts, call: Call | None, rows: MetadataRows) -> _Access | None:
    for name in sorted(call.names) if call else ():
        found = rows.model_of(name)
        if call is None or found is None or len(found[1]) != 1:
            continue
        operation = found[0].operations.get(found[1][0])
        if operation is not None:
            return _Access(call.site, found[0], operation, f"{found[0].name}.{found[1][0]}")
    return None


def _session_call(facts: ModuleFacts, site: CallSite, rows: MetadataRows) -> _Access | None:
    function = site.node.func
    if not isinstance(function, ast.Attribute):
        return None
    method = function.attr
    if method not in _STATEMENTS and not (
        method in _NEEDS_SESSION and _is_session(facts, function.value, rows)
    ):
        return None
    model = _model_in(facts, site.node, rows)
    if model is None:
        return None
    return _Access(site, model, _operation(facts, site.node, method), f"{method}({model.name})")


def _statement(facts: ModuleFacts, call: Call | None, rows: MetadataRows) -> _Access | None:
    found = sorted(call.names & _SQLALCHEMY.keys()) if call else []
    if call is None or not found:
        return None
    model = _model_in(facts, call.node, rows)
    if model is None:
        return None
    return _Access(call.site, model, _SQLALCHEMY[found[0]], f"{found[0].rpartition('.')[2]}({model.name})")


def _is_session(facts: ModuleFacts, node: ast.expr, rows: MetadataRows) -> bool:
    """A session that Airflow opened; a bare parameter `session` counts, the model in the call decides."""
    if isinstance(node, ast.Call):
        return bool(facts.names_of(node.func) & rows.sessions)
    if facts.instance_of(node) & rows.sessions or facts.names_of(node) & rows.sessions:
        return True
    bindings = facts.names.bindings_of(node)
    return any(isinstance(binding.node, ast.arg) and binding.name == "session" for binding in bindings)


def _model_in(facts: ModuleFacts, call: ast.Call, rows: MetadataRows) -> Model | None:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    for argument in arguments:
        for value in (argument, *facts.values_of(argument)):
            found = _first_model(facts, value, rows)
            if found is not None:
                return found
    return None


def _first_model(facts: ModuleFacts, node: ast.expr, rows: MetadataRows) -> Model | None:
    for inner in walk(node):
        if not isinstance(inner, ast.Name | ast.Attribute):
            continue
        parent = facts.parents.get(id(inner))
        if isinstance(parent, ast.Attribute):
            continue
        for name in sorted(facts.names_of(inner)):
            found = rows.model_of(name)
            # `Variable.get(...)` inside the arguments is a call of its own, not a query on the model.
            is_method = isinstance(parent, ast.Call) and parent.func is inner and found and len(found[1]) == 1
            if found is not None and not is_method:
                return found[0]
    return None


def _operation(facts: ModuleFacts, call: ast.Call, method: str) -> str:
    if method in _WRITES:
        return "write"
    if method == "delete":
        return "delete"
    for inner in walk(call):
        if isinstance(inner, ast.Call):
            names = facts.names_of(inner.func)
            if "sqlalchemy.func.count" in names:
                return "count"
            kinds = {_SQLALCHEMY[name] for name in names & _SQLALCHEMY.keys()} - {"read"}
            if kinds:
                return kinds.pop()
    return next((_CHAINED[name] for name in _chain(facts, call) if name in _CHAINED), "read")


def _chain(facts: ModuleFacts, node: ast.AST) -> Iterator[str]:
    """Names of the methods called on the result of `node`, innermost first."""
    parent = facts.parents.get(id(node))
    while isinstance(parent, ast.Attribute | ast.Call) and not isinstance(node, FunctionNode):
        if isinstance(parent, ast.Attribute):
            yield parent.attr
        elif parent.func is not node:
            return
        node, parent = parent, facts.parents.get(id(parent))
