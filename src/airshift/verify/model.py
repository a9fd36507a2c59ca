"""What both sides said about an estate, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airshift.findings import Problem

Facts = Mapping[str, Any]
"""A DAG as `inside/airshift_parser/describe.py` tells it, with its next runs and rendered templates."""


class Verdict(StrEnum):
    """How a DAG on the target compares to the one on the source."""

    EQUAL = "equal"
    INTENDED = "intended"
    """Equal but for changes that the move itself makes, each listed with its reason."""
    DIFFERENT = "different"
    NOT_PARSED = "not_parsed"


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of the estate."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What one Airflow said about one file."""

    path: str
    error: str | None
    spot: Spot | None
    dags: Mapping[str, Facts]
    looked_up: tuple[tuple[str, str, str], ...] = ()
    """What was asked for while parsing: kind, name, and where the answer came from."""
    stubbed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    """For everything that was asked of the file."""
    parse_seconds: float | None = None
    """For its own code and what it imports; None where it gave no answer."""


@dataclass(frozen=True, slots=True)
class Side:
    """One Airflow with all its answers."""

    airflow: str
    python: str
    isolated: tuple[str, ...]
    """What children were cut off from by the kernel: network, files."""
    answers: Mapping[str, Answer]

    def dags(self) -> dict[str, tuple[str, Facts]]:
        """Every DAG with the file it is in; of several with one id the first file's counts, as in Airflow."""
        found: dict[str, tuple[str, Facts]] = {}
        for path, answer in sorted(self.answers.items()):
            for dag_id, facts in answer.dags.items():
                found.setdefault(dag_id, (path, facts))
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is not the same on both sides."""

    what: str
    """The fact, e.g. `schedule`, `tasks` or `retries`."""
    task: str
    source: Any
    target: Any
    intended: str = ""
    """Why it is no surprise; empty when it is one."""


@dataclass(frozen=True, slots=True)
class DagResult:
    """The comparison of one DAG."""

    dag_id: str
    path: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    predicted: tuple[str, ...] = ()
    """Codes of static findings in its file."""


@dataclass(frozen=True, slots=True)
class Run:
    """How one DAG ran on the target."""

    dag_id: str
    state: str
    """The final state; empty when it was not run."""
    tasks: Mapping[str, str]
    reason: str = ""
    """Why it was not run or did not end."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The whole result."""

    source: Side
    target: Side
    dags: tuple[DagResult, ...]
    fixed: bool = False
    """Whether the target got the fixed files."""
    problems: tuple[Problem, ...] = ()
    runs: tuple[Run, ...] = ()
    """With `--run`: the DAGs that were run on the target."""
