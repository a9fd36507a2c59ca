"""How critical a DAG is: a whole number, higher for what moves later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from airshift.estate.model import Dag

NORMAL = 0
"""The level of a DAG that no rule names."""
HIGH = 1
NAMES = {"low": -1, "normal": NORMAL, "medium": NORMAL, "high": HIGH, "critical": 2}


class Field(StrEnum):
    """What a criticality rule looks at."""

    TAG = "tag"
    OWNER = "owner"
    PATH = "path"
    DAG_ID = "dag_id"


@dataclass(frozen=True, slots=True)
class LevelRule:
    """DAGs whose field matches a pattern (`*`, `?`, `[...]`) have this level."""

    match: str
    field: Field
    level: int

    def applies(self, dag: Dag, owners: tuple[str, ...]) -> bool:
        """Whether the rule names this DAG."""
        values = {
            Field.TAG: dag.tags,
            Field.OWNER: owners,
            Field.PATH: (dag.path,),
            Field.DAG_ID: (dag.dag_id,),
        }[self.field]
        return any(fnmatchcase(value, self.match) for value in values)

    def __str__(self) -> str:
        return f"{self.field.value} {self.match} is {level_name(self.level)}"


def level_name(level: int) -> str:
    """The word for a level; numbers without one stay numbers."""
    words = {-1: "low", NORMAL: "normal", HIGH: "high", 2: "critical"}
    return words.get(level, f"level {level}")


def parse_level(value: object) -> int | None:
    """A level given as a word or a whole number; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str) else ""
    if re.fullmatch(r"-?\d{1,4}", text):
        return int(text)
    return NAMES.get(text)
