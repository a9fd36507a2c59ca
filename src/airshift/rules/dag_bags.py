"""DAGs that code, mostly tests, takes out of a DagBag: `bag.get_dag("a")`, `bag.dags["a"]`, loops over `bag.dags`."""

from __future__ import annotations

import ast

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Binding, FunctionNode
from airshift.engine.syntax import walk

DAG_BAGS = frozenset(
    {"airflow.models.DagBag", "airflow.models.dagbag.DagBag", "airflow.dag_processing.dagbag.DagBag"}
)
_LOOPS = (ast.For, ast.comprehension)


def is_dag_bag(facts: ModuleFacts, node: ast.expr) -> bool:
    """Whether an expression is a DagBag: made here, or by a fixture of the same file."""
    if isinstance(node, ast.Call):
        return bool(facts.names_of(node.func) & DAG_BAGS)
    if facts.instance_of(node) & DAG_BAGS:
        return True
    if not isinstance(node, ast.Name):
        return False
    bindings = facts.names.bindings_of(node)
    return any(isinstance(found.node, ast.arg) and _is_fixture(facts, found.name) for found in bindings)


def _is_fixture(facts: ModuleFacts, name: str) -> bool:
    for definition in facts.functions:
        node = definition.node
        if isinstance(node, FunctionNode) and node.name == name and node.decorator_list:
            given = [s.value for s in walk(node) if isinstance(s, ast.Return | ast.Yield) and s.value]
            return any(not isinstance(value, ast.Name) and is_dag_bag(facts, value) for value in given)
    return False


def is_bagged(facts: ModuleFacts, node: ast.expr) -> bool:
    """Whether an expression is a DAG out of a DagBag."""
    match node:
        case ast.Call(func=ast.Attribute(value=bag, attr="get_dag")):
            return is_dag_bag(facts, bag)
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=bag, attr="dags"), attr="get")):
            return is_dag_bag(facts, bag)
        case ast.Subscript(value=ast.Attribute(value=bag, attr="dags")):
            return is_dag_bag(facts, bag)
    return False


def is_looped(facts: ModuleFacts, binding: Binding) -> bool:
    """Whether a name takes the DAGs of a DagBag one by one: `for dag_id, dag in bag.dags.items()`."""
    target = binding.node
    parent = facts.parents.get(id(target))
    method = "values"
    if isinstance(parent, ast.Tuple) and len(parent.elts) == 2 and parent.elts[1] is target:
        parent, method = facts.parents.get(id(parent)), "items"
    match parent.iter if isinstance(parent, _LOOPS) else None:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=bag, attr="dags"), attr=called)):
            return called == method and is_dag_bag(facts, bag)
    return False
