"""Values of parameters that a constructor accepted on the source and refuses on the target."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.errors import DataError
from airshift.fix.rewrites import ReplaceExpression
from airshift.records import dataclass
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import constructors
from airshift.rules.data import applies, text_of, texts_of
from airshift.targets import Target

CODES: tuple[str, ...] = ("AS220",)
TRIGGERS: tuple[bytes, ...] = (b"auto_remove",)


@dataclass(frozen=True, slots=True)
class Values:
    """A parameter of some classes: old literal -> new text."""

    classes: frozenset[str]
    name: str
    becomes: dict[str, str]


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every value that the target's constructor refuses."""
    rows = _rows(context.catalogue, context.target)
    for found in constructors(facts):
        judge = found.qualified.rpartition(".")[2]
        for row in rows:
            argument = found.argument(row.name) if judge in row.classes else None
            for written in facts.values_of(argument.value) if argument is not None else ():
                old = facts.source.segment(written)
                if old in row.becomes:
                    new = row.becomes[old]
                    yield Hit(
                        "AS220",
                        span_of(facts, written),
                        f"`{judge}` refuses `{row.name}={old}` on Airflow {context.target.version}: write `{new}`.",
                        symbol=row.name,
                        rewrites=(ReplaceExpression(written, new),),
                    )


@lru_cache(maxsize=8)
def _rows(catalogue: Catalogue, target: Target) -> tuple[Values, ...]:
    found: list[Values] = []
    for number, row in enumerate(catalogue.rows("keywords", "value"), 1):
        where = f"rules/keywords.toml: value {number}"
        becomes = row.get("becomes")
        if not isinstance(becomes, dict) or not all(isinstance(new, str) for new in becomes.values()):
            raise DataError(f"{where}: becomes must be a table of literal to text")
        if applies(row, target):
            found.append(
                Values(frozenset(texts_of(row, "classes", where)), text_of(row, "name", where), becomes)
            )
    return tuple(found)
