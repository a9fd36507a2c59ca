"""Connections written as a URI or as an object, understood as Airflow 2 and its Secrets Manager backend do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from airshift.metadata.model import FIELDS, NOTHING, Kind, Text, Value, known

_EXTRA = "__extra__"
_OTHER_NAMES = {
    "user": "login",
    "username": "login",
    "user_name": "login",
    "pass": "password",
    "remote_host": "host",
    "server": "host",
    "database": "schema",
    "connection_type": "conn_type",
    "engine": "conn_type",
}
_IGNORED = frozenset({"conn_id", "connection_id", "id", "is_encrypted", "is_extra_encrypted"})


class NotAConnectionError(Exception):
    """A text or object that describes no connection; the message never quotes it."""


def fields_of(content: Any) -> dict[str, Value]:
    """The fields that a URI, a JSON text, or an object gives; what it does not name is left out."""
    if isinstance(content, list) and len(content) == 1:
        content = content[0]
    if isinstance(content, str) and content.lstrip().startswith("{"):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            raise NotAConnectionError("neither a URI nor JSON") from None
    if isinstance(content, str):
        return _of_uri(content)
    if isinstance(content, dict):
        return _of_object(content)
    raise NotAConnectionError("neither a URI nor an object")


def _of_object(content: Mapping[str, Any]) -> dict[str, Value]:
    if "uri" in content:
        return _of_uri(str(content["uri"]))
    fields: dict[str, Value] = {}
    for name, value in content.items():
        field = _OTHER_NAMES.get(name, name)
        if field == "extra_dejson":
            field = "extra"
        elif field in _IGNORED:
            continue
        if field not in FIELDS[Kind.CONNECTION]:
            raise NotAConnectionError(f"{name!r} is no field of a connection")
        fields[field] = Text(json.dumps(value)) if isinstance(value, dict | list) else known(value)
    return fields


def _of_uri(uri: str) -> dict[str, Value]:
    scheme, separator, rest = uri.partition("://")
    if not separator or not scheme:
        raise NotAConnectionError("neither a URI nor JSON")
    protocol, inner, behind = rest.partition("://")
    with_protocol = bool(inner) and not {"@", ":", "/", "?"} & set(protocol)
    try:
        parts = urlsplit(f"//{behind if with_protocol else rest}")
        host, port = _host(parts.netloc, parts.hostname), parts.port
    except ValueError:
        raise NotAConnectionError("not a URI that Airflow could read") from None
    if host and with_protocol:
        host = f"{protocol}://{host}"
    texts = {
        "conn_type": _conn_type(scheme),
        "host": host,
        "schema": unquote(parts.path[1:]),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "port": str(port or ""),
        "extra": _extra(parts.query),
    }
    return {name: Text(text) if text else NOTHING for name, text in texts.items()}


def _conn_type(scheme: str) -> str:
    lower = scheme.lower()
    return "postgres" if lower == "postgresql" else lower.replace("-", "_")


def _host(netloc: str, hostname: str | None) -> str:
    host = unquote(hostname or "")
    if "/" not in host:
        return host
    return unquote(netloc.rpartition("@")[2].partition(":")[0])


def _extra(query: str) -> str:
    if not query:
        return ""
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    return pairs[_EXTRA] if _EXTRA in pairs else json.dumps(pairs)
