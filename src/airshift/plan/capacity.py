"""What an Amazon MWAA environment class holds, as AWS documents it (November 2026)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnvironmentClass:
    """DAGs an environment takes, and tasks that one worker runs at a time."""

    name: str
    dags: int
    tasks_per_worker: int


CLASSES = {
    one.name: one
    for one in (
        EnvironmentClass("mw1.micro", 25, 3),
        EnvironmentClass("mw1.small", 50, 5),
        EnvironmentClass("mw1.medium", 250, 10),
        EnvironmentClass("mw1.large", 1000, 20),
        EnvironmentClass("mw1.xlarge", 2000, 40),
        EnvironmentClass("mw1.2xlarge", 4000, 80),
    )
}


def concurrent_tasks(name: str, workers: int) -> int:
    """Tasks that run at a time with all workers up; mw1.micro has one worker and does not scale."""
    return CLASSES[name].tasks_per_worker * (1 if name == "mw1.micro" else workers)


def smallest_class(dags: int, busiest: float, workers: int) -> str | None:
    """The smallest class that holds so many DAGs and concurrent tasks; None when none does."""
    for name, one in CLASSES.items():
        if dags <= one.dags and busiest <= concurrent_tasks(name, workers):
            return name
    return None
