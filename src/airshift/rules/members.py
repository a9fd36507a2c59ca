"""The rows of rules/runtime.toml: attributes of runtime objects that are gone, and what takes their place."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.records import dataclass
from airshift.rules.data import applies, text_of
from airshift.rules.things import Thing
from airshift.targets import Target

_OPTIONAL = ("attribute", "key", "python", "unsafe")
CODE_OF = {Thing.TI: "AS501", Thing.DAG_RUN: "AS502", Thing.DAG: "AS503", Thing.TASK: "AS504"}
SHOWN = {Thing.TI: "ti", Thing.DAG_RUN: "dag_run", Thing.DAG: "dag", Thing.TASK: "task"}


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute or method that a thing no longer has on the target."""

    thing: Thing
    name: str
    advice: str = "There is no replacement in a task; use the REST API if you need it."
    attribute: str = ""
    """Chain of attributes that took over."""
    key: str = ""
    """Context key that holds the value."""
    python: str = ""
    """Expression with `{owner}` for the thing."""
    is_call: bool = False
    """Whether it was a method, whose parentheses go away."""
    unsafe: str = ""

    @property
    def code(self) -> str:
        """Code of the rule that reports it."""
        return CODE_OF[self.thing]

    @property
    def symbol(self) -> str:
        """What the finding is about, e.g. `ti.execution_date`."""
        return f"{SHOWN[self.thing]}.{self.name}"

    @property
    def message(self) -> str:
        """What is gone, and what to write."""
        return f"`{self.symbol}` is gone on Airflow 3. {self.advice}"


@lru_cache(maxsize=8)
def gone_members(catalogue: Catalogue, target: Target) -> dict[tuple[Thing, str], Member]:
    """Every member that is gone on the target."""
    found: dict[tuple[Thing, str], Member] = {}
    for number, row in enumerate(catalogue.rows("runtime", "gone"), 1):
        where = f"rules/runtime.toml: gone {number}"
        thing = _thing(row, where)
        if applies(row, target):
            for name in text_of(row, "names", where).split():
                found[thing, name] = Member(thing, name)
    for number, row in enumerate(catalogue.rows("runtime", "member"), 1):
        where = f"rules/runtime.toml: member {number}"
        thing, name = _thing(row, where), text_of(row, "name", where)
        if (thing, name) in found:
            found[thing, name] = _described(found[thing, name], row, where)
    return found


@lru_cache(maxsize=8)
def gone_names(catalogue: Catalogue, target: Target) -> frozenset[str]:
    """The names of the members that are gone on the target."""
    return frozenset(name for _, name in gone_members(catalogue, target))


def _thing(row: Table, where: str) -> Thing:
    try:
        thing = Thing(text_of(row, "thing", where))
    except ValueError as error:
        raise DataError(f"{where}: thing: {error}") from error
    if thing not in CODE_OF:
        raise DataError(f"{where}: thing: {thing} has no rule")
    return thing


def _described(member: Member, row: Table, where: str) -> Member:
    unknown = sorted(set(row) - {"thing", "name", "advice", "call", *_OPTIONAL})
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}")
    given = {name: text_of(row, name, where) for name in _OPTIONAL if name in row}
    return replace(
        member,
        advice=text_of(row, "advice", where),
        attribute=given.get("attribute", ""),
        key=given.get("key", ""),
        python=given.get("python", ""),
        is_call=row.get("call") is True,
        unsafe=given.get("unsafe", ""),
    )
