"""What every target promises, and what targets share: no input of any kind leads to anything but an answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from airshift.errors import AirshiftError
from airshift.rules.base import RuleContext


class BrokenPromise(Exception):  # noqa: N818
    """airshift did something else than it promises."""


@cache
def context() -> RuleContext:
    """What rules are given."""
    from airshift.checking import rule_context
    from airshift.targets import parse_target, parse_version

    return rule_context(parse_target("mwaa-3.3.1"), parse_version("2.10.3"))


@cache
def folder() -> Path:
    """A place for files that only exist as files."""
    return Path(tempfile.mkdtemp(prefix="airshift-fuzz-"))


def demand(holds: bool, promise: str) -> None:
    """Raise BrokenPromise unless it holds."""
    if not holds:
        raise BrokenPromise(promise)


def no_internal_error(reason: str) -> None:
    """An internal error is a crash that was caught."""
    demand(not reason.startswith("internal error"), reason)


@contextmanager
def answers() -> Iterator[None]:
    """What airshift says on purpose is an answer, and never a text of many lines or with control characters."""
    try:
        yield
    except AirshiftError as error:
        demand(len(str(error)) < 4000, "an error message stays short")
