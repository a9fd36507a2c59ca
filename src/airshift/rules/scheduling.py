"""Defaults of a DAG's schedule, catchup and concurrency that Airflow 3 changed.

https://github.com/apache/airflow/pull/42953 and the 3.0.0 release notes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.findings import Severity
from airshift.fix.rewrites import AddKeyword, Needs, ReplaceExpression
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import DAG_DECORATORS
from airshift.rules.dags import DagCall, Timing, dags

CODES: tuple[str, ...] = ("AS601", "AS602", "AS607")
TRIGGERS: tuple[bytes, ...] = (
    b"DAG(",
    b"dag(",
    b"@dag",
    b".dag",
    b" dag as ",
    b"max_active_tasks",
    b"concurrency",
)
_PINNED = "writes down what Airflow 2 did by default"
_TIMEDELTA = Needs("datetime", "timedelta")
_ON_TIME = frozenset({Timing.CRON, Timing.DELTA, Timing.TIMETABLE, Timing.OMITTED})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield DAGs that rely on a changed default."""
    if profile(facts.path) is Profile.TEST:
        return
    for dag in dags(facts):
        if dag.timing is Timing.OMITTED:
            yield _schedule(facts, dag)
        if dag.complete and dag.timing in _ON_TIME and dag.constructor.argument("catchup") is None:
            yield _catchup(facts, dag, context)
        yield from _active_tasks(facts, dag)
    for definition in facts.functions:
        if isinstance(definition.node, FunctionNode):
            yield from _bare(facts, definition.node)


def _schedule(facts: ModuleFacts, dag: DagCall) -> Hit:
    return Hit(
        "AS601",
        span_of(facts, dag.call.func),
        "The DAG names no schedule: Airflow 2 runs it daily, Airflow 3 never. Write "
        "`schedule=timedelta(days=1)` to "
        "keep the runs, or `schedule=None` if it is only triggered.",
        symbol="schedule",
        rewrites=(AddKeyword(dag.call, "schedule", "{0}(days=1)", (_TIMEDELTA,)),),
        unsafe=_PINNED,
    )


def _catchup(facts: ModuleFacts, dag: DagCall, context: RuleContext) -> Hit:
    return Hit(
        "AS602",
        span_of(facts, dag.call.func),
        "The DAG does not set `catchup`, which is True by default on Airflow 2 and False on Airflow 3; "
        "write it, or "
        "set [scheduler] catchup_by_default=True.",
        symbol="catchup",
        rewrites=(AddKeyword(dag.call, "catchup", "True"),) if context.pin_behaviour else (),
        unsafe=_PINNED if context.pin_behaviour else "",
    )


def _active_tasks(facts: ModuleFacts, dag: DagCall) -> Iterator[Hit]:
    limit = dag.constructor.argument("max_active_tasks") or dag.constructor.argument("concurrency")
    if limit is None:
        return
    runs = dag.constructor.argument("max_active_runs")
    if runs is not None and isinstance(runs.value, ast.Constant) and runs.value.value == 1:
        return
    yield Hit(
        "AS607",
        span_of(facts, limit.node),
        f"`{limit.name}` limits the tasks of each run on Airflow 3, not those of all runs of the DAG; set "
        "`max_active_runs=1` or use a pool to keep the total.",
        symbol=limit.name,
        severity=None if runs is not None else Severity.INFO,
    )


def _bare(facts: ModuleFacts, function: FunctionNode) -> Iterator[Hit]:
    """`@dag` without arguments: nothing can be set."""
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) and facts.names_of(decorator) & DAG_DECORATORS:
            yield Hit(
                "AS601",
                span_of(facts, decorator),
                "The DAG names no schedule: Airflow 2 runs it daily, Airflow 3 never. Write "
                "`@dag(schedule=...)`.",
                symbol="schedule",
                rewrites=(_daily(facts, decorator),),
                unsafe=_PINNED,
            )


def _daily(facts: ModuleFacts, decorator: ast.expr) -> ReplaceExpression:
    text = f"{facts.source.segment(decorator)}(schedule={{0}}(days=1))"
    return ReplaceExpression(decorator, text, (_TIMEDELTA,))
