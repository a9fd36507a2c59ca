"""Calls of a replaced class that reaches the file through a module of the estate.

The import is a finding of that module; here the keywords have to change with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import Call, ModuleFacts
from airshift.findings import Severity
from airshift.index import NameStatus
from airshift.rules import name_words as words
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.call_rewrites import changed_call
from airshift.rules.import_places import weigh_place
from airshift.rules.move_rows import CallChange
from airshift.rules.moves import MoveTable, move_table

CODES: tuple[str, ...] = (words.PROVIDER,)
TRIGGERS: tuple[bytes, ...] = (b"_conn_id", b"database=", b"warehouse=")


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield calls whose keywords the class's successor does not take."""
    if not facts.project.by_path:
        return
    table = move_table(context.catalogue)
    for call in facts.calls:
        class_ = _class(facts, call)
        if class_ is not None:
            yield from _judged(facts, context, table, call, class_)


def _class(facts: ModuleFacts, call: Call) -> str | None:
    """The Airflow class that is called, when the file imports it from the estate."""
    if not call.certain or len(call.names) != 1:
        return None
    (name,) = call.names
    own = facts.names.resolve(call.node.func).names
    if not name.startswith("airflow.") or name in own:
        return None
    return name.removesuffix(".partial")


def _judged(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, call: Call, class_: str
) -> Iterator[Hit]:
    module, _, name = class_.rpartition(".")
    if context.index.status(module, name, context.target.version) is not NameStatus.MISSING:
        return
    move = table.resolve(module, name, context.index, context.target)
    old = _old_keywords(call, move.calls)
    if move.home is None or move.advise or not old:
        return
    weight = weigh_place(facts, NameStatus.MISSING, call.site.scope, call.node)
    rewrites = changed_call(facts, call.node, move.calls) or []
    spelled = ", ".join(f"`{keyword}`" for keyword in old)
    yield Hit(
        words.PROVIDER,
        span_of(facts, call.node.func),
        f"`{name}` becomes `{move.home}` on Airflow {context.target.version}, which does not take {spelled}.",
        symbol=f"{class_}.{old[0]}",
        rewrites=tuple(rewrites),
        unsafe="the class comes from another module of the estate, which has to be fixed with this one",
        kind=weight.kind,
        severity=Severity.ERROR,
    )


def _old_keywords(call: Call, change: CallChange) -> list[str]:
    merged = {old for keys in change.into.values() for old in keys}
    return [k.arg for k in call.node.keywords if k.arg in change.keywords or k.arg in merged]
