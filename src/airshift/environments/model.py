"""What is known about blue, and what green is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airshift.errors import UsageError
from airshift.targets import Target, parse_version

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):airflow:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):environment/(?P<name>[a-zA-Z][0-9a-zA-Z_-]*)"
)
OPTIONS = "AirflowConfigurationOptions"
BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::(?P<bucket>.+)")


class Outcome(StrEnum):
    """What became of one field of blue."""

    KEPT = "kept"
    CHANGED = "changed"
    DROPPED = "dropped"
    DECIDE = "decide"
    """It is not carried over, or not safely, until a person has decided."""


@dataclass(frozen=True, slots=True)
class Change:
    """The fate of one field; `before` and `after` are texts that may be shown, never secrets."""

    field: str
    outcome: Outcome
    reason: str
    before: str = ""
    after: str = ""


_SHOWN = 200
"""Characters of a key in its placeholder: paths may be as long as the field that holds their version."""


class Source(StrEnum):
    """Where a value comes from that is not written down."""

    SECRET = "secret"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Later:
    """A value filled in when green is created: a secret of blue, or the version of an uploaded file."""

    source: Source
    field: str
    """The map of CreateEnvironment it stands in, or the field itself."""
    key: str
    """The key in that map, or the path of the file."""
    blue_key: str = ""
    """The key that blue has it under."""
    variable: str = ""
    """A name of its own for templates: lower case letters, digits and underscores."""

    @property
    def placeholder(self) -> str:
        """A text that any field accepts and that says what is missing."""
        return f"AIRSHIFT-{self.source.upper()}({self.key[:_SHOWN]})"


Request = dict[str, Any]
"""The input of CreateEnvironment, with `Later` where a value is filled in at creation."""


@dataclass(frozen=True, slots=True)
class Blue:
    """The description of an environment as `aws mwaa get-environment` prints it."""

    description: dict[str, Any]
    partition: str
    region: str
    account: str
    name: str

    @classmethod
    def of(cls, description: dict[str, Any]) -> Blue:
        """Check that the description says what and where blue is."""
        match = _ARN.fullmatch(str(description.get("Arn", "")))
        if match is None:
            raise UsageError(
                "Arn: not the ARN of an MWAA environment; give the output of `aws mwaa get-environment`"
            )
        if description.get("AirflowVersion") is not None:
            parse_version(str(description["AirflowVersion"]))
        return cls(description, match["partition"], match["region"], match["account"], match["name"])

    @property
    def version(self) -> str:
        """Blue's Airflow version; empty where the description has none."""
        return str(self.description.get("AirflowVersion", ""))

    @property
    def bucket(self) -> str:
        """The name of blue's bucket."""
        match = BUCKET_ARN.fullmatch(str(self.description.get("SourceBucketArn", "")))
        return match["bucket"] if match else ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller decides about green."""

    name: str
    bucket: str
    role: str = ""
    """ARN of an execution role of its own; blue's without it."""


@dataclass(frozen=True, slots=True)
class Green:
    """The environment to create; holds no secret."""

    blue: Blue
    target: Target
    bucket: str
    request: Request
    changes: tuple[Change, ...]
    later: tuple[Later, ...]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Green's name."""
        return str(self.request["Name"])

    @property
    def open(self) -> tuple[Change, ...]:
        """What a person has to decide."""
        return tuple(change for change in self.changes if change.outcome is Outcome.DECIDE)


def with_texts(value: Any) -> Any:
    """A request whose later values are replaced by their placeholders."""
    if isinstance(value, Later):
        return value.placeholder
    if isinstance(value, dict):
        return {key: with_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_texts(item) for item in value]
    return value
