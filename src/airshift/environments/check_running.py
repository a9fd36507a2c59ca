"""Does the environment run well: its state, health, capacity, queue, logs and options."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from airshift.environments.evidence import Evidence
from airshift.environments.figures import CELERY, Figure
from airshift.environments.model import OPTIONS, Blue
from airshift.environments.verdicts import Check, judged, ok, problem, unknown
from airshift.sizing.classes import load_classes

BUSY = 85.0
"""Percent of processor or memory over a week above which AWS suggests a larger class."""
SILENT = timedelta(hours=2)
"""Age of the newest hourly heartbeat above which there is none."""
_LOGS = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}


def check_running(found: Evidence, now: datetime | None = None) -> Iterator[Check]:
    """Every point about the running environment."""
    blue = found.blue
    yield from _state(blue)
    yield from judged("airflow", "health", found.health, _health)
    yield from judged("capacity", "DAGs", found.dags, lambda dags: _dags(blue, dags))
    yield from judged("capacity", "utilization", found.figures, _utilization)
    yield from judged(
        "queue", "metrics", found.figures, lambda figures: _queue(figures, now or datetime.now(UTC))
    )
    yield from judged("logs", "log groups", found.log_groups, lambda groups: _logs(blue, groups))
    yield from judged("files", ".airflowignore", found.ignore_file, _ignore_file)
    yield from _options(blue)


def _state(blue: Blue) -> Iterator[Check]:
    status = str(blue.description.get("Status", "unknown"))
    if status == "AVAILABLE":
        yield ok("state", "status", status)
    else:
        yield problem(
            "state", "status", f"{status}; only an available environment can be read and moved safely"
        )
    update = blue.description.get("LastUpdate") or {}
    if update.get("Status") == "FAILED":
        yield problem(
            "state",
            "last update",
            f"failed: {(update.get('Error') or {}).get('ErrorCode', 'no reason given')}",
        )


def _health(parts: dict[str, str]) -> Iterator[Check]:
    for name, status in parts.items():
        if status == "healthy":
            yield ok("airflow", name, status)
        else:
            yield problem("airflow", name, status)


def _dags(blue: Blue, dags: int) -> Check:
    name = str(blue.description.get("EnvironmentClass", ""))
    known = {one.name: one.dags for one in load_classes().classes}
    if name not in known:
        return unknown(
            "capacity", "DAGs", f"{dags}; how many {name or 'its class'} is meant for is not known"
        )
    if dags > known[name]:
        return problem("capacity", "DAGs", f"{dags}; {name} is meant for up to {known[name]}")
    return ok("capacity", "DAGs", f"{dags} of the {known[name]} that {name} is meant for")


def _utilization(figures: list[Figure]) -> Iterator[Check]:
    for figure in figures:
        if not figure.metric.is_utilization:
            continue
        name = f"{figure.metric.of} {figure.metric.name}"
        if figure.average is None:
            if figure.metric.of != "AdditionalWorker":
                yield unknown("capacity", name, "CloudWatch has no values of the last week")
        elif figure.average > BUSY:
            yield problem(
                "capacity", name, f"{figure.average:.0f} % on average over a week, more than {BUSY:.0f} %"
            )
        else:
            yield ok("capacity", name, f"{figure.average:.0f} % on average over a week")


def _queue(figures: list[Figure], now: datetime) -> Iterator[Check]:
    found = {one.metric.name: one for one in figures if one.metric.name in CELERY}
    if not any(figure.points for figure in found.values()):
        yield unknown("queue", "metrics", "CloudWatch has no values of Celery of the last week")
        return
    heartbeat = found["CeleryWorkerHeartbeat"]
    if not heartbeat.last:
        yield problem("queue", "worker heartbeat", "none in the last week")
    elif now - datetime.fromisoformat(heartbeat.last) > SILENT:
        yield problem("queue", "worker heartbeat", f"none since {heartbeat.last}")
    else:
        yield ok("queue", "worker heartbeat", heartbeat.last)
    queued = found["TaskQueued"].points
    for name in ("TaskPulled", "TaskExecuted"):
        if queued and not found[name].points:
            yield problem("queue", name, "no values, although tasks were queued: workers do not take them")
        elif queued:
            yield ok("queue", name, "workers take and execute tasks")


def _logs(blue: Blue, groups: frozenset[str]) -> Iterator[Check]:
    for kind, settings in sorted((blue.description.get("LoggingConfiguration") or {}).items()):
        if not settings.get("Enabled"):
            yield problem("logs", kind, "off; failures of this part leave no trace")
            continue
        group = str(settings.get("CloudWatchLogGroupArn", "")).partition(":log-group:")[2].removesuffix(":*")
        name = group or f"airflow-{blue.name}-{_LOGS.get(kind, '')}"
        if name in groups:
            yield ok("logs", kind, name)
        else:
            yield problem("logs", kind, f"enabled, but there is no log group {name}")


def _ignore_file(there: bool) -> Check:
    if there:
        return ok("files", ".airflowignore", "there")
    return problem(
        "files", ".airflowignore", "none; every Python file below the DAG folder is parsed as a DAG"
    )


def _options(blue: Blue) -> Iterator[Check]:
    found = list(_odd_options(blue))
    yield from found or [ok("options", "configuration options", "none that MWAA ignores")]


def _odd_options(blue: Blue) -> Iterator[Check]:
    options = blue.description.get(OPTIONS) or {}
    if "celery.worker_concurrency" in options:
        yield problem(
            "options", "celery.worker_concurrency", "has no effect on MWAA; celery.worker_autoscale decides"
        )
    lazy = str(options.get("core.lazy_load_plugins", "True")).lower()
    if blue.version.startswith("2.") and blue.description.get("PluginsS3Path") and lazy != "false":
        text = (
            "plugins are loaded on first use only; set it to False if tasks rely on what plugins do at start"
        )
        yield problem("options", "core.lazy_load_plugins", text)
