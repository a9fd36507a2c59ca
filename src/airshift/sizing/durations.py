"""How long tasks take: from a CSV file, from a running Airflow, or assumed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from airshift.errors import UsageError
from airshift.estate.model import Dag
from airshift.plan.overrides import COLUMNS

_UNITS = {"seconds": 1, "minutes": 60, "duration_minutes": 60}
_KNOWN = {"dag_id", "task_id", *_UNITS, *COLUMNS}
_BYTE_ORDER_MARK = "\ufeff"


class Origin(StrEnum):
    """Where the durations of a DAG come from."""

    GIVEN = "given"
    LIVE = "live"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a task is taken to last where nobody says."""

    task_seconds: int = 60
    sensor_seconds: int = 600
    """How long a sensor waits for its condition."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds by DAG (a whole run) and by task."""

    runs: Mapping[str, float] = field(default_factory=dict)
    tasks: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of_run(self, dag: Dag) -> float | None:
        """Seconds that a run takes: as given, else the median of the runs that a running Airflow has ended."""
        given = self.runs.get(dag.key, self.runs.get(dag.dag_id))
        if given is not None or dag.live is None or not dag.live.durations:
            return given
        return median(dag.live.durations)

    def of_task(self, dag: Dag, task_id: str) -> float | None:
        """Seconds that one task takes, where the file says so."""
        return self.tasks.get((dag.key, task_id), self.tasks.get((dag.dag_id, task_id)))

    def origin(self, dag: Dag) -> Origin:
        """Where what is known about a DAG comes from."""
        names = {dag.key, dag.dag_id}
        if names & self.runs.keys() or any(name in names for name, _ in self.tasks):
            return Origin.GIVEN
        return Origin.ASSUMED if self.of_run(dag) is None else Origin.LIVE


def read_durations(text: str, where: str) -> Durations:
    """Read a CSV with `dag_id`, `task_id` (empty for a whole run) and `seconds` or `minutes`.

    The override file of `airshift plan` is one too. Raise UsageError naming the row of what is wrong.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix(_BYTE_ORDER_MARK)))
    names = set(reader.fieldnames or ())
    if "dag_id" not in names or not names & _UNITS.keys():
        raise UsageError(f"{where}: needs the columns dag_id and one of {', '.join(_UNITS)}")
    if names - _KNOWN:
        raise UsageError(f"{where}: unknown column {', '.join(sorted(names - _KNOWN))}")
    runs: dict[str, float] = {}
    tasks: dict[tuple[str, str], float] = {}
    for number, row in enumerate(reader, 2):
        dag_id, task_id = ((row.get(name) or "").strip() for name in ("dag_id", "task_id"))
        seconds = _seconds(row, f"{where}:{number}")
        if not dag_id:
            raise UsageError(f"{where}:{number}: dag_id is empty")
        if seconds is not None and task_id:
            tasks[dag_id, task_id] = seconds
        elif seconds is not None:
            runs[dag_id] = seconds
    return Durations(runs, tasks)


def _seconds(row: Mapping[str, str | None], where: str) -> float | None:
    for unit, size in _UNITS.items():
        text = (row.get(unit) or "").strip()
        if not text:
            continue
        try:
            value = float(text)
        except ValueError as error:
            raise UsageError(f"{where}: {unit} {text} is no number") from error
        if not 0 <= value * size <= 7 * 86_400:
            raise UsageError(f"{where}: {unit} {text}: between 0 and a week")
        return value * size
    return None
