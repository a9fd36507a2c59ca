"""What calls into Airflow mean while a DAG file is being read: DAG, operators, TaskFlow, groups, chains."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airshift.estate import builtin_calls, data_files, yaml_factory
from airshift.estate.builder import DagBuilder, GroupNode, LabelNode, TaskNode, connect, nodes_in
from airshift.estate.data_files import Located, TextFile
from airshift.estate.fixtures import Fixtures
from airshift.estate.model import Unknown
from airshift.estate.values import Function, Instance, Method, Name, Opaque, PartialOperator

if TYPE_CHECKING:
    from airshift.estate.interpreter import Interpreter

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
_DECORATORS = {
    "airflow.decorators.dag": "dag", "airflow.models.dag.dag": "dag", "airflow.sdk.dag": "dag",
    "airflow.decorators.task_group": "task_group", "airflow.decorators.task_group.task_group": "task_group",
    "airflow.sdk.task_group": "task_group",
    "airflow.sdk.asset": "asset", "airflow.sdk.asset.multi": "asset",
    "airflow.decorators.setup": "setup", "airflow.sdk.setup": "setup",
    "airflow.decorators.teardown": "teardown", "airflow.sdk.teardown": "teardown",
}  # fmt: skip
_TASK = re.compile(r"airflow\.(?:decorators|sdk)\.task(?:\.\w+)?\Z")
_CHAIN = re.compile(
    r"airflow\.(?:models\.baseoperator|sdk|utils\.helpers)\.(chain|chain_linear|cross_downstream)\Z"
)
_TRIGGER_RULES = frozenset({"airflow.utils.trigger_rule.TriggerRule", "airflow.sdk.TriggerRule"})
_PASS_THROUGH = frozenset({"map", "zip", "concat", "filter", "flatten"})
_OPERATOR_NAME = re.compile(r"\w*(?:Operator|Sensor|OperatorAsync|SensorAsync)\Z")


def is_constant(dotted: str) -> bool:
    """Whether a dotted name is a member of an enumeration whose value is known."""
    return dotted.rpartition(".")[0] in _TRIGGER_RULES


# Attributes


def attribute(interpreter: Interpreter, owner: Any, node: ast.Attribute) -> Any:
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
        return Method(lambda args, kw, call: _expand_operator(interpreter, owner, args, kw, call))
    if isinstance(owner, str | list | dict):
        return Method(lambda args, kw, call: builtin_calls.method(interpreter, owner, name, args, kw, call))
    inside = list(nodes_in(owner))
    if inside:
        return Opaque(tuple(inside), interpreter.text(node))
    return interpreter.unknown(node)


def _path_attribute(interpreter: Interpreter, path: Instance, node: ast.Attribute) -> Any:
    text = path.arguments[0] if path.arguments else None
    if isinstance(text, str) and node.attr in ("stem", "name", "suffix"):
        return getattr(PurePosixPath(text), node.attr)
    return interpreter.unknown(node)


def _task_attribute(interpreter: Interpreter, task: TaskNode, name: str, node: ast.Attribute) -> Any:
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


def _set_relation(
    interpreter: Interpreter, node: Any, name: str, arguments: list[Any], call: ast.Call
) -> None:
    others = arguments[0] if arguments else []
    dag = node.dag if isinstance(node, TaskNode | GroupNode) else interpreter.dag
    doubtful = interpreter.is_doubtful(dag)
    if doubtful or not (connect(node, others) if name == "set_downstream" else connect(others, node)):
        interpreter.doubt(f"edge at line {call.lineno}: {interpreter.text(call)}", edges=True)


def _dag_attribute(interpreter: Interpreter, dag: DagBuilder, name: str, node: ast.Attribute) -> Any:
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


def _function_attribute(interpreter: Interpreter, function: Function, name: str, node: ast.Attribute) -> Any:
    if name == "override":
        return Method(lambda args, kw, call: _with_options(function, kw))
    if name == "partial":
        return Method(lambda args, kw, call: _with_partial(function, kw))
    if name in ("expand", "expand_kwargs"):
        return Method(lambda args, kw, call: _expand_function(interpreter, function, args, kw, call))
    if name == "__name__":
        return function.name
    return interpreter.unknown(node)


def _with_options(function: Function, keywords: dict[str, Any]) -> Function:
    return function.changed(options={**function.options, **keywords})


def _with_partial(function: Function, keywords: dict[str, Any]) -> Function:
    return function.changed(partial={**function.partial, **keywords})


def _name_attribute(interpreter: Interpreter, owner: Name, name: str) -> Any:
    if owner.dotted in _TRIGGER_RULES and name.isupper():
        return name.lower()
    if name == "partial" and is_operator(interpreter, owner.dotted):
        return Method(lambda args, kw, call: PartialOperator(owner.dotted, kw))
    return Name(f"{owner.dotted}.{name}")


# Decorators


def decorate(interpreter: Interpreter, function: Function, decorator: ast.expr) -> Any:
    """Apply one decorator; None when it is not one of Airflow's."""
    options: dict[str, Any] = {}
    target = decorator
    if isinstance(decorator, ast.Call):
        target = decorator.func
        options = {k.arg: interpreter.value(k.value) for k in decorator.keywords if k.arg is not None}
        for name, argument in zip(("dag_id", "description", "schedule"), decorator.args, strict=False):
            options[name] = interpreter.value(argument)
    value = interpreter.value(target)
    if not isinstance(value, Name):
        return None
    kind = _DECORATORS.get(value.dotted)
    if kind is None and _TASK.match(value.dotted):
        kind = value.dotted.partition("task")[0] and "task" + value.dotted.partition(".task")[2]
    if kind is None:
        return None
    if kind == "asset":
        return _asset_dag(interpreter, function, options)
    if kind in ("setup", "teardown") and function.decorator.startswith("task"):
        return function.changed(options={**function.options, f"is_{kind}": True})
    if kind in ("setup", "teardown"):
        return function.changed(decorator="task", options={**options, f"is_{kind}": True})
    return function.changed(decorator=kind, options={**function.options, **options})


