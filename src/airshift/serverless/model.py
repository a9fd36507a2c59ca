"""DAGs with every argument, and what is said about their way to MWAA Serverless."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airshift.estate.model import Dag


class Verdict(StrEnum):
    """How far a DAG is from a definition that the service takes; the later one outweighs."""

    NATIVE = "native"
    """A definition says all of it."""
    CODE_PACKAGE = "code_package"
    """It runs with a package of own code beside the definition."""
    CHANGE = "change"
    """Something has to be written differently first."""
    BLOCKED = "blocked"
    """It needs what the service does not have."""


ORDER = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value that is no literal: its source text."""

    expression: str


@dataclass(frozen=True, slots=True)
class Seconds:
    """A `timedelta`."""

    count: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A date that does not depend on when the file is read, in ISO 8601."""

    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration."""

    enumeration: str
    name: str


@dataclass(frozen=True, slots=True)
class CodeName:
    """A function of the estate, as `module.function`."""

    name: str


@dataclass(frozen=True, slots=True)
class TaskCall:
    """A task with what its operator is given."""

    task_id: str
    operator: str
    line: int
    given: dict[str, Any]
    """Arguments as written, those of its groups included."""
    inherited: dict[str, Any]
    """The DAG's default arguments."""
    upstream: tuple[str, ...]
    mapped: str = ""
    """How it is mapped: `mapped_literal` when all values are known, else `mapped`; empty for a plain task."""
    is_fixture: bool = False
    """Whether it is a setup or teardown task."""
    is_partial: bool = False
    """Whether only Airflow told of it, which keeps no argument but template fields."""


@dataclass(frozen=True, slots=True)
class DagCall:
    """A DAG with what it is given."""

    dag: Dag
    given: dict[str, Any]
    tasks: tuple[TaskCall, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a DAG has its verdict; one that leads to `native` is only worth knowing."""

    leads_to: Verdict
    text: str
    line: int
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An argument that would silently be ignored."""

    name: str
    value: str
    line: int
    task_id: str = ""
    effect: str = ""
    """What is lost; empty when no run changes."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """The verdict on one DAG."""

    dag: Dag
    verdict: Verdict
    reasons: tuple[Reason, ...]
    ignored: tuple[Ignored, ...]
    definition: dict[str, Any] | None = None
    """The YAML document of a native DAG, as plain values."""
