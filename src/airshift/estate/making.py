"""DAGs, groups and tasks that the calls of a DAG file make."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from airshift.estate.builder import DagBuilder, GroupNode, TaskNode, connect, nodes_in
from airshift.estate.model import Unknown
from airshift.estate.places import FileName
from airshift.estate.values import Instance

if TYPE_CHECKING:
    from airshift.estate.state import State


def new_dag(interpreter: State, options: dict[str, Any], line: int) -> DagBuilder:
    """Start a DAG; in uncertain code its existence is doubted."""
    dag_id = options.get("dag_id", Unknown("dag_id"))
    if not isinstance(dag_id, str) or isinstance(dag_id, FileName):
        dag_id = dag_id if isinstance(dag_id, Unknown) else Unknown(str(getattr(dag_id, "text", dag_id)))
    dag = DagBuilder(dag_id, options, line, interpreter.path, certainty=interpreter.uncertain)
    if interpreter.uncertain:
        dag.doubt("whether this DAG exists at all depends on a condition")
    if "**" in options:
        dag.doubt(f"arguments of the DAG at line {line}: {options['**'].expression}")
    interpreter.dags.append(dag)
    return dag


def _owner_dag(interpreter: State, options: dict[str, Any]) -> DagBuilder | None:
    given = options.get("dag")
    if isinstance(given, DagBuilder):
        return given
    group = options.get("task_group")
    if isinstance(group, GroupNode):
        return group.dag
    return interpreter.dag


def new_group(interpreter: State, options: dict[str, Any], node: ast.Call, *, unique: bool = False) -> Any:
    dag = _owner_dag(interpreter, options)
    parent = options.get("parent_group")
    if not isinstance(parent, GroupNode):
        parent = interpreter.group_stack[-1] if interpreter.group_stack else None
        if parent is not None and dag is not None and parent.dag is not dag:
            parent = None
    name = options.get("group_id")
    if dag is None or not isinstance(name, str):
        interpreter.doubt(f"task group at line {node.lineno}: {interpreter.text(node)}", edges=True)
        return interpreter.unknown(node)
    full = parent.label(name) if parent is not None else name
    if full in dag.groups or full in dag.tasks:
        if not unique and options.get("add_suffix_on_collision") is not True:
            dag.doubt(f"task group {full} at line {node.lineno} exists already")
        name = _suffixed(
            name, lambda candidate: (parent.label(candidate) if parent else candidate) in dag.groups
        )
        full = parent.label(name) if parent is not None else name
    dag.groups.add(full)
    prefix = options.get("prefix_group_id", True)
    defaults = options.get("default_args")
    group = GroupNode(name, dag, prefix is not False, parent, arguments=options)
    group.default_args = defaults if isinstance(defaults, dict) else {}
    if interpreter.is_doubtful(dag):
        dag.doubt(f"task group {full} at line {node.lineno} depends on a condition")
    if parent is not None:
        parent.members.append(group)
    return group


def _suffixed(name: str, taken: Any) -> str:
    number = 1
    while taken(f"{name}__{number}"):
        number += 1
    return f"{name}__{number}"


def new_operator(
    interpreter: State,
    dotted: str,
    keywords: dict[str, Any],
    node: ast.Call,
    arguments: list[Any] | None = None,
) -> Any:
    wanted = keywords.get("task_id", Unknown(f"task_id of {interpreter.text(node.func)}"))
    if (
        "task_id" not in keywords
        and arguments
        and dotted.startswith("airflow.")
        and isinstance(arguments[0], str)
    ):
        wanted = arguments[0]
    task = new_task(interpreter, wanted, dotted, keywords, node)
    if isinstance(task, TaskNode):
        data_edges(task, list(keywords.values()))
        task.is_setup = task.is_setup or keywords.get("is_setup") is True
    return task


def new_task(
    interpreter: State,
    wanted: Any,
    operator: str,
    options: dict[str, Any],
    node: ast.Call,
    *,
    unique: bool = False,
) -> Any:
    dag = _owner_dag(interpreter, options)
    if dag is None:
        if not isinstance(wanted, str) or interpreter.uncertain:
            return Instance(operator, (), options, interpreter.text(node))
        return TaskNode(wanted, operator, DagBuilder.nowhere(interpreter.path), node.lineno, options)
    if not isinstance(wanted, str):
        dag.doubt(f"task_id at line {node.lineno}: {getattr(wanted, 'expression', interpreter.text(node))}")
        dag.edges_unknown = True
        return interpreter.unknown(node)
    group = options.get("task_group")
    if not isinstance(group, GroupNode):
        group = interpreter.group_stack[-1] if interpreter.group_stack else None
        if group is not None and group.dag is not dag:
            group = None
    label = (lambda name: group.label(name)) if group is not None else (lambda name: name)
    name = label(wanted)
    if name in dag.tasks and unique:
        name = label(_suffixed(wanted, lambda candidate: label(candidate) in dag.tasks))
    if interpreter.is_doubtful(dag):
        dag.doubt(f"task {name} at line {node.lineno} depends on a condition")
        dag.edges_unknown = True
        return interpreter.unknown(node)
    inherited = _group_defaults(group)
    task = TaskNode(name, operator, dag, node.lineno, {**inherited, **options})
    dag.tasks[name] = task
    if group is not None:
        group.members.append(task)
    if interpreter.fixtures.active:
        interpreter.fixtures.note(task)
    return task


def _group_defaults(group: GroupNode | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while group is not None:
        found = {**group.default_args, **found}
        group = group.parent
    return found


def data_edges(task: TaskNode, values: list[Any]) -> None:
    """A task's result used as another one's argument makes an edge."""
    for value in values:
        for source in nodes_in(value):
            if source is not task and source.dag is task.dag:
                connect(source, task)


def is_operator(interpreter: State, dotted: str) -> bool:
    """Whether a dotted name is an operator or sensor class."""
    return interpreter.facts.is_operator(dotted)


def derives(interpreter: State, dotted: str, wanted: frozenset[str]) -> bool:
    return not dotted.startswith("airflow.") and bool(
        wanted.intersection(interpreter.facts.ancestors(dotted))
    )
