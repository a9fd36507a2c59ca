"""Keywords that a DAG, an operator or another Airflow class accepted on the source and rejects on the target.

See https://airflow.apache.org/docs/apache-airflow/stable/installation/upgrading_to_airflow3.html and the
change logs of the providers.
"""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.handed import Handing
from airshift.fix.rewrites import Rewrite
from airshift.rules.accepted import judged_class, lost_keywords, still_accepts
from airshift.rules.arguments import Argument, handed_items
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Constructor, Role, constructors
from airshift.rules.parameters import Parameter, parameters

CODES: tuple[str, ...] = ("AS201", "AS202", "AS203", "AS206", "AS207", "AS209")
TRIGGERS: tuple[bytes, ...] = (
    b"airflow",
    b"task_id",
    b"dag_id",
    b"schedule_interval",
    b"timetable",
    b"concurrency",
    b"fail_stop",
    b"default_view",
    b"orientation",
    b"full_filepath",
    b"provide_context",
)


_UNPACKED = (
    (Handing.DAG_ARGUMENTS, Role.DAG, "DAG"),
    (Handing.TASK_ARGUMENTS, Role.OPERATOR, "An operator"),
)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every keyword that the constructor it reaches rejects on the target."""
    known = parameters(context.catalogue, context.target)
    for constructor in constructors(facts):
        lost = lost_keywords(context, constructor)
        given = constructor.names
        if known.keys().isdisjoint(given) and lost.isdisjoint(given):
            continue
        for argument in constructor.arguments:
            row = _row(context, known.get(argument.name, ()), constructor)
            if row is not None:
                yield _dropped(facts, context, _subject(constructor), argument, row)
            elif argument.name in lost:
                yield _lost(facts, context, _subject(constructor), argument)
    yield from _handed(facts, context, known)


def _handed(
    facts: ModuleFacts, context: RuleContext, known: dict[str, tuple[Parameter, ...]]
) -> Iterator[Hit]:
    """Keys of dictionaries that another module of the estate unpacks into a DAG or a task."""
    for handing, role, subject in _UNPACKED:
        for argument in handed_items(facts, handing):
            row = next((row for row in known.get(argument.name, ()) if row.role is role), None)
            if row is not None:
                yield _dropped(facts, context, subject, argument, row)


def _row(context: RuleContext, rows: tuple[Parameter, ...], constructor: Constructor) -> Parameter | None:
    """The row about this keyword of this class, unless the target's class has a parameter of that name."""
    if not rows:
        return None
    judge = judged_class(context, constructor) or constructor.qualified
    row = next((row for row in rows if row.concerns(constructor, judge)), None)
    if row is None or (row.role is not None and still_accepts(context, constructor, row.name)):
        return None
    return row


def _dropped(
    facts: ModuleFacts, context: RuleContext, subject: str, argument: Argument, row: Parameter
) -> Hit:
    return Hit(
        code=row.code,
        span=span_of(facts, argument.node),
        message=" ".join(
            filter(None, (_gone(context, subject, argument) + _advice(argument, row), row.note))
        ),
        symbol=argument.name,
        rewrites=rewrites_of(facts, argument, row),
        unsafe=row.unsafe,
        kind=row.kind,
    )


def _lost(facts: ModuleFacts, context: RuleContext, subject: str, argument: Argument) -> Hit:
    return Hit(
        code="AS209",
        span=span_of(facts, argument.node),
        message=f"{_gone(context, subject, argument)}remove it.",
        symbol=argument.name,
    )


def rewrites_of(facts: ModuleFacts, argument: Argument, row: Parameter) -> tuple[Rewrite, ...]:
    """Rename the argument, or remove it when there is no new name or the new one is already written."""
    if row.keep:
        return ()
    if row.becomes is None or row.becomes in argument.beside:
        return (argument.removed(),)
    if not row.values:
        return (argument.renamed(row.becomes),)
    value = dict(row.values).get(facts.source.segment(argument.value))
    if value is None:
        return ()
    return (argument.renamed(row.becomes, value) if value else argument.removed(),)


def _gone(context: RuleContext, subject: str, argument: Argument) -> str:
    return f"{subject} has no parameter `{argument.name}` on Airflow {context.target.version}: "


def _advice(argument: Argument, row: Parameter) -> str:
    if row.becomes is None:
        return "its value needs another place." if row.keep else "remove it."
    if row.becomes in argument.beside:
        return f"`{row.becomes}` is given as well and wins, remove the old one."
    return f"write `{row.becomes}`."


def _subject(constructor: Constructor) -> str:
    if constructor.role is Role.TASK:
        return f"`{constructor.shown}`"
    judge = "DAG" if constructor.role is Role.DAG else f"`{constructor.qualified.rpartition('.')[2]}`"
    if constructor.shown in ("DAG", "dag") or judge == f"`{constructor.shown}`":
        return judge
    return f"{judge} (behind `{constructor.shown}`)"
