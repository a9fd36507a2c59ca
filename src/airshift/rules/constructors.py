"""Calls that construct a DAG, an operator or another Airflow object, and what judges their arguments.

Found are plain calls, `super().__init__(...)`, `functools.partial(...)`, `Class.partial(...).expand(...)`,
`@dag`/`@task` decorators, `task.override(...)`, calls of the estate's own subclasses, and calls of the
estate's own functions that hand their `**kwargs` on to such a constructor.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import CallSite, FunctionNode, Scope
from airshift.rules.arguments import Argument, Mappings, mappings

DAG_CLASSES = frozenset(
    {
        "airflow.DAG",
        "airflow.models.DAG",
        "airflow.models.dag.DAG",
        "airflow.sdk.DAG",
        "airflow.sdk.definitions.dag.DAG",
    }
)
DAG_DECORATORS = frozenset(
    {
        "airflow.decorators.dag",
        "airflow.models.dag.dag",
        "airflow.sdk.dag",
        "airflow.sdk.definitions.dag.dag",
    }
)
TASK_DECORATORS = ("airflow.decorators.task", "airflow.sdk.task")
_TASK_VARIANTS = tuple(f"{name}." for name in TASK_DECORATORS)
GROUPS = frozenset(
    {
        "airflow.utils.task_group.TaskGroup",
        "airflow.sdk.TaskGroup",
        "airflow.decorators.task_group",
        "airflow.decorators.task_group.task_group",
        "airflow.sdk.task_group",
    }
)
PARTIALS = frozenset({"functools.partial"})
_OPERATOR_SUFFIXES = ("Operator", "Sensor", "OperatorAsync", "SensorAsync", "Transfer", "ExternalTaskMarker")


class Role(StrEnum):
    """What a call constructs."""

    DAG = "dag"
    OPERATOR = "operator"
    TASK = "task"
    """A function made a task by `@task`."""
    GROUP = "group"
    OTHER = "other"
    """A hook, trigger, notifier or any other class of Airflow."""

    @property
    def makes_task(self) -> bool:
        """Whether BaseOperator's parameters apply."""
        return self in _MAKERS


_MAKERS = (Role.OPERATOR, Role.TASK)


class Form(StrEnum):
    """How the constructor is called; it decides which parameters apply."""

    CALL = "call"
    SUPER = "super"
    PARTIAL = "partial"
    """`Class.partial(...)`, where default_args and BaseOperator's own parameters are checked differently."""
    EXPAND = "expand"
    DECORATOR = "decorator"


class Constructor(NamedTuple):
    """One call, the Airflow class that judges its arguments, and the arguments, gathered when they are asked for."""

    role: Role
    form: Form
    qualified: str
    """Airflow's class, or for a task decorator its dotted name such as `airflow.decorators.task.bash`."""
    shown: str
    call: ast.Call
    mappings: Mappings
    names: frozenset[str]
    """The names of all arguments of the call."""
    kept: frozenset[str] = frozenset()
    """Names of arguments that do not reach the class."""
    positional: int = 0
    """Number of positional arguments that reach the class, 0 when that is not certain."""

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments that reach the class."""
        found = self.mappings.arguments(self.call)
        return tuple([one for one in found if one.name not in self.kept]) if self.kept else found

    def argument(self, name: str) -> Argument | None:
        """The argument `name`, wherever it is written."""
        if name not in self.names:
            return None
        return next((argument for argument in self.arguments if argument.name == name), None)


def constructors(facts: ModuleFacts) -> tuple[Constructor, ...]:
    """Every constructor call of a module, found once for all rules."""
    return facts.once(_found)


def _found(facts: ModuleFacts) -> tuple[Constructor, ...]:
    found: list[Constructor] = []
    for site in facts.names.calls:
        func = site.node.func
        if isinstance(func, ast.Attribute) and func.attr in _METHODS:
            found += _METHODS[func.attr](facts, site, func)
        elif (made := _plain(facts, site)) is not None:
            found.append(made)
    return tuple(found)


@lru_cache(maxsize=4096)
def role_of(dotted: str) -> Role | None:
    """What a class or factory of Airflow makes; None for names that are not Airflow's."""
    if not dotted.startswith("airflow."):
        return None
    if dotted in DAG_CLASSES or dotted in DAG_DECORATORS:
        return Role.DAG
    if dotted in GROUPS:
        return Role.GROUP
    if dotted in TASK_DECORATORS or dotted.startswith(_TASK_VARIANTS):
        return Role.TASK
    last = dotted.rpartition(".")[2]
    if last.endswith(_OPERATOR_SUFFIXES):
        return Role.OPERATOR
    return Role.OTHER if last[:1].isupper() else None


