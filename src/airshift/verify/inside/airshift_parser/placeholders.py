"""Answers to look-ups that a DAG file makes while it is parsed: the same on both sides, and recorded."""

from __future__ import annotations

import json
from typing import Any

from .stand_ins import AnyKey, StandIn

_UNSET = object()
_given: dict[str, dict[str, Any]] = {"variables": {}, "connections": {}}
_asked: dict[tuple[str, str], str] = {}


def install(given: dict[str, dict[str, Any]]) -> None:
    """Answer Variable, Connection and AWS look-ups from `given`, else by their default, else by placeholders."""
    for kind in _given:
        _given[kind] = dict(given.get(kind) or {})
    for module in ("airflow.models.variable", "airflow.sdk.definitions.variable"):
        _patch(module, "Variable", "get", _variable_get)
    for name in ("set", "delete", "update"):
        for module in ("airflow.models.variable", "airflow.sdk.definitions.variable"):
            _patch(module, "Variable", name, _nothing)
    _patch("airflow.models.connection", "Connection", "get_connection_from_secrets", _connection_get)
    _patch("airflow.sdk.definitions.connection", "Connection", "get", _connection_get)
    for module in ("airflow.hooks.base", "airflow.sdk.bases.hook"):
        _patch(module, "BaseHook", "get_connection", _connection_get)
    _patch_aws()


def asked() -> list[dict[str, str]]:
    """What was looked up so far, and where the answer came from."""
    return [{"kind": kind, "name": name, "answer": how} for (kind, name), how in sorted(_asked.items())]


def variable(name: str, default: Any = _UNSET, deserialize_json: bool = False) -> Any:
    """The value of a variable: given, default, or a placeholder."""
    if name in _given["variables"]:
        _asked["variable", name] = "given"
        value = _given["variables"][name]
        return json.loads(value) if deserialize_json and isinstance(value, str) else value
    if default is not _UNSET:
        _asked["variable", name] = "default"
        return default
    _asked["variable", name] = "placeholder"
    return AnyKey(f"variable-{name}") if deserialize_json else f"variable-{name}"


def connection(name: str) -> Any:
    """A connection: from the given URI, or to a host that names it."""
    from airflow.models import Connection

    uri = _given["connections"].get(name)
    _asked["connection", name] = "given" if uri else "placeholder"
    if uri:
        return Connection(conn_id=name, uri=uri)
    return Connection(
        conn_id=name,
        conn_type="generic",
        host=f"connection-{name}",
        login="placeholder",
        schema="placeholder",
    )


def _variable_get(cls: Any, key: str, *values: Any, **keywords: Any) -> Any:
    default = next(
        (keywords[name] for name in ("default_var", "default") if name in keywords),
        values[0] if values else _UNSET,
    )
    deserialize = keywords.get("deserialize_json", values[1] if len(values) > 1 else False)
    return variable(key, default, bool(deserialize))


def _connection_get(cls: Any, conn_id: str) -> Any:
    return connection(conn_id)


def _nothing(cls: Any, *values: Any, **keywords: Any) -> None:
    return None


def _patch(module: str, owner: str, name: str, function: Any) -> None:
    """Replace a class method where this Airflow has it."""
    import importlib

    try:
        found = getattr(importlib.import_module(module), owner)
    except (ImportError, AttributeError):
        return
    if hasattr(found, name):
        setattr(found, name, classmethod(function))


def _patch_aws() -> None:
    """botocore's one way out: every operation of every client."""
    try:
        from botocore.client import BaseClient
    except ImportError:
        return

    def call(client: Any, operation: str, parameters: Any) -> Any:
        service = client.meta.service_model.service_name
        _asked["aws", f"{service}.{operation}"] = "placeholder"
        return StandIn(f"{service}.{operation}")

    BaseClient._make_api_call = call
