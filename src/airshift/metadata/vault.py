"""Values that the operator brings along: what blue's command line exports, or a file in the same form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.metadata.model import Kind, Value
from airshift.metadata.uri import NotAConnectionError, fields_of

SECRETS_MANAGER = "secretsmanager:"
_MOST = 256_000_000
_URI = re.compile(r"[A-Za-z][\w.+-]*://")
_BOTH = frozenset({"connections", "variables"})


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """Fields of connections by id, and variables as JSON values by key."""

    connections: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


def read_given(option: str) -> Given:
    """What `FILE`, `connections:FILE` or `variables:FILE` holds; UsageError names the file and never quotes it."""
    prefix, separator, rest = option.partition(":")
    said = prefix if separator and prefix in _BOTH else ""
    path = Path(rest if said else option)
    content = _content(path)
    if not said and content and content.keys() <= _BOTH and all(map(_is_mapping, content.values())):
        return _given(path, content.get("connections", {}), content.get("variables", {}))
    if (said or _kind(path, content)) == "connections":
        return _given(path, content, {})
    return _given(path, {}, content)


def joined(given: list[Given]) -> Given:
    """All of them; later ones count."""
    connections: dict[str, Mapping[str, Value]] = {}
    variables: dict[str, Any] = {}
    for one in given:
        for name, fields in one.connections.items():
            connections[name] = {**connections.get(name, {}), **fields}
        variables |= one.variables
    return Given(connections, variables)


def _given(path: Path, connections: Mapping[str, Any], variables: Mapping[str, Any]) -> Given:
    fields = {}
    for name, content in connections.items():
        try:
            fields[str(name)] = fields_of(content)
        except NotAConnectionError as error:
            raise UsageError(f"--secrets {path}: connection {name}: {error}") from None
    return Given(fields, {str(key): value for key, value in variables.items()})


def _content(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST:
            raise UsageError(f"--secrets {path}: too large")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"--secrets {path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise UsageError(f"--secrets {path}: not UTF-8") from None
    if path.suffix == ".env":
        return dict(_pair(path, line) for line in text.splitlines() if line.strip() and line[0] != "#")
    content = _parsed(path, text)
    if not isinstance(content, dict):
        raise UsageError(f"--secrets {path}: not an object of connections or variables")
    return content


def _parsed(path: Path, text: str) -> Any:
    if path.suffix not in {".yaml", ".yml"}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise UsageError(f"--secrets {path}: not JSON") from None
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        raise UsageError(f"--secrets {path}: not YAML") from None


def _pair(path: Path, line: str) -> tuple[str, str]:
    name, separator, value = line.partition("=")
    if not separator:
        raise UsageError(f"--secrets {path}: a line without =")
    return name.strip(), value


def _kind(path: Path, content: Mapping[str, Any]) -> str:
    """Connections or variables; where the form leaves it open, the operator has to say it."""
    values = list(content.values())
    objects = [value for value in values if _is_mapping(value) and "conn_type" in value]
    uris = [value for value in values if isinstance(value, str) and _URI.match(value)]
    if path.suffix == ".env" or (objects and len(objects) + len(uris) == len(values)):
        return "connections"
    if uris and len(uris) == len(values):
        raise UsageError(
            f"--secrets {path}: connections or variables? Write connections:{path} or variables:{path}"
        )
    return "variables"


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)


def place_of(prefix: str, kind: Kind, name: str) -> str:
    """Where Secrets Manager keeps a connection or variable, by the layout of Airflow's backend."""
    return f"{SECRETS_MANAGER}{prefix.rstrip('/')}/{kind.plural}/{name}"
