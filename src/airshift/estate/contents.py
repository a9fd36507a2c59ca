"""What YAML and JSON texts hold, as the values the interpreter works with."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from airshift.estate.model import Unknown
from airshift.estate.values import Instance

if TYPE_CHECKING:
    pass

MOST = 100_000
"""Values of one file that are worked with; anchors let a small YAML file stand for a huge one."""


def parse_json(text: str) -> Any:
    """Plain values of a JSON text; raise ValueError when it is none."""
    return _plain(json.loads(text), [MOST])


def parse_yaml(text: str) -> Any:
    """Plain values of a YAML text; raise ValueError when it is none, or stands for too much."""
    return _plain(_yaml(text), [MOST])


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _plain(value: Any, left: list[int]) -> Any:
    """A value of a file as the interpreter knows values; raise ValueError when there are too many."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("too many values")
    match value:
        case dict():
            return {
                key if isinstance(key, str | int | float) or key is None else Unknown(str(key)): _plain(
                    item, left
                )
                for key, item in value.items()
            }
        case list() | tuple() | set():
            return [_plain(item, left) for item in value]
        case datetime():
            numbers = (value.year, value.month, value.day, value.hour, value.minute, value.second)
            return Instance("datetime.datetime", numbers, {}, f"datetime{numbers}")
        case date():
            day = (value.year, value.month, value.day)
            return Instance("datetime.date", day, {}, f"date{day}")
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return Unknown(str(value)[:120])
