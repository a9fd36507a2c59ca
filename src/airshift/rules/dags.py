"""The DAGs of a module as far as their constructor calls tell: schedule, catchup, where their code stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import FunctionNode
from airshift.records import dataclass
from airshift.rules.arguments import Argument
from airshift.rules.constructors import DAG_CLASSES, DAG_DECORATORS, Constructor, Form, Role, constructors

_ASSETS = frozenset({"Asset", "AssetAlias", "AssetAll", "AssetAny", "AssetOrTimeSchedule"})
_ASSET_NAMES = frozenset({name.replace("Asset", kind) for name in _ASSETS for kind in ("Asset", "Dataset")})
_MAKERS = DAG_CLASSES | DAG_DECORATORS
_NO_CRON = frozenset({"@once", "@continuous"})


class Timing(StrEnum):
    """What starts the runs of a DAG."""

    OMITTED = "omitted"
    NONE = "none"
    CRON = "cron"
    DELTA = "delta"
    ONCE = "once"
    """`@once` and `@continuous`: the same on both sides."""
    ASSETS = "assets"
    TIMETABLE = "timetable"
    UNKNOWN = "unknown"

    @property
    def is_undated(self) -> bool:
        """Whether runs may come without a logical date on Airflow 3."""
        return self in (Timing.NONE, Timing.ASSETS)


@dataclass(frozen=True, slots=True)
class DagCall:
    """One DAG constructor call or `@dag` decorator."""

    constructor: Constructor
    timing: Timing
    schedule: Argument | None
    complete: bool
    """Whether every argument is known, so that one that is absent is certainly omitted."""

    @property
    def call(self) -> ast.Call:
        """The call expression."""
        return self.constructor.call


def dags(facts: ModuleFacts) -> tuple[DagCall, ...]:
    """Every DAG call of a module, found once for all rules."""
    return facts.once(_found)


def _found(facts: ModuleFacts) -> tuple[DagCall, ...]:
    return tuple(_dag(facts, found) for found in constructors(facts) if _makes_dag(facts, found))


def _makes_dag(facts: ModuleFacts, found: Constructor) -> bool:
    return found.role is Role.DAG and found.form in (Form.CALL, Form.DECORATOR)


def _dag(facts: ModuleFacts, found: Constructor) -> DagCall:
    schedule = next(
        (a for name in ("schedule", "schedule_interval", "timetable") if (a := found.argument(name))), None
    )
    complete = _is_complete(facts, found.call)
    if schedule is not None:
        timing = timing_of(facts, schedule.value)
    elif len(found.call.args) > 2:
        timing = timing_of(facts, found.call.args[2])
    else:
        timing = Timing.OMITTED if complete else Timing.UNKNOWN
    return DagCall(found, timing, schedule, complete)


def _is_complete(facts: ModuleFacts, call: ast.Call) -> bool:
    if not facts.names_of(call.func) <= _MAKERS:
        return False
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return False
    unpacked = [keyword.value for keyword in call.keywords if keyword.arg is None]
    return all(_is_display(facts, value) for value in unpacked)


def _is_display(facts: ModuleFacts, node: ast.expr) -> bool:
    values = facts.values_of(node)
    return bool(values) and all(isinstance(value, ast.Dict) and None not in value.keys for value in values)


def timing_of(facts: ModuleFacts, node: ast.expr) -> Timing:
    """What kind of schedule an expression is; UNKNOWN unless every value it may have is of one kind."""
    kinds = {_kind(facts, value) for value in facts.values_of(node)}
    return kinds.pop() if len(kinds) == 1 else Timing.UNKNOWN


def _kind(facts: ModuleFacts, node: ast.expr) -> Timing:
    if isinstance(node, ast.Constant) and node.value is None:
        return Timing.NONE
    text = literal_text(node)
    if text is not None:
        return Timing.ONCE if text in _NO_CRON else Timing.CRON
    if isinstance(node, ast.List | ast.Tuple):
        return Timing.ASSETS if node.elts else Timing.UNKNOWN
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        return _kind(facts, node.left)
    if isinstance(node, ast.Name):
        return timing_of(facts, node) if facts.values_of(node) else Timing.UNKNOWN
    if isinstance(node, ast.Call):
        return _kind_of_call(facts, node)
    return Timing.UNKNOWN


def _kind_of_call(facts: ModuleFacts, node: ast.Call) -> Timing:
    names = facts.names_of(node.func)
    if names & {"datetime.timedelta", "pendulum.duration", "dateutil.relativedelta.relativedelta"}:
        return Timing.DELTA
    if any(name.startswith("airflow.") and name.rpartition(".")[2] in _ASSET_NAMES for name in names):
        return Timing.ASSETS
    if any(name.startswith("airflow.timetables.") for name in names):
        return Timing.TIMETABLE
    return Timing.UNKNOWN


def dag_around(facts: ModuleFacts, node: ast.AST, found: tuple[DagCall, ...]) -> DagCall | None:
    """The DAG whose `with` block or `@dag` function a node stands in."""
    by_call = {id(dag.call): dag for dag in found}
    current = facts.parents.get(id(node))
    while current is not None:
        candidates: Iterator[ast.expr] = iter(())
        if isinstance(current, ast.With):
            candidates = (item.context_expr for item in current.items)
        elif isinstance(current, FunctionNode):
            candidates = iter(current.decorator_list)
        for candidate in candidates:
            values = (candidate, *facts.values_of(candidate))
            for value in values:
                if id(value) in by_call:
                    return by_call[id(value)]
        current = facts.parents.get(id(current))
    return None
