"""What `owner.attribute` means for the objects of a DAG file."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airshift.estate import builtin_calls, data_files
from airshift.estate.airflow_calls import expand_function, expand_operator
from airshift.estate.builder import DagBuilder, GroupNode, TaskNode, connect, nodes_in
from airshift.estate.data_files import TextFile
from airshift.estate.fixtures import Fixtures
from airshift.estate.making import is_operator
from airshift.estate.places import Located
from airshift.estate.values import Function, Instance, Method, Name, Opaque, PartialOperator

if TYPE_CHECKING:
    from airshift.estate.state import State


_TRIGGER_RULES = frozenset({"airflow.utils.trigger_rule.TriggerRule", "airflow.sdk.TriggerRule"})
_PASS_THROUGH = frozenset({"map", "zip", "concat", "filter", "flatten"})


def is_constant(dotted: str) -> bool:
    """Whether a dotted name is a member of an enumeration whose value is known."""
    return dotted.rpartition(".")[0] in _TRIGGER_RULES


def attribute(interpreter: State, owner: Any, node: ast.Attribute) -> Any:
    """The value of `owner.attr`."""
    name = node.attr
    if isinstance(owner, TaskNode):
        return _task_attribute(interpreter, owner, name, node)
    if isinstance(owner, GroupNode) and name in ("set_downstream", "set_upstream"):
        return Method(lambda args, kw, call: _set_relation(interpreter, owner, name, args, call))
    if isinstance(owner, GroupNode):
        return owner.path if name == "group_id" else interpreter.unknown(node)
    if isinstance(owner, DagBuilder):
        return _dag_attribute(interpreter, owner, name, node)
    if isinstance(owner, Function):
        return _function_attribute(interpreter, owner, name, node)
    if isinstance(owner, Fixtures) and name == "add_task":
        return Method(lambda args, kw, call: _note_work(owner, args))
    if isinstance(owner, Name):
        return _name_attribute(interpreter, owner, name)
    if isinstance(owner, Located):
        return data_files.attribute(interpreter, owner, node)
    if isinstance(owner, TextFile):
        return data_files.file_attribute(interpreter, owner, node)
    if isinstance(owner, Instance) and owner.dotted == "pathlib.Path":
        return _path_attribute(interpreter, owner, node)
    if isinstance(owner, PartialOperator) and name in ("expand", "expand_kwargs"):
        return Method(lambda args, kw, call: expand_operator(interpreter, owner, args, kw, call))
    if isinstance(owner, str | list | dict):
        return Method(lambda args, kw, call: builtin_calls.method(interpreter, owner, name, args, kw, call))
    inside = list(nodes_in(owner))
    if inside:
        return Opaque(tuple(inside), interpreter.text(node))
    return interpreter.unknown(node)


def _path_attribute(interpreter: State, path: Instance, node: ast.Attribute) -> Any:
    text = path.arguments[0] if path.arguments else None
    if isinstance(text, str) and node.attr in ("stem", "name", "suffix"):
        return getattr(PurePosixPath(text), node.attr)
    return interpreter.unknown(node)


def _task_attribute(interpreter: State, task: TaskNode, name: str, node: ast.Attribute) -> Any:
    if name in ("set_downstream", "set_upstream"):
        return Method(lambda args, kw, call: _set_relation(interpreter, task, name, args, call))
    if name in ("as_setup", "as_teardown"):
        return Method(lambda args, kw, call: _as_fixture(task, name, kw))
    if name == "task_id":
        return task.task_id
    if name == "dag":
        return task.dag
    if name in ("output", "operator"):
        return Opaque((task,), interpreter.text(node)) if name == "output" else task
    if name in _PASS_THROUGH:
        return Method(lambda args, kw, call: Opaque((task, *nodes_in(args)), interpreter.text(call)))
    return task.arguments.get(name, interpreter.unknown(node))


def _note_work(fixtures: Fixtures, arguments: list[Any]) -> None:
    for task in nodes_in(arguments):
        fixtures.note(task)


def _as_fixture(task: TaskNode, name: str, keywords: dict[str, Any]) -> TaskNode:
    task.is_setup, task.is_teardown = name == "as_setup", name == "as_teardown"
    for setup in nodes_in(keywords.get("setups", [])):
        setup.is_setup = True
        connect(setup, task)
    return task


def _set_relation(interpreter: State, node: Any, name: str, arguments: list[Any], call: ast.Call) -> None:
    others = arguments[0] if arguments else []
    dag = node.dag if isinstance(node, TaskNode | GroupNode) else interpreter.dag
    doubtful = interpreter.is_doubtful(dag)
    if doubtful or not (connect(node, others) if name == "set_downstream" else connect(others, node)):
        interpreter.doubt(f"edge at line {call.lineno}: {interpreter.text(call)}", edges=True)


def _dag_attribute(interpreter: State, dag: DagBuilder, name: str, node: ast.Attribute) -> Any:
    if name == "dag_id":
        return dag.dag_id
    if name == "task":
        return Name("airflow.decorators.task")
    if name == "add_task":
        return Method(lambda args, kw, call: _add_tasks(dag, args))
    if name in ("default_args", "params", "start_date"):
        return dag.arguments.get(name, interpreter.unknown(node))
    return interpreter.unknown(node)


def _add_tasks(dag: DagBuilder, arguments: list[Any]) -> None:
    for task in nodes_in(arguments):
        task.join(dag)


def _function_attribute(interpreter: State, function: Function, name: str, node: ast.Attribute) -> Any:
    if name == "override":
        return Method(lambda args, kw, call: _with_options(function, kw))
    if name == "partial":
        return Method(lambda args, kw, call: _with_partial(function, kw))
    if name in ("expand", "expand_kwargs"):
        return Method(lambda args, kw, call: expand_function(interpreter, function, args, kw, call))
    if name == "__name__":
        return function.name
    return interpreter.unknown(node)


def _with_options(function: Function, keywords: dict[str, Any]) -> Function:
    return function.changed(options={**function.options, **keywords})


def _with_partial(function: Function, keywords: dict[str, Any]) -> Function:
    return function.changed(partial={**function.partial, **keywords})


def _name_attribute(interpreter: State, owner: Name, name: str) -> Any:
    if owner.dotted in _TRIGGER_RULES and name.isupper():
        return name.lower()
    if name == "partial" and is_operator(interpreter, owner.dotted):
        return Method(lambda args, kw, call: PartialOperator(owner.dotted, kw))
    return Name(f"{owner.dotted}.{name}")
