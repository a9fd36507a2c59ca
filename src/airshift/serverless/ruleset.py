"""The dated rules of rules/mwaa-serverless.toml: operators, arguments, limits, schedules, templates."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from airshift._data import data_folder
from airshift.catalogue import Catalogue
from airshift.index import Index, NameStatus
from airshift.rules.moves import Move, move_table
from airshift.serverless.model import Verdict
from airshift.targets import Target, parse_version


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts were read."""

    id: str
    date: date
    what: str
    url: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """What a definition cannot say, or an operator that needs more than a definition."""

    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Loss:
    """An argument that the service reads over; without an effect no run changes."""

    effect: str
    harmless: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class RuleSet:
    """One dated set of rules."""

    id: str
    date: date
    engine: Target
    sources: tuple[Source, ...]
    lists: dict[str, frozenset[str]]
    """Names of operators by list, the one that counts first."""
    operators: dict[str, Unfit]
    known_arguments: frozenset[str]
    trigger_rules: frozenset[str]
    enumerations: frozenset[str]
    ignored: dict[str, dict[str, Loss]]
    """By level (`dag`, `task`) and name."""
    limits: dict[str, tuple[int, int]]
    default_retries: int
    airflow_retries: int
    dag_id: re.Pattern[str]
    task_id: re.Pattern[str]
    presets: frozenset[str]
    instead: dict[str, str]
    template_names: frozenset[str]
    macros: frozenset[str]
    unsupported: dict[str, Unfit]

    @classmethod
    @cache
    def load(cls) -> RuleSet:
        """The rules that ship with airshift."""
        return _read(
            tomllib.loads((data_folder("rules") / "mwaa-serverless.toml").read_text(encoding="utf-8"))
        )

    @property
    def spellings(self) -> dict[str, str]:
        """Every listed operator by the name it has on the engine, as a list spells it."""
        return _spellings(self)

    def lists_with(self, operator: str) -> tuple[str, ...]:
        """The lists that have an operator, by the name it has on the engine."""
        return tuple(name for name, listed in _on_engine(self).items() if operator in listed)


@cache
def on_engine(operator: str) -> tuple[str, Move]:
    """Where the class behind a name lives on the engine, and how its calls change on the way there."""
    module, _, name = operator.rpartition(".")
    if not operator.startswith("airflow.") or not module:
        return operator, Move()
    engine, index = RuleSet.load().engine, Index.load()
    if index.status(module, name, engine.version) is NameStatus.IMPORTABLE:
        return operator, Move()
    move = move_table(Catalogue.load()).resolve(module, name, index, engine)
    return (str(move.home), move) if move.home is not None else (operator, Move())


@cache
def _on_engine(rules: RuleSet) -> dict[str, frozenset[str]]:
    return {name: frozenset(on_engine(one)[0] for one in listed) for name, listed in rules.lists.items()}


@cache
def _spellings(rules: RuleSet) -> dict[str, str]:
    found: dict[str, str] = {}
    for listed in rules.lists.values():
        for operator in sorted(listed):
            known = on_engine(operator)[0]
            found[known] = operator if operator == known else found.get(known, operator)
    return found


def _read(data: dict[str, Any]) -> RuleSet:
    arguments, schedule = data["arguments"], data["schedule"]
    ignored: dict[str, dict[str, Loss]] = {"dag": {}, "task": {}}
    for row in data["ignored"]:
        ignored[row["level"]][row["name"]] = Loss(row.get("effect", ""), tuple(row.get("harmless", ())))
    return RuleSet(
        id=data["rule_set"]["id"],
        date=data["rule_set"]["date"],
        engine=parse_version(data["rule_set"]["engine"]),
        sources=tuple(Source(**row) for row in data["source"]),
        lists=_lists(data["list"]),
        operators={row["name"]: _unfit(row) for row in data["operator"]},
        known_arguments=frozenset(arguments["tasks"].split()),
        trigger_rules=frozenset(arguments["trigger_rules"]),
        enumerations=frozenset(arguments["enumerations"]),
        ignored=ignored,
        limits={name: (low, high) for name, (low, high) in data["limits"].items()},
        default_retries=data["defaults"]["retries"],
        airflow_retries=data["defaults"]["airflow"]["retries"],
        dag_id=re.compile(data["names"]["dag_id"]),
        task_id=re.compile(data["names"]["task_id"]),
        presets=frozenset(schedule["presets"]),
        instead=schedule["instead"],
        template_names=frozenset(data["templates"]["names"]),
        macros=frozenset(data["templates"]["macros"]),
        unsupported={name: _unfit(row) for name, row in data["unsupported"].items()},
    )


def _unfit(row: dict[str, str]) -> Unfit:
    return Unfit(Verdict(row["verdict"]), row["text"])


def _lists(rows: Iterable[dict[str, Any]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        names = frozenset(
            f"{module}.{name}" for module, listed in row.get("operators", {}).items() for name in listed
        )
        if "like" in row:
            names = (found[row["like"]] - frozenset(row["without"])) | frozenset(row["more"])
        found[row["id"]] = names
    return found
