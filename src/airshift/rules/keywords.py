"""Keywords that a DAG, an operator or another Airflow class accepted on the source and rejects on the target.

See https://airflow.apache.org/docs/apache-airflow/stable/installation/upgrading_to_airflow3.html and the
change logs of the providers.
"""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.fix.rewrites import Rewrite
from airshift.rules.accepted import judged_class, lost_keyword, still_accepts
from airshift.rules.arguments import Argument
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


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every keyword that the constructor it reaches rejects on the target."""
    known = parameters(context.catalogue, context.target)
    for constructor in constructors(facts):
        for argument in constructor.arguments:
            row = _row(context, known.get(argument.name, ()), constructor)
            if row is not None:
                yield _renamed(facts, context, constructor, argument, row)
                continue
            if lost_keyword(context, constructor, argument.name) is not None:
                yield _lost(facts, context, constructor, argument)


def _row(context: RuleContext, rows: tuple[Parameter, ...], constructor: Constructor) -> Parameter | None:
    """The row about this keyword of this class, unless the target's class has a parameter of that name."""
    if not rows:
        return None
    judge = judged_class(context, constructor) or constructor.qualified
    row = next((row for row in rows if row.concerns(constructor, judge)), None)
    if row is None or (row.role is not None and still_accepts(context, constructor, row.name)):
        return None
    return row


def _renamed(
    facts: ModuleFacts, context: RuleContext, constructor: Constructor, argument: Argument, row: Parameter
) -> Hit:
    return Hit(
        code=row.code,
        span=span_of(facts, argument.node),
        message=_message(context, constructor, argument, row.becomes, row.note, keep=row.keep),
        symbol=argument.name,
        rewrites=rewrites_of(facts, argument, row),
        unsafe=row.unsafe,
        kind=row.kind,
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


def _message(
    context: RuleContext,
    constructor: Constructor,
    argument: Argument,
    becomes: str | None,
    note: str,
    *,
    keep: bool = False,
) -> str:
    gone = f"{_subject(constructor)} has no parameter `{argument.name}` on Airflow {context.target.version}"
    if becomes is None:
        advice = "its value needs another place." if keep else "remove it."
    elif becomes in argument.beside:
        advice = f"`{becomes}` is given as well and wins, remove the old one."
    else:
        advice = f"write `{becomes}`."
    return " ".join(part for part in (f"{gone}: {advice}", note) if part)


def _subject(constructor: Constructor) -> str:
    if constructor.role is Role.TASK:
        return f"`{constructor.shown}`"
    judge = "DAG" if constructor.role is Role.DAG else f"`{constructor.qualified.rpartition('.')[2]}`"
    if constructor.shown in ("DAG", "dag") or judge == f"`{constructor.shown}`":
        return judge
    return f"{judge} (behind `{constructor.shown}`)"


def _lost(facts: ModuleFacts, context: RuleContext, constructor: Constructor, argument: Argument) -> Hit:
    return Hit(
        code="AS209",
        span=span_of(facts, argument.node),
        message=_message(context, constructor, argument, None, ""),
        symbol=argument.name,
    )
