"""The description of an MWAA environment, as GetEnvironment gives it and as it may be kept: without secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airshift.clients.aws import AwsError, client, translated
from airshift.clients.mwaa import parse_where
from airshift.environments.model import OPTIONS, Blue
from airshift.environments.options import HIDDEN, shown
from airshift.errors import ServiceError, UsageError
from airshift.redact import is_secret, redact_text
from airshift.targets import default_target

MASK = "***"
"""Stands for what is hidden; `env green` knows it as a secret and refers to blue for it."""


def describe(where: str) -> Blue:
    """Ask AWS about `mwaa:NAME`; the answer still holds its secrets."""
    name, region = parse_where(where)
    try:
        with translated(f"mwaa:{name}"):
            said = client(
                "mwaa", region, retries={"total_max_attempts": 5, "mode": "standard"}
            ).get_environment(Name=name)
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            raise AwsError(
                f"mwaa:{name}: there is no such environment in this account and region", error.code
            ) from None
        raise
    try:
        return Blue.of(_texts(said["Environment"]))
    except UsageError as error:
        raise ServiceError(f"mwaa:{name}: {error}") from error


def without_secrets(description: dict[str, Any]) -> dict[str, Any]:
    """The description with every value hidden that may be a secret."""
    kept: dict[str, Any] = _redacted(description)
    for name in (OPTIONS, "Tags"):
        if isinstance(description.get(name), dict):
            hidden = hidden_keys(description, name)
            kept[name] = {key: MASK if key in hidden else value for key, value in kept[name].items()}
    error = kept.get("LastUpdate", {}).get("Error")
    if isinstance(error, dict):
        kept["LastUpdate"]["Error"] = {name: value for name, value in error.items() if name == "ErrorCode"}
    return kept


def hidden_keys(description: dict[str, Any], name: str) -> frozenset[str]:
    """The options or tags whose value may be a secret."""
    version, target = str(description.get("AirflowVersion") or ""), default_target()
    given = description.get(name) or {}
    if name == OPTIONS:
        return frozenset(
            key for key, value in given.items() if shown(key, str(value), version, target) == HIDDEN
        )
    return frozenset(key for key, value in given.items() if is_secret(key, str(value), known=True))


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def _texts(value: Any) -> Any:
    """The same with times as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return value
