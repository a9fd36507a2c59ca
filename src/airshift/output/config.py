"""The configuration that counts, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airshift.config import Config, Origin, Value
from airshift.output.document import envelope
from airshift.output.text import one_line
from airshift.settings import TABLES


def config_lines(config: Config) -> Iterator[str]:
    """One line a key: its value, and where that is from."""
    yield f"# settings file: {config.settings.file or 'none'}"
    for key, value in _values(config).items():
        text = "none" if value.value is None else json.dumps(value.value, ensure_ascii=False, default=str)
        yield one_line(f"{key} = {text}  # {value.origin}")


def config_document(config: Config) -> dict[str, Any]:
    """The JSON document of `airshift config show`."""
    settings = {key: {"value": value.value, "origin": value.origin} for key, value in _values(config).items()}
    text = json.dumps(settings, default=str)
    file = config.settings.file
    return {**envelope(config.target, []), "file": str(file) if file else None, "settings": json.loads(text)}


def _values(config: Config) -> dict[str, Value]:
    """The keys that have a default, and what the file says in its tables."""
    file = config.settings.file
    origin = file.name if file is not None else str(Origin.DEFAULT)
    found = dict(config.values)
    for name in sorted(TABLES & config.settings.content.keys()):
        table = config.settings.content[name]
        rows = table.items() if isinstance(table, dict) else ()
        found |= {f"{name}.{key}": Value(value, origin) for key, value in rows}
        if not isinstance(table, dict):
            found[name] = Value(table, origin)
    return found