def _plain(facts: ModuleFacts, site: CallSite) -> Constructor | None:
    resolution = facts.resolve(site.node.func)
    names = resolution.names
    if not names:
        return None
    if not PARTIALS.isdisjoint(names) and site.node.args:
        inner = facts.resolve(site.node.args[0])
        return _judged(facts, site.node, inner.names, Form.CALL, positional=len(site.node.args) - 1)
    form = Form.CALL if DAG_DECORATORS.isdisjoint(names) else Form.DECORATOR
    candidates = _known(names) if resolution.star else names
    return _judged(facts, site.node, candidates, form, positional=len(site.node.args))


def _known(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in names if role_of(name) not in (None, Role.OTHER))


def _judged(
    facts: ModuleFacts, call: ast.Call, names: frozenset[str], form: Form, *, positional: int
) -> Constructor | None:
    """The constructor behind a callee, if that is known."""
    received = facts.once(_received, names)
    if received is None:
        return None
    qualified, role, own = received
    shown = min(names).rpartition(".")[2]
    if role is Role.TASK:
        form, shown = Form.DECORATOR, "@task" + qualified.partition(".task")[2]
    known = mappings(facts)
    return Constructor(
        role, form, qualified, shown, call, known, known.names(call), own, 0 if own else positional
    )


def _received(facts: ModuleFacts, names: frozenset[str]) -> tuple[str, Role, frozenset[str]] | None:
    """What `_reach` says of the first name, where every name leads to a class of the same role."""
    reached = [_reach(facts, name) for name in sorted(names)]
    if not reached:
        return None
    qualified, role, own = reached[0]
    if role is None or any(other is not role for _, other, _ in reached):
        return None
    return qualified, role, own


def _reach(facts: ModuleFacts, name: str) -> tuple[str, Role | None, frozenset[str]]:
    """The Airflow class that receives the keywords of a call of `name`, and the names kept on the way."""
    role = role_of(name)
    if role is not None:
        return name, role, frozenset()
    if not facts.may_define(name):
        return name, None, frozenset()
    own: set[str] = set()
    forwarded = facts.forwards(name)
    for step in forwarded or facts.lineage(name):
        role = role_of(step)
        if role is not None:
            return step, role, frozenset(own | set(facts.parameters_of(name) or ()))
        parameters = facts.constructor_of(step)
        if parameters is None:
            continue
        own.update(parameters)
        if not any(parameter.startswith("**") for parameter in parameters):
            return name, None, frozenset()
    return name, None, frozenset()


def _super(facts: ModuleFacts, site: CallSite, func: ast.Attribute) -> Iterator[Constructor]:
    """`super().__init__(...)` and `Base.__init__(self, ...)` inside a class of the estate."""
    owner = _class_around(site.scope)
    if owner is None:
        return
    match func.value:
        case ast.Call(func=ast.Name(id="super")):
            candidates = [facts.names_of(base) for base in owner.bases]
            positional = len(site.node.args)
        case _:
            candidates = [facts.names_of(func.value)]
            positional = 0
    for names in candidates:
        if any(_reach(facts, name)[1] for name in names):
            found = _judged(facts, site.node, names, Form.SUPER, positional=positional)
            if found is not None:
                yield found
            return


def _class_around(scope: Scope) -> ast.ClassDef | None:
    function = scope.function
    if function is None or not isinstance(function.node, FunctionNode) or function.node.name != "__init__":
        return None
    outer = function.parent
    return outer.node if outer is not None and isinstance(outer.node, ast.ClassDef) else None


def _partial(facts: ModuleFacts, site: CallSite, func: ast.Attribute) -> Iterator[Constructor]:
    if facts.names_of(func) & PARTIALS:
        plain = _plain(facts, site)
        if plain is not None:
            yield plain
        return
    found = _judged(facts, site.node, facts.names_of(func.value), Form.PARTIAL, positional=0)
    if found is not None and found.role is Role.OPERATOR:
        yield found


def _expand(facts: ModuleFacts, site: CallSite, func: ast.Attribute) -> Iterator[Constructor]:
    match func.value:
        case ast.Call(func=ast.Attribute(value=base, attr="partial")):
            found = _judged(facts, site.node, facts.names_of(base), Form.EXPAND, positional=0)
            if found is not None and found.role is Role.OPERATOR:
                yield found


def _override(facts: ModuleFacts, site: CallSite, func: ast.Attribute) -> Iterator[Constructor]:
    function = facts.function_of(func.value)
    if not isinstance(function, FunctionNode):
        return
    for decorator in function.decorator_list:
        callee = decorator.func if isinstance(decorator, ast.Call) else decorator
        names = frozenset(name for name in facts.names_of(callee) if role_of(name) is Role.TASK)
        found = _judged(facts, site.node, names, Form.DECORATOR, positional=0)
        if found is not None:
            yield found


_METHODS = {"__init__": _super, "partial": _partial, "expand": _expand, "override": _override}
