"""What CloudWatch measured of an environment in the last week: tasks, DAG bag, heartbeats, processor and memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airshift.clients.aws import translated

DAYS = 7
HOUR = 3600
CLUSTERS = ("BaseWorker", "AdditionalWorker", "Scheduler", "WebServer")
_CONTAINERS = ("CPUUtilization", "MemoryUtilization")
CELERY = ("TaskQueued", "TaskPulled", "TaskExecuted", "CeleryWorkerHeartbeat")
_AIRFLOW = {
    "Executor": ("RunningTasks", "QueuedTasks"),
    "DAG Processing": ("DagBagSize", "ImportErrors"),
    "Scheduler": ("SchedulerHeartbeat",),
    "Celery": CELERY,
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of an environment; `of` is the function or the cluster."""

    name: str
    of: str

    @property
    def is_utilization(self) -> bool:
        """Whether it is measured at containers; `of` is their cluster then."""
        return self.name in _CONTAINERS

    @property
    def namespace(self) -> str:
        """Airflow's own metrics have another namespace than the containers'."""
        return "AWS/MWAA" if self.is_utilization else "AmazonMWAA"

    def query(self, environment: str, identifier: str, statistic: str) -> dict[str, Any]:
        """What GetMetricData is asked."""
        dimension = "Cluster" if self.is_utilization else "Function"
        dimensions = [{"Name": dimension, "Value": self.of}, {"Name": "Environment", "Value": environment}]
        metric = {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}
        return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": HOUR, "Stat": statistic}}


METRICS = tuple(
    [Metric(name, of) for of, names in _AIRFLOW.items() for name in names]
    + [Metric(name, of) for of in CLUSTERS for name in _CONTAINERS]
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over the week, of hourly values; `last` is the hour of the newest one."""

    metric: Metric
    points: int
    average: float | None = None
    maximum: float | None = None
    last: str = ""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "namespace": self.metric.namespace,
            "name": self.metric.name,
            "of": self.metric.of,
            "points": self.points,
            "average": self.average,
            "maximum": self.maximum,
            "last": self.last or None,
        }


def figures(client: Any, environment: str, until: datetime | None = None) -> list[Figure]:
    """Every metric, also those nobody measured; raises AwsError."""
    end = (until or datetime.now(UTC)).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    queries = [
        metric.query(environment, f"{statistic.lower()}{number}", statistic)
        for number, metric in enumerate(METRICS)
        for statistic in ("Average", "Maximum")
    ]
    values: dict[str, list[tuple[datetime, float]]] = {}
    with translated("CloudWatch"):
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=end - timedelta(days=DAYS), EndTime=end
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                pairs = zip(result["Timestamps"], result["Values"], strict=True)
                values.setdefault(result["Id"], []).extend(pairs)
    return list(_figures(values))


def _figures(values: dict[str, list[tuple[datetime, float]]]) -> Iterator[Figure]:
    for number, metric in enumerate(METRICS):
        averages, maxima = values.get(f"average{number}", []), values.get(f"maximum{number}", [])
        if not averages:
            yield Figure(metric, 0)
            continue
        average = sum(value for _, value in averages) / len(averages)
        highest = max((value for _, value in maxima), default=None)
        last = max(moment for moment, _ in averages).astimezone(UTC).isoformat()
        yield Figure(metric, len(averages), round(average, 3), highest, last)
