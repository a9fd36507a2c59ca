"""What carries a call to an Airflow: one attempt, without repeating it and without judging Airflow's status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from airshift.clients.api import Method


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` is relative to `/api/vN`."""

    method: Method
    path: str
    query: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Airflow's status and decoded JSON; never printed, it may hold secrets."""

    status: int
    content: Any = None
    wait: float = 0.0
    """Seconds that the server asks to wait before the next try."""


class NoAnswerError(Exception):
    """No answer of Airflow. `sent` says that the call may have reached it, `passing` that another try may succeed."""

    def __init__(self, reason: str, *, sent: bool, passing: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.passing = passing


class Transport(Protocol):
    """A way to one Airflow."""

    @property
    def label(self) -> str:
        """Who is called, safe to print."""

    def find_major(self) -> Answer:
        """Ask the server; the content of a good answer is 2 or 3. Raises NoAnswerError."""

    def send(self, call: Call, major: int) -> Answer:
        """Carry one call; raises NoAnswerError."""

    def advice(self, status: int) -> str:
        """What to do about a refusal with this status, or nothing."""
