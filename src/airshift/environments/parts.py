"""What was asked of an environment: an answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from airshift.errors import ServiceError

Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part that could not be read; the reason may be shown."""

    reason: str


def asked(read: Callable[[], Got]) -> Got | Unknown:
    """What `read` gives, or why a service did not answer it."""
    try:
        return read()
    except ServiceError as error:
        return Unknown(str(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Unknown(f"an answer has another shape than expected ({type(error).__name__})")
