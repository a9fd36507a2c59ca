"""What calls into Airflow mean while a DAG file is being read: DAG, operators, TaskFlow, groups, chains."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from airshift.estate import yaml_factory
from airshift.estate.builder import DagBuilder, GroupNode, LabelNode, TaskNode, connect, nodes_in
from airshift.estate.decorators import DECORATORS, TASK, decorated_by_call
from airshift.estate.making import (
    data_edges,
    derives,
    is_operator,
    new_dag,
    new_group,
    new_operator,
    new_task,
)
from airshift.estate.model import Unknown
from airshift.estate.values import Function, Instance, Opaque, PartialOperator

if TYPE_CHECKING:
    from airshift.estate.state import State


DAG_NAMES = frozenset({"airflow.DAG", "airflow.models.DAG", "airflow.models.dag.DAG", "airflow.sdk.DAG"})
GROUP_NAMES = frozenset({"airflow.utils.task_group.TaskGroup", "airflow.sdk.TaskGroup"})
LABEL_NAMES = frozenset({"airflow.utils.edgemodifier.Label", "airflow.sdk.Label"})
_DAG_POSITIONS = (
    "dag_id",
    "description",
    "schedule",
    "schedule_interval",
    "timetable",
    "start_date",
    "end_date",
)
_CHAIN = re.compile(
    r"airflow\.(?:models\.baseoperator|sdk|utils\.helpers)\.(chain|chain_linear|cross_downstream)\Z"
)
_OPERATOR_NAME = re.compile(r"\w*(?:Operator|Sensor|OperatorAsync|SensorAsync)\Z")


def call_function(
    interpreter: State,
    function: Function,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    """Call a function of the file: a plain one, a DAG factory, a TaskFlow task or a task group."""
    if function.decorator == "dag":
        return _call_dag(interpreter, function, arguments, keywords, node)
    if function.decorator == "task_group":
        return _call_group(interpreter, function, arguments, keywords, node)
    if function.decorator.startswith("task"):
        return _call_task(interpreter, function, arguments, keywords, node)
    return interpreter.inline(function, arguments, keywords, node)


def _call_dag(
    interpreter: State,
    function: Function,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> DagBuilder:
    options = dict(function.options)
    options.setdefault("dag_id", function.name)
    signature = function.node.args
    params = options.get("params", {})
    if isinstance(params, dict):
        names = [argument.arg for argument in (*signature.args, *signature.kwonlyargs)]
        options["params"] = {**dict.fromkeys(names), **params}
    dag = new_dag(interpreter, options, function.node.lineno)
    interpreter.enter(dag)
    try:
        interpreter.inline(function, arguments, keywords, node)
    finally:
        interpreter.leave(dag)
    return dag


def _call_group(
    interpreter: State,
    function: Function,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    options = dict(function.options)
    options.setdefault("group_id", function.name)
    group = new_group(interpreter, options, node, unique=True)
    if not isinstance(group, GroupNode):
        return group
    interpreter.enter(group)
    try:
        result = interpreter.inline(function, arguments, keywords, node)
    finally:
        interpreter.leave(group)
    if result is None or isinstance(result, Unknown):
        return group
    return (
        result
        if isinstance(result, TaskNode | GroupNode)
        else Opaque(tuple(nodes_in(result)), interpreter.text(node))
    )


def _call_task(
    interpreter: State,
    function: Function,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    options = dict(function.options)
    wanted = options.pop("task_id", function.name)
    operator = f"airflow.decorators.{function.decorator}"
    options["op_args"], options["op_kwargs"] = list(arguments), {**function.partial, **keywords}
    options["python_callable"] = function
    task = new_task(interpreter, wanted, operator, options, node, unique=True)
    if not isinstance(task, TaskNode):
        return task
    task.is_setup, task.is_teardown = bool(options.get("is_setup")), bool(options.get("is_teardown"))
    data_edges(task, [options["op_args"], options["op_kwargs"]])
    return task


def expand_function(
    interpreter: State,
    function: Function,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    if function.decorator == "task_group":
        return _call_group(interpreter, function, arguments, keywords, node)
    task = _call_task(interpreter, function, arguments, keywords, node)
    if isinstance(task, TaskNode):
        task.mapped = True
    return task


def expand_operator(
    interpreter: State,
    partial: PartialOperator,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    given = {**partial.keywords, **_columns(arguments), **keywords}
    task = new_operator(interpreter, partial.dotted, given, node)
    if isinstance(task, TaskNode):
        task.mapped = True
        data_edges(task, arguments)
    return task


def _columns(arguments: list[Any]) -> dict[str, list[Any]]:
    """What `expand_kwargs([{...}, {...}])` gives to each argument."""
    rows = arguments[0] if arguments and isinstance(arguments[0], list) else []
    rows = [row for row in rows if isinstance(row, dict)]
    names = {name for row in rows for name in row if isinstance(name, str)}
    return {name: [row[name] for row in rows if name in row] for name in sorted(names)}


def call_name(
    interpreter: State, dotted: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call
) -> Any:
    """Call something known by its dotted name."""
    if dotted in DAG_NAMES or derives(interpreter, dotted, DAG_NAMES):
        named = dict(zip(_DAG_POSITIONS, arguments, strict=False))
        return new_dag(interpreter, {**named, **keywords}, node.lineno)
    if dotted in yaml_factory.CALLS:
        interpreter.dags += yaml_factory.factory_dags(interpreter, dotted, arguments, keywords, node)
        return interpreter.unknown(node)
    if dotted in GROUP_NAMES:
        options = {
            **dict(zip(("group_id", "prefix_group_id", "parent_group", "dag"), arguments, strict=False)),
            **keywords,
        }
        return new_group(interpreter, options, node)
    if dotted in LABEL_NAMES:
        return LabelNode()
    chain = _CHAIN.match(dotted)
    if chain is not None:
        _connect_chain(interpreter, chain[1], arguments, node)
        return None
    if TASK.match(dotted) or dotted in DECORATORS:
        return decorated_by_call(interpreter, dotted, arguments, keywords)
    if is_operator(interpreter, dotted) or ("task_id" in keywords and _looks_like_operator(dotted)):
        return new_operator(interpreter, dotted, keywords, node, arguments)
    return _other(interpreter, dotted, arguments, keywords, node)


def _looks_like_operator(dotted: str) -> bool:
    name = dotted.rpartition(".")[2]
    return bool(_OPERATOR_NAME.match(name)) or (dotted.startswith("airflow.") and name[:1].isupper())


def _other(
    interpreter: State, dotted: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call
) -> Any:
    if dotted in ("os.path.basename", "os.path.dirname") and arguments and isinstance(arguments[0], str):
        return (
            Unknown(interpreter.text(node)) if dotted.endswith("dirname") else arguments[0].rpartition("/")[2]
        )
    if dotted == "copy.deepcopy" or dotted == "copy.copy":
        return (
            dict(arguments[0]) if arguments and isinstance(arguments[0], dict) else interpreter.unknown(node)
        )
    if dotted in ("os.environ.get", "os.getenv") and interpreter.files.variables is not None:
        return _variable(interpreter, interpreter.files.variables, [*arguments, *keywords.values()], node)
    foreign = interpreter.foreign(dotted)
    if isinstance(foreign, Function):
        return call_function(interpreter, foreign, arguments, keywords, node)
    inside = [*nodes_in(arguments), *nodes_in(list(keywords.values()))]
    if inside and dotted.startswith("airflow."):
        return Opaque(tuple(inside), interpreter.text(node))
    if _may_make_dags(interpreter, dotted, [*arguments, *keywords.values()]):
        interpreter.doubt(f"call at line {node.lineno}: {interpreter.text(node)}", edges=True)
    return Instance(dotted, tuple(arguments), keywords, interpreter.text(node))


def _variable(interpreter: State, known: Mapping[str, str], given: list[Any], node: ast.Call) -> Any:
    """The value of an environment variable, else the default that the code gives."""
    if not given or not isinstance(given[0], str):
        return interpreter.unknown(node)
    return known.get(given[0], given[1] if len(given) > 1 else interpreter.unknown(node))


def _may_make_dags(interpreter: State, dotted: str, given: list[Any]) -> bool:
    """Whether a call of another module of the estate may add tasks or edges to the current DAG."""
    if dotted.startswith("airflow."):
        return False
    touches = any(isinstance(value, DagBuilder | TaskNode | GroupNode) for value in given)
    return touches or interpreter.facts.project.defining(dotted, interpreter.facts.path) is not None


def _connect_chain(interpreter: State, kind: str, arguments: list[Any], node: ast.Call) -> None:
    dag = next((task.dag for task in nodes_in(arguments)), interpreter.dag)
    if interpreter.is_doubtful(dag) or not _connected(kind, arguments):
        interpreter.doubt(f"edges at line {node.lineno}: {interpreter.text(node)}", edges=True)


def _connected(kind: str, arguments: list[Any]) -> bool:
    if kind == "cross_downstream":
        return len(arguments) == 2 and connect(arguments[0], arguments[1])
    known = True
    for before, after in pairwise(arguments):
        both = isinstance(before, list | tuple) and isinstance(after, list | tuple)
        if kind == "chain" and both and len(before) != len(after):
            return False
        pairs = zip(before, after, strict=True) if kind == "chain" and both else [(before, after)]
        for one, other in pairs:
            known = connect(one, other) and known
    return known
