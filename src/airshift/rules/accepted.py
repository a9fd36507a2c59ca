"""Which keywords a class of Airflow or a provider accepted on the source and rejects on the target."""

from __future__ import annotations

from functools import lru_cache

from airshift.catalogue import Catalogue
from airshift.rules.base import RuleContext
from airshift.rules.constructors import TASK_DECORATORS, Constructor, Role
from airshift.rules.data import text_of

_JUDGED_ELSEWHERE = ("DagBag",)
"""Classes whose arguments have a rule of their own."""


def lost_keywords(context: RuleContext, constructor: Constructor) -> frozenset[str]:
    """The keywords that the target's class rejects; none when one side is not known."""
    class_ = judged_class(context, constructor)
    if class_ is None:
        return frozenset()
    return context.index.lost_keywords(class_, context.source.version, context.target.version)


def still_accepts(context: RuleContext, constructor: Constructor, name: str) -> bool:
    """Whether the class is known to accept keyword `name` on the target."""
    class_ = judged_class(context, constructor)
    after = context.index.keywords(class_, context.target.version) if class_ else None
    return after is not None and name in after


def judged_class(context: RuleContext, constructor: Constructor) -> str | None:
    """The dotted class whose signature decides; None for a DAG, a group or an unknown decorator."""
    if constructor.role in (Role.DAG, Role.GROUP) or constructor.qualified.endswith(_JUDGED_ELSEWHERE):
        return None
    if constructor.role is not Role.TASK:
        return constructor.qualified
    suffix = next(
        constructor.qualified.removeprefix(name).removeprefix(".")
        for name in TASK_DECORATORS
        if constructor.qualified.startswith(name)
    )
    known = _decorated(context.catalogue)
    return known.get(suffix) or context.index.decorators(context.target.version).get(suffix)


@lru_cache(maxsize=2)
def _decorated(catalogue: Catalogue) -> dict[str, str]:
    """Operator class behind `@task.<name>`; the bare decorator has the name ``."""
    where = "rules/keywords.toml: decorator"
    rows = catalogue.rows("keywords", "decorator")
    return {str(row.get("name", "")): text_of(row, "operator", where) for row in rows}
