"""What the description of an MWAA environment says about its size and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AIRFLOW_DEFAULT = 16
"""`max_active_runs_per_dag` and `max_active_tasks_per_dag` where nobody sets them."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Size and limits of an environment; None where its description is silent."""

    name: str = ""
    region: str = ""
    environment_class: str | None = None
    min_workers: int | None = None
    max_workers: int | None = None
    schedulers: int | None = None
    web_servers: int | None = None
    tasks_per_worker: int | None = None
    """From `celery.worker_autoscale`."""
    parallelism: int | None = None
    """Of one scheduler."""
    default_pool: int | None = None
    most_runs: int = AIRFLOW_DEFAULT
    most_tasks: int = AIRFLOW_DEFAULT
    notes: tuple[str, ...] = ()

    @property
    def running_tasks(self) -> int | None:
        """What `core.parallelism` allows all schedulers together."""
        return None if self.parallelism is None else self.parallelism * (self.schedulers or 1)


def read_environment(path: Path) -> Environment:
    """The environment of a snapshot folder or of the JSON of `aws mwaa get-environment`."""
    from airshift.environments.reading import read_blue

    blue = read_blue(path)
    return environment_of(blue.description, blue.name, blue.region)


def environment_of(described: Mapping[str, Any], name: str = "", region: str = "") -> Environment:
    """The environment of a description."""
    options = described.get("AirflowConfigurationOptions")
    options = options if isinstance(options, Mapping) else {}
    notes = []
    if "celery.worker_concurrency" in options:
        notes.append("celery.worker_concurrency has no effect on MWAA; celery.worker_autoscale decides")
    autoscale = str(options.get("celery.worker_autoscale", "")).partition(",")[0]
    return Environment(
        name=name,
        region=region,
        environment_class=described.get("EnvironmentClass"),
        min_workers=_number(described.get("MinWorkers")),
        max_workers=_number(described.get("MaxWorkers")),
        schedulers=_number(described.get("Schedulers")),
        web_servers=_number(described.get("MinWebservers")),
        tasks_per_worker=_number(autoscale),
        parallelism=_number(options.get("core.parallelism")),
        default_pool=_number(options.get("core.default_pool_task_slot_count")),
        most_runs=_number(options.get("core.max_active_runs_per_dag")) or AIRFLOW_DEFAULT,
        most_tasks=_number(options.get("core.max_active_tasks_per_dag"))
        or _number(options.get("core.dag_concurrency"))
        or AIRFLOW_DEFAULT,
        notes=tuple(notes),
    )


def _number(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if text.isdigit() and int(text) > 0 else None
