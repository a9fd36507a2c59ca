"""Schedules whose dates move, and runs that have no date.

https://github.com/apache/airflow/pull/47070, https://github.com/apache/airflow/pull/46522
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.findings import Severity
from airshift.fix.rewrites import Needs, ReplaceExpression, Rewrite
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.dags import DagCall, Timing, dag_around, dags
from airshift.rules.date_keys import ABSENT_WITHOUT_DATE, DateUse, date_uses

CODES: tuple[str, ...] = ("AS603", "AS604", "AS606")
TRIGGERS: tuple[bytes, ...] = (b"schedule",)
_INTERVAL = "airflow.timetables.interval"
_ZONED = frozenset({"pendulum.datetime", "pendulum.today", "pendulum.parse"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield schedules and date keys that mean something else on Airflow 3."""
    found = dags(facts)
    if not any(_is_moved(dag) for dag in found) or profile(facts.path) is Profile.TEST:
        return
    uses = date_uses(facts, context)
    owners = [dag_around(facts, use.node, found) for use in uses]
    for dag in found:
        read = [use for use, owner in zip(uses, owners, strict=True) if owner is dag or owner is None]
        if dag.timing is Timing.CRON and read and dag.schedule is not None:
            yield _cron(facts, dag, read, context)
        elif dag.timing is Timing.DELTA and dag.schedule is not None:
            yield from _delta(facts, dag, read, context)
    undated = [dag for dag in found if dag.timing.is_undated]
    for use, owner in zip(uses, owners, strict=True):
        if owner in undated or (owner is None and undated and len(undated) == len(found)):
            yield from _undated(facts, use, owner or undated[0])


def _is_moved(dag: DagCall) -> bool:
    return dag.timing in (Timing.CRON, Timing.DELTA) or dag.timing.is_undated


def _cron(facts: ModuleFacts, dag: DagCall, read: list[DateUse], context: RuleContext) -> Hit:
    assert dag.schedule is not None
    return Hit(
        "AS603",
        span_of(facts, dag.schedule.value),
        f"{_first(read)} moves one period: the run that starts at a tick of this schedule carries the date "
        "of "
        "the tick before on Airflow 2 and its own on Airflow 3, and its data interval is empty. Set "
        "[scheduler] "
        "create_cron_data_intervals=True, or write CronDataIntervalTimetable.",
        symbol=literal_text(dag.schedule.value) or "schedule",
        rewrites=_pin_cron(facts, dag) if context.pin_behaviour else (),
        unsafe="writes down the data intervals of Airflow 2" if context.pin_behaviour else "",
    )


def _delta(facts: ModuleFacts, dag: DagCall, read: list[DateUse], context: RuleContext) -> Iterator[Hit]:
    assert dag.schedule is not None
    value = dag.schedule.value
    catchup = dag.constructor.argument("catchup")
    on_grid = catchup is not None and isinstance(catchup.value, ast.Constant) and catchup.value.value is True
    if read:
        what = f"{_first(read)} moves one period and the data interval is empty on Airflow 3"
    elif not on_grid:
        what = "Without catchup the runs follow the moment the DAG is unpaused on Airflow 3, not `start_date`"
    else:
        return
    pin = (
        ReplaceExpression(
            value,
            f"{{0}}({facts.source.segment(value)})",
            (Needs(_INTERVAL, "DeltaDataIntervalTimetable"),),
        ),
    )
    yield Hit(
        "AS604",
        span_of(facts, value),
        f"{what}. Set [scheduler] create_cron_data_intervals=True, which Airflow 3 reads for timedelta schedules "
        "too (create_delta_data_intervals has no effect), or write DeltaDataIntervalTimetable.",
        symbol="schedule",
        rewrites=pin if context.pin_behaviour else (),
        unsafe="writes down the data intervals of Airflow 2" if context.pin_behaviour else "",
        severity=None if read else Severity.INFO,
    )


def _first(read: list[DateUse]) -> str:
    use = min(read, key=lambda use: use.node.lineno)
    return f"`{use.key}` ({f'in {use.file}' if use.file else f'line {use.node.lineno}'})"


def _pin_cron(facts: ModuleFacts, dag: DagCall) -> tuple[Rewrite, ...]:
    assert dag.schedule is not None
    value = dag.schedule.value
    zone = _timezone(facts, dag)
    if zone is None or literal_text(value) is None:
        return ()
    text = f'{{0}}({facts.source.segment(value)}, timezone="{zone}")'
    return (ReplaceExpression(value, text, (Needs(_INTERVAL, "CronDataIntervalTimetable"),)),)


def _timezone(facts: ModuleFacts, dag: DagCall) -> str | None:
    """The zone a cron schedule is read in, where `start_date` tells it; None when it cannot be known."""
    start = dag.constructor.argument("start_date")
    if start is None or not isinstance(start.value, ast.Call):
        return None
    zones = [keyword.value for keyword in start.value.keywords if keyword.arg in ("tz", "tzinfo")]
    if not zones:
        is_zoned = facts.names_of(start.value.func) & _ZONED
        return "UTC" if is_zoned or "datetime.datetime" in facts.names_of(start.value.func) else None
    value = zones[0]
    if isinstance(value, ast.Call) and facts.names_of(value.func) & {
        "pendulum.timezone",
        "zoneinfo.ZoneInfo",
    }:
        value = value.args[0] if value.args else value
    if facts.names_of(value) & {"datetime.timezone.utc", "pendulum.UTC", "datetime.UTC"}:
        return "UTC"
    return literal_text(value)


def _undated(facts: ModuleFacts, use: DateUse, dag: DagCall) -> Iterator[Hit]:
    if use.key not in ABSENT_WITHOUT_DATE:
        return
    by_assets = dag.timing is Timing.ASSETS
    starts = "runs started by assets" if by_assets else "runs triggered by the CLI or the REST API"
    place = f" in {use.file}" if use.file else ""
    yield Hit(
        "AS606",
        span_of(facts, use.node),
        f"`{use.key}`{place} is absent where a run has no logical date, as {starts} on Airflow 3. Use "
        "`dag_run.run_after`, as in `{{ (dag_run.logical_date or dag_run.run_after) | ds }}`.",
        symbol=use.key,
        severity=Severity.ERROR if by_assets else None,
    )
