"""The exceptions airshift raises.

AirshiftError
├── UsageError      the command line, a configuration file or a target is wrong (exit code 2)
├── DataError       a file of rules/ or constraints/ does not have the promised shape
├── SourceError     one input file cannot be read or parsed (becomes a result, not a crash)
└── ServiceError    a remote service failed (never carries a response body or a secret)
"""

from __future__ import annotations

MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading a document of another shape than expected leads to."""


class AirshiftError(Exception):
    """Base of every error that airshift raises on purpose; the message says what to do."""


class UsageError(AirshiftError):
    """The caller asked for something that cannot be done as written."""


class DataError(AirshiftError):
    """A data file is invalid; the message names file, table and key."""


class SourceError(AirshiftError):
    """One input file cannot be used; `line` counts from 1 where it is known."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class ServiceError(AirshiftError):
    """A remote service answered with an error or not at all."""


def shown(error: BaseException) -> str:
    """The kind of an error and the beginning of what it says, for a message in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}{'…' if len(text) > 200 else ''}"
