"""Timetables written by the user, and timetables asked for dates from DAG code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.project import parameter_names
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import DAG_CLASSES

CODES: tuple[str, ...] = ("AS610",)
TRIGGERS: tuple[bytes, ...] = (b"imetable",)
_ASKED = frozenset({"next_dagrun_info", "infer_manual_data_interval"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield methods of custom timetables that the scheduler of Airflow 3 calls otherwise."""
    for definition in facts.classes:
        node = definition.node
        if isinstance(node, ast.ClassDef) and _is_timetable(facts, node):
            yield from _members(facts, node)
    if context.target.release < (3, 2):
        return
    for site in facts.names.calls:
        match site.node.func:
            case ast.Attribute(value=ast.Attribute(value=owner, attr="timetable"), attr=method) if (
                method in _ASKED
            ):
                if facts.instance_of(owner) & DAG_CLASSES or (
                    isinstance(owner, ast.Name) and owner.id == "dag"
                ):
                    yield Hit(
                        "AS610",
                        span_of(facts, site.node.func),
                        f"`dag.timetable` is a definition without `{method}` since Airflow 3.2 "
                        "(AttributeError); "
                        "ask GET /api/v2/dags/{dag_id} for `next_dagrun_run_after`.",
                        symbol=f"timetable.{method}",
                    )


def _is_timetable(facts: ModuleFacts, node: ast.ClassDef) -> bool:
    names = {name for base in node.bases for name in facts.names_of(base)}
    names |= {ancestor for name in names for ancestor in facts.ancestors(name)}
    return any(name.startswith("airflow.timetables.") for name in names)


def _members(facts: ModuleFacts, node: ast.ClassDef) -> Iterator[Hit]:
    for item in node.body:
        if isinstance(item, FunctionNode) and item.name == "generate_run_id":
            parameters = parameter_names(item.args)
            if "run_after" not in parameters and "logical_date" in parameters:
                yield _hit(
                    facts,
                    next(a for a in (*item.args.args, *item.args.kwonlyargs) if a.arg == "logical_date"),
                    "`generate_run_id` is called with `run_after` instead of `logical_date` since Airflow "
                    "3.0 "
                    "(TypeError in the scheduler); rename the parameter.",
                    "generate_run_id",
                )
        elif isinstance(item, FunctionNode) and item.name == "dataset_condition":
            yield _named(facts, item, "dataset_condition")
        elif isinstance(item, ast.Assign):
            for target in item.targets:
                if isinstance(target, ast.Name) and target.id == "dataset_condition":
                    yield _named(facts, target, "dataset_condition")


def _named(facts: ModuleFacts, node: ast.expr | FunctionNode, name: str) -> Hit:
    new = name.replace("dataset", "asset")
    return _hit(
        facts, node, f"The attribute `{name}` of a timetable is `{new}` since Airflow 3.0; rename it.", name
    )


def _hit(facts: ModuleFacts, node: ast.expr | ast.arg | FunctionNode, message: str, symbol: str) -> Hit:
    span = span_of(facts, node)
    if isinstance(node, FunctionNode):
        start = facts.source.utf8.index(node.name.encode(), span[0])
        span = (start, start + len(node.name.encode()))
    return Hit("AS610", span, message, symbol=symbol)
