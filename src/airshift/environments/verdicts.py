"""One point of `airshift env check`: fine, a problem, or unknown, each with what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from airshift.environments.parts import Unknown

Got = TypeVar("Got")


class Verdict(StrEnum):
    """How a point stands."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """A point that was looked at; `text` says what was seen, and what to do about a problem."""

    topic: str
    name: str
    verdict: Verdict
    text: str


def ok(topic: str, name: str, text: str) -> Check:
    """A point that is fine."""
    return Check(topic, name, Verdict.OK, text)


def problem(topic: str, name: str, text: str) -> Check:
    """A point that is not."""
    return Check(topic, name, Verdict.PROBLEM, text)


def unknown(topic: str, name: str, text: str) -> Check:
    """A point that could not be judged."""
    return Check(topic, name, Verdict.UNKNOWN, text)


def judged(
    topic: str, name: str, part: Got | Unknown, judge: Callable[[Got], Check | Iterable[Check]]
) -> Iterator[Check]:
    """What `judge` says about a part, or that the part is unknown."""
    if isinstance(part, Unknown):
        yield unknown(topic, name, part.reason)
        return
    found = judge(part)
    yield from [found] if isinstance(found, Check) else found