def _asset_dag(interpreter: Interpreter, function: Function, options: dict[str, Any]) -> Any:
    """`@asset` makes a DAG with one task that writes the asset; the name then stands for the asset."""
    name = options.get("name", function.name)
    asset = Instance("airflow.sdk.Asset", (), {"name": name, "uri": options.get("uri", name)}, function.name)
    outlets = options.get("outlets", [asset])
    dag = new_dag(interpreter, {**options, "dag_id": options.get("dag_id", name)}, function.node.lineno)
    arguments = {"outlets": outlets, "python_callable": function}
    dag.tasks[function.name] = TaskNode(
        function.name, "airflow.sdk.asset", dag, function.node.lineno, arguments
    )
    return asset


# Calls


def call_function(
    interpreter: Interpreter,
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
    interpreter: Interpreter,
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
    interpreter: Interpreter,
    function: Function,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    options = dict(function.options)
    options.setdefault("group_id", function.name)
    group = _new_group(interpreter, options, node, unique=True)
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
    interpreter: Interpreter,
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
    task = _new_task(interpreter, wanted, operator, options, node, unique=True)
    if not isinstance(task, TaskNode):
        return task
    task.is_setup, task.is_teardown = bool(options.get("is_setup")), bool(options.get("is_teardown"))
    _data_edges(task, [options["op_args"], options["op_kwargs"]])
    return task


def _expand_function(
    interpreter: Interpreter,
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


def _expand_operator(
    interpreter: Interpreter,
    partial: PartialOperator,
    arguments: list[Any],
    keywords: dict[str, Any],
    node: ast.Call,
) -> Any:
    task = _new_operator(interpreter, partial.dotted, {**partial.keywords, **keywords}, node)
    if isinstance(task, TaskNode):
        task.mapped = True
        _data_edges(task, arguments)
    return task


def call_name(
    interpreter: Interpreter, dotted: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call
) -> Any:
    """Call something known by its dotted name."""
    if dotted in DAG_NAMES or _derives(interpreter, dotted, DAG_NAMES):
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
        return _new_group(interpreter, options, node)
    if dotted in LABEL_NAMES:
        return LabelNode()
    chain = _CHAIN.match(dotted)
    if chain is not None:
        _connect_chain(interpreter, chain[1], arguments, node)
        return None
    if _TASK.match(dotted) or dotted in _DECORATORS:
        return _decorated_by_call(interpreter, dotted, arguments, keywords)
    if is_operator(interpreter, dotted) or ("task_id" in keywords and _looks_like_operator(dotted)):
        return _new_operator(interpreter, dotted, keywords, node, arguments)
    return _other(interpreter, dotted, arguments, keywords, node)


def _looks_like_operator(dotted: str) -> bool:
    name = dotted.rpartition(".")[2]
    return bool(_OPERATOR_NAME.match(name)) or (dotted.startswith("airflow.") and name[:1].isupper())


def _other(
    interpreter: Interpreter, dotted: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call
) -> Any:
    if dotted in ("os.path.basename", "os.path.dirname") and arguments and isinstance(arguments[0], str):
        return (
            Unknown(interpreter.text(node)) if dotted.endswith("dirname") else arguments[0].rpartition("/")[2]
        )
    if dotted == "copy.deepcopy" or dotted == "copy.copy":
        return (
            dict(arguments[0]) if arguments and isinstance(arguments[0], dict) else interpreter.unknown(node)
        )
    foreign = interpreter.foreign(dotted)
    if isinstance(foreign, Function):
        return call_function(interpreter, foreign, arguments, keywords, node)
    inside = [*nodes_in(arguments), *nodes_in(list(keywords.values()))]
    if inside and dotted.startswith("airflow."):
        return Opaque(tuple(inside), interpreter.text(node))
    if _may_make_dags(interpreter, dotted, [*arguments, *keywords.values()]):
        interpreter.doubt(f"call at line {node.lineno}: {interpreter.text(node)}", edges=True)
    return Instance(dotted, tuple(arguments), keywords, interpreter.text(node))


def _may_make_dags(interpreter: Interpreter, dotted: str, given: list[Any]) -> bool:
    """Whether a call of another module of the estate may add tasks or edges to the current DAG."""
    if dotted.startswith("airflow."):
        return False
    touches = any(isinstance(value, DagBuilder | TaskNode | GroupNode) for value in given)
    return touches or interpreter.facts.project.defining(dotted, interpreter.facts.path) is not None


def _decorated_by_call(
    interpreter: Interpreter, dotted: str, arguments: list[Any], keywords: dict[str, Any]
) -> Any:
    kind = _DECORATORS.get(dotted, "task")
    if arguments and isinstance(arguments[0], Function):
        return arguments[0].changed(decorator=kind, options=keywords)
    return Method(
        lambda args, kw, call: (
            args[0].changed(decorator=kind, options=keywords)
            if args and isinstance(args[0], Function)
            else interpreter.unknown(call)
        )
    )


def _connect_chain(interpreter: Interpreter, kind: str, arguments: list[Any], node: ast.Call) -> None:
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


# DAGs, groups and tasks


def new_dag(interpreter: Interpreter, options: dict[str, Any], line: int) -> DagBuilder:
    """Start a DAG; in uncertain code its existence is doubted."""
    dag_id = options.get("dag_id", Unknown("dag_id"))
    if not isinstance(dag_id, str):
        dag_id = dag_id if isinstance(dag_id, Unknown) else Unknown(str(getattr(dag_id, "text", dag_id)))
    dag = DagBuilder(dag_id, options, line, interpreter.path, certainty=interpreter.uncertain)
    if interpreter.uncertain:
        dag.doubt("whether this DAG exists at all depends on a condition")
    if "**" in options:
        dag.doubt(f"arguments of the DAG at line {line}: {options['**'].expression}")
    interpreter.dags.append(dag)
    return dag


def _owner_dag(interpreter: Interpreter, options: dict[str, Any]) -> DagBuilder | None:
    given = options.get("dag")
    if isinstance(given, DagBuilder):
        return given
    group = options.get("task_group")
    if isinstance(group, GroupNode):
        return group.dag
    return interpreter.dag


def _new_group(
    interpreter: Interpreter, options: dict[str, Any], node: ast.Call, *, unique: bool = False
) -> Any:
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


def _new_operator(
    interpreter: Interpreter,
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
    task = _new_task(interpreter, wanted, dotted, keywords, node)
    if isinstance(task, TaskNode):
        _data_edges(task, list(keywords.values()))
        task.is_setup = task.is_setup or keywords.get("is_setup") is True
    return task


def _new_task(
    interpreter: Interpreter,
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


def _data_edges(task: TaskNode, values: list[Any]) -> None:
    """A task's result used as another one's argument makes an edge."""
    for value in values:
        for source in nodes_in(value):
            if source is not task and source.dag is task.dag:
                connect(source, task)


def is_operator(interpreter: Interpreter, dotted: str) -> bool:
    """Whether a dotted name is an operator or sensor class."""
    return interpreter.facts.is_operator(dotted)


def _derives(interpreter: Interpreter, dotted: str, wanted: frozenset[str]) -> bool:
    return not dotted.startswith("airflow.") and bool(
        wanted.intersection(interpreter.facts.ancestors(dotted))
    )
