"""Where Airflow calls a function of the module with the task context, and in which form."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum

from airshift.engine.facts import ModuleFacts
from airshift.engine.handed import CALLABLE_ARGUMENTS, CALLBACK_ARGUMENTS, Handing
from airshift.engine.names import FunctionNode
from airshift.records import dataclass
from airshift.rules.arguments import mappings
from airshift.rules.constructors import TASK_DECORATORS
from airshift.rules.things import Thing

Callee = FunctionNode | ast.Lambda

METHODS = frozenset({"execute", "pre_execute", "post_execute", "poke", "notify", "choose_branch"})
"""Methods that get the context as their first argument."""
LISTENERS = {
    "on_task_instance_running": "task_instance",
    "on_task_instance_success": "task_instance",
    "on_task_instance_failed": "task_instance",
}
_HOOKIMPL = "airflow.listeners.hookimpl"
_TASK_VARIANTS = tuple(f"{name}." for name in TASK_DECORATORS)
_PARTIAL = "functools.partial"


class Passes(StrEnum):
    """How the context arrives."""

    KEYWORDS = "keywords"
    MAPPING = "mapping"
    THING = "thing"


@dataclass(frozen=True, slots=True)
class Seed:
    """A function that receives the context.

    `position` is the parameter that holds the mapping, or for keywords the number of parameters that are
    filled by position; `given` are the parameters the caller fills itself.
    """

    function: Callee
    passes: Passes
    position: int = 0
    given: frozenset[str] = frozenset()
    thing: Thing = Thing.CONTEXT
    is_task: bool = False


def seeds(facts: ModuleFacts) -> Iterator[Seed]:
    """Every function of the module that is seen to receive the context from Airflow."""
    yield from _from_calls(facts)
    yield from _from_items(facts)
    yield from _from_definitions(facts)
    yield from _from_other_files(facts)


def _from_calls(facts: ModuleFacts) -> Iterator[Seed]:
    for site in facts.names.calls:
        for keyword in site.node.keywords:
            if keyword.arg in CALLBACK_ARGUMENTS:
                yield from _callback(facts, keyword.value)
            elif keyword.arg in CALLABLE_ARGUMENTS:
                yield from _callable(facts, site.node, keyword)


def _callback(facts: ModuleFacts, value: ast.expr) -> Iterator[Seed]:
    if isinstance(value, ast.List | ast.Tuple):
        for item in value.elts:
            yield from _callback(facts, item)
        return
    for function, filled, given in _functions(facts, value):
        yield Seed(function, Passes.MAPPING, filled, given)


def _callable(facts: ModuleFacts, call: ast.Call, keyword: ast.keyword) -> Iterator[Seed]:
    assert keyword.arg is not None
    given, by_position = _op_arguments(facts, call)
    for function, filled, bound in _functions(facts, keyword.value):
        skip = CALLABLE_ARGUMENTS[keyword.arg] + filled + by_position
        yield Seed(function, Passes.KEYWORDS, skip, given | bound)


_ALL = 10_000


def _op_arguments(facts: ModuleFacts, call: ast.Call) -> tuple[frozenset[str], int]:
    """Names that `op_kwargs` fills, and how many parameters `op_args` does; all when that is unknown."""
    given: frozenset[str] = frozenset()
    count = 0
    for argument in mappings(facts).arguments(call):
        if argument.name == "op_kwargs":
            items = mappings(facts).items(argument.value)
            given = frozenset(item.name for item in items)
            count = count if items or _is_empty(argument.value) else _ALL
        elif argument.name == "op_args":
            known = isinstance(argument.value, ast.List | ast.Tuple)
            count = max(count, len(argument.value.elts) if known else _ALL)  # type: ignore[attr-defined]
    return given, count


def _is_empty(node: ast.expr) -> bool:
    return (isinstance(node, ast.Dict) and not node.keys) or (
        isinstance(node, ast.Constant) and node.value is None
    )


def _functions(facts: ModuleFacts, value: ast.expr) -> Iterator[tuple[Callee, int, frozenset[str]]]:
    """The functions an expression may be: named, `partial(...)` of them, methods, lambdas."""
    function = facts.function_of(value)
    if function is not None:
        yield function, 0, frozenset()
        return
    if isinstance(value, ast.Attribute):
        yield from ((method, 1, frozenset[str]()) for method in _methods(facts, value))
        return
    for candidate in facts.values_of(value):
        if isinstance(candidate, ast.Call) and _PARTIAL in facts.names_of(candidate.func) and candidate.args:
            named = frozenset(k.arg for k in candidate.keywords if k.arg is not None)
            for inner, filled, given in _functions(facts, candidate.args[0]):
                yield inner, filled + len(candidate.args) - 1, given | named
        elif isinstance(candidate, ast.Lambda):
            yield candidate, 0, frozenset()


def _methods(facts: ModuleFacts, value: ast.Attribute) -> Iterator[FunctionNode]:
    """`self.run`, `Loader.run`, `Loader().run` where only one class of the module has such a method."""
    found = [
        statement
        for definition in facts.classes
        if isinstance(definition.node, ast.ClassDef)
        for statement in definition.node.body
        if isinstance(statement, FunctionNode) and statement.name == value.attr
    ]
    if len(found) == 1:
        yield found[0]


def _from_items(facts: ModuleFacts) -> Iterator[Seed]:
    """Callbacks in dictionaries, usually default_args: `{"on_failure_callback": f}` and `d["..."] = f`."""
    for string in facts.names.strings:
        if string.value not in CALLBACK_ARGUMENTS:
            continue
        parent = facts.parents.get(id(string))
        if isinstance(parent, ast.Dict):
            position = next((i for i, key in enumerate(parent.keys) if key is string), None)
            if position is not None:
                yield from _callback(facts, parent.values[position])
        elif isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
            statement = facts.parents.get(id(parent))
            if isinstance(statement, ast.Assign):
                yield from _callback(facts, statement.value)


def _from_definitions(facts: ModuleFacts) -> Iterator[Seed]:
    for definition in facts.functions:
        node = definition.node
        if not isinstance(node, FunctionNode):
            continue
        if is_task(facts, node):
            yield from _task(facts, node)
        elif isinstance(definition.outer.node, ast.ClassDef):
            yield from _method(facts, definition.outer.node, definition.outer.qualname, node)
        elif node.name in LISTENERS and any(_HOOKIMPL in facts.names_of(d) for d in node.decorator_list):
            yield from _listener(node)
        yield from _annotated(facts, node)


def is_task(facts: ModuleFacts, node: FunctionNode) -> bool:
    """Whether a function is decorated with `@task` or one of its variants."""
    callees = [item.func if isinstance(item, ast.Call) else item for item in node.decorator_list]
    return any(
        name in TASK_DECORATORS or name.startswith(_TASK_VARIANTS)
        for callee in callees
        for name in facts.names_of(callee)
    )


def _task(facts: ModuleFacts, node: FunctionNode) -> Iterator[Seed]:
    """A task gets from the context what none of its callers passes; unknown callers may pass anything."""
    calls = list(_calls_of(facts, node))
    filled = max((len(call.args) for call in calls), default=0)
    given = frozenset(keyword.arg for call in calls for keyword in call.keywords if keyword.arg)
    if any(isinstance(a, ast.Starred) for c in calls for a in c.args) or any(
        k.arg is None for c in calls for k in c.keywords
    ):
        filled = _ALL
    if not calls:
        arguments = node.args
        free = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
        given |= frozenset(a.arg for a in [*arguments.posonlyargs, *arguments.args][:free]) | {"conf"}
    yield Seed(node, Passes.KEYWORDS, filled, given, is_task=True)


def _calls_of(facts: ModuleFacts, node: FunctionNode) -> Iterator[ast.Call]:
    for site in facts.names.calls:
        callee: ast.expr = site.node.func
        while True:
            match callee:
                case ast.Attribute(value=inner, attr="expand" | "expand_kwargs" | "partial" | "override"):
                    callee = inner
                case ast.Call(func=inner):
                    callee = inner
                case _:
                    break
        configures = isinstance(site.node.func, ast.Attribute) and site.node.func.attr == "override"
        if isinstance(callee, ast.Name) and facts.function_of(callee) is node and not configures:
            yield site.node


def _method(facts: ModuleFacts, owner: ast.ClassDef, qualname: str, node: FunctionNode) -> Iterator[Seed]:
    parameters = [*node.args.posonlyargs, *node.args.args]
    names = [parameter.arg for parameter in parameters]
    if len(parameters) < 2 or not owner.bases:
        return
    dotted = f"{facts.module}.{qualname}".lstrip(".")
    ours = facts.is_operator(dotted) or any(name.endswith("Notifier") for name in facts.lineage(dotted))
    if ours and node.name in METHODS:
        yield Seed(node, Passes.MAPPING, 1)
    elif "context" in names and (ours or node.name in METHODS):
        yield Seed(node, Passes.MAPPING, names.index("context"))


def _listener(node: FunctionNode) -> Iterator[Seed]:
    names = [argument.arg for argument in node.args.args]
    wanted = LISTENERS[node.name]
    if wanted in names:
        yield Seed(node, Passes.THING, names.index(wanted), thing=Thing.TI)


def _annotated(facts: ModuleFacts, node: FunctionNode) -> Iterator[Seed]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    for position, argument in enumerate(every):
        names = facts.names_of(argument.annotation) if argument.annotation is not None else frozenset()
        if any(name.startswith("airflow.") and name.endswith(".Context") for name in names):
            yield Seed(node, Passes.MAPPING, position)


def _from_other_files(facts: ModuleFacts) -> Iterator[Seed]:
    """Functions that another module of the estate hands to Airflow."""
    handed = facts.handed()
    if not handed:
        return
    for definition in facts.functions:
        node = definition.node
        if isinstance(node, FunctionNode) and definition.outer is facts.names.root:
            for entry in handed.get(node.name, ()):
                if entry.handing in (Handing.KEYWORDS, Handing.MAPPING):
                    passes = Passes.KEYWORDS if entry.handing is Handing.KEYWORDS else Passes.MAPPING
                    yield Seed(node, passes, entry.filled, frozenset(entry.given))
