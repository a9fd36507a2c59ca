"""Which environment classes carry a load, and with how many workers."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import quantiles
from typing import Any

from airshift._data import data_folder
from airshift.errors import DataError
from airshift.sizing.environment import Environment


@dataclass(frozen=True, slots=True)
class EnvironmentClass:
    """What a class is documented to hold."""

    name: str
    dags: int
    tasks_per_worker: int
    max_workers: int


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes from small to large, with their source."""

    date: str
    source: str
    classes: tuple[EnvironmentClass, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a class has to carry."""

    dags: int
    peak: int
    """Tasks at a time, at most."""
    usual: int
    """Tasks at a time in the middle minute of the week."""
    high: int
    """Tasks at a time that all but one minute in twenty stay below or at."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a class takes a demand."""

    environment_class: EnvironmentClass
    tasks_per_worker: int
    min_workers: int
    max_workers: int
    """Workers that the peak needs."""
    reasons: tuple[str, ...]
    """Why it does not fit; empty when it does."""

    @property
    def fits(self) -> bool:
        """Whether the class carries the demand."""
        return not self.reasons


@cache
def load_classes() -> Classes:
    """rules/mwaa-classes.toml."""
    path = data_folder("rules") / "mwaa-classes.toml"
    content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return Classes(
            str(content["date"]),
            content["source"],
            tuple(
                EnvironmentClass(row["name"], row["dags"], row["tasks_per_worker"], row["max_workers"])
                for row in content["class"]
            ),
        )
    except KeyError as error:
        raise DataError(f"rules/{path.name}: missing {error}") from error


def demand_of(dags: int, tasks: Sequence[int]) -> Demand:
    """The demand of so many DAGs with this load, minute by minute."""
    if len(tasks) < 2:
        return Demand(dags, max(tasks, default=0), max(tasks, default=0), max(tasks, default=0))
    twentieths = quantiles(tasks, n=20, method="inclusive")
    return Demand(dags, max(tasks), math.ceil(twentieths[9]), math.ceil(twentieths[18]))


def fits_of(demand: Demand, environment: Environment, most_workers: int | None = None) -> tuple[Fit, ...]:
    """How each class takes the demand; `most_workers` replaces the quota that accounts start with."""
    return tuple(_fit(one, demand, environment, most_workers) for one in load_classes().classes)


def smallest(fits: Sequence[Fit]) -> Fit | None:
    """The smallest class that carries the demand; None when none does."""
    return next((fit for fit in fits if fit.fits), None)


def workers_for(tasks: int, tasks_per_worker: int) -> int:
    """Workers that MWAA starts for so many running and queued tasks; one is always there."""
    return max(1, math.ceil(tasks / tasks_per_worker))


def _fit(one: EnvironmentClass, demand: Demand, environment: Environment, most_workers: int | None) -> Fit:
    own = environment.environment_class == one.name
    per_worker = (
        environment.tasks_per_worker if own and environment.tasks_per_worker else one.tasks_per_worker
    )
    needed = workers_for(demand.peak, per_worker)
    limit = one.max_workers if one.max_workers == 1 else (most_workers or one.max_workers)
    reasons = []
    if demand.dags > one.dags:
        reasons.append(f"{demand.dags} DAGs, it is meant for {one.dags}")
    if needed > limit:
        reasons.append(f"{demand.peak} tasks at a time need {needed} workers, it has at most {limit}")
    return Fit(one, per_worker, workers_for(demand.usual, per_worker), needed, tuple(reasons))
