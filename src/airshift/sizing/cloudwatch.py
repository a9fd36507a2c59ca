"""Figures that CloudWatch has of a running environment, as `aws cloudwatch` prints them, or summed up by metric."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airshift.errors import UsageError

FILE = "live/cloudwatch.json"
_BUSY_PERCENT = 85
_LABELS = ("Label", "label", "MetricName", "metric", "name")
_FIGURES = frozenset({"values", "value", "maximum", "max", "highest", "average", "datapoints", "p99", "p95"})
_NAMES = ("RunningTasks", "QueuedTasks", "CPUUtilization", "MemoryUtilization", "DagBagSize")


@dataclass(frozen=True, slots=True)
class Live:
    """The highest value of each metric; empty where nobody measured."""

    highest: Mapping[str, float] = field(default_factory=dict)
    """By label, which has the name of the metric in it."""

    def of(self, name: str) -> float | None:
        """The highest value of all series of a metric."""
        return max((value for label, value in self.highest.items() if name in label), default=None)

    @property
    def peak_tasks(self) -> int | None:
        """Running and queued tasks at their highest; an upper bound, as they may have peaked apart."""
        running, queued = self.of("RunningTasks"), self.of("QueuedTasks")
        return None if running is None else round(running + (queued or 0))

    def notes(self) -> Iterator[str]:
        """What is close to its limit."""
        for label, value in sorted(self.highest.items()):
            if "Utilization" in label and value > _BUSY_PERCENT:
                yield f"{label} reached {value:.0f} % in CloudWatch: the environment is too small for its code"


def read_live(path: Path) -> Live:
    """Read a file; raise UsageError when no figure of MWAA is in it."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise UsageError(f"{path.name}: not JSON") from None
    highest: dict[str, float] = {}
    for label, value in _values(content, ""):
        if any(name in label for name in _NAMES):
            highest[label] = max(value, highest.get(label, value))
    if not highest:
        raise UsageError(f"{path.name}: no series of {', '.join(_NAMES)} with values in it")
    return Live(highest)


def _values(content: Any, label: str) -> Iterator[tuple[str, float]]:
    """Figures with the label they stand under, wherever they are; counts, times and identifiers are none."""
    if isinstance(content, int | float) and not isinstance(content, bool):
        yield label, float(content)
    elif isinstance(content, list):
        for item in content:
            yield from _values(item, label)
    elif isinstance(content, dict):
        label = next((str(content[key]) for key in _LABELS if key in content), label)
        label = f"{content['of']} {label}" if "of" in content else label
        for key, value in content.items():
            if any(name in key for name in _NAMES):
                yield from _values(value, f"{label} {key}".strip())
            elif key.lower() in _FIGURES or (isinstance(value, dict | list) and not _is_times(value)):
                yield from _values(value, label)


def _is_times(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
