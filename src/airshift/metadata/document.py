"""The export as a JSON document, and back. Its schema is docs/schemas/metadata.schema.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.metadata.model import (
    FIELDS,
    NUMBERS,
    UNTOLD,
    Elsewhere,
    Entity,
    Kind,
    Masked,
    Metadata,
    Nothing,
    Text,
    Untold,
    Value,
    known,
)
from airshift.metadata.showing import is_public
from airshift.output.document import envelope

CONTENT = "airflow metadata"
_MOST = 256_000_000


def export_document(metadata: Metadata, *, at: datetime, plaintext: bool) -> dict[str, Any]:
    """The document; without `plaintext` it holds no value that may be a secret."""
    return {
        **envelope(None, ()),
        "content": CONTENT,
        "source": metadata.label,
        "airflow": metadata.version,
        "exported_at": at.isoformat(),
        "plaintext": plaintext,
        "secrets_backend": metadata.backend or None,
        "unread": {kind.plural: reason for kind, reason in metadata.unread.items()},
        **{
            kind.plural: [_record(entity, plaintext) for entity in metadata.of(kind)]
            for kind in Kind
            if kind not in metadata.unread
        },
    }


def _record(entity: Entity, plaintext: bool) -> dict[str, Any]:
    fields = {name: _written(entity.kind, name, value, plaintext) for name, value in entity.fields.items()}
    return {"name": entity.name, **fields}


def _written(kind: Kind, name: str, value: Value, plaintext: bool) -> Any:
    match value:
        case Nothing():
            return None
        case Untold():
            return {"state": "untold"}
        case Elsewhere(place):
            return {"state": "elsewhere", "at": place}
        case Text(content) if plaintext or is_public(kind, name, content):
            return _typed(name, content)
        case Text() | Masked():
            return {"state": "needs_value"}


def _typed(name: str, content: str) -> Any:
    if name in NUMBERS:
        return int(content)
    if name == "include_deferred":
        return content == "true"
    return content.split("\n") if name == "permissions" else content


def read_export(path: Path) -> Metadata:
    """An export file; raise UsageError, which never quotes the file, when it is none."""
    try:
        if path.stat().st_size > _MOST:
            raise UsageError(f"{path}: too large for an export")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise UsageError(
            f"{path}: not JSON; `airshift metadata export` writes the file that is read here"
        ) from None
    if not isinstance(document, dict) or document.get("content") != CONTENT:
        raise UsageError(f"{path}: not an export of `airshift metadata export`")
    try:
        return _metadata(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{path}: damaged, or written by another version of airshift") from None


def _metadata(document: Mapping[str, Any]) -> Metadata:
    unread = {
        kind: str(document["unread"][kind.plural]) for kind in Kind if kind.plural in document["unread"]
    }
    entities = tuple(
        Entity(kind, str(record["name"]), {name: _value(name, record[name]) for name in FIELDS[kind]})
        for kind in Kind
        if kind not in unread
        for record in document[kind.plural]
    )
    metadata = Metadata(
        str(document["source"]),
        str(document["airflow"]),
        entities,
        unread,
        str(document["secrets_backend"] or ""),
    )
    if metadata.major < 1 or len(metadata.by_key()) != len(entities):
        raise ValueError
    return metadata


def _value(name: str, content: Any) -> Value:
    if isinstance(content, list):
        return Text("\n".join(content))
    if not isinstance(content, dict):
        return known(content)
    match content["state"]:
        case "untold":
            return UNTOLD
        case "elsewhere":
            return Elsewhere(str(content["at"]))
        case "needs_value":
            return Masked()
        case _:
            raise ValueError(name)
