"""Check a request against a service model: what botocore checks, and the patterns, enums and maxima it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import Shape

_SPACES = " \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
_TYPES: dict[str, tuple[type, str]] = {
    "string": (str, "a text"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "list": (list, "a list"),
    "map": (dict, "a map"),
    "structure": (dict, "a map"),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a field breaks. The value is not part of it: it may be a secret."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"


def violations(shape: Shape, value: Any, field: str = "") -> Iterator[Violation]:
    """Every rule of the shape that the value breaks."""
    expected = _TYPES.get(shape.type_name)
    if expected is None:
        return
    if not _is(value, expected[0]):
        yield Violation(field, f"has to be {expected[1]}")
        return
    yield from (Violation(field, rule) for rule in _limits(shape, value))
    match shape.type_name:
        case "structure":
            yield from _structure(shape, value, field)
        case "list":
            for position, item in enumerate(value):
                yield from violations(shape.member, item, f"{field}[{position}]")
        case "map":
            yield from _map(shape, value, field)


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _structure(shape: Shape, value: dict[str, Any], field: str) -> Iterator[Violation]:
    prefix = f"{field}." if field else ""
    for name in shape.required_members:
        if name not in value:
            yield Violation(f"{prefix}{name}", "is required")
    for name, item in value.items():
        if name not in shape.members:
            yield Violation(f"{prefix}{name}", "CreateEnvironment has no such field")
        else:
            yield from violations(shape.members[name], item, f"{prefix}{name}")


def _map(shape: Shape, value: dict[str, Any], field: str) -> Iterator[Violation]:
    for key, item in value.items():
        where = f'{field}["{key}"]'
        for broken in violations(shape.key, key):
            yield Violation(where, f"the key {broken.rule}")
        yield from violations(shape.value, item, where)


def _limits(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    numeric = shape.type_name == "integer"
    size = value if numeric else len(value) if isinstance(value, str | list | dict) else 0
    unit = {"string": " characters", "list": " items", "map": " items"}.get(shape.type_name, "")
    if "min" in limits and size < limits["min"]:
        yield f"has to be at least {limits['min']}{unit}"
    if "max" in limits and size > limits["max"]:
        yield f"has to be at most {limits['max']}{unit}"
    if limits.get("enum") and value not in limits["enum"]:
        yield f"has to be one of {', '.join(limits['enum'])}"
    if shape.type_name == "string" and "pattern" in limits:
        pattern = _compiled(limits["pattern"])
        if pattern is not None and not pattern.fullmatch(value):
            yield f"has to match {limits['pattern']}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    r"""The pattern in Python's syntax; None where it cannot be said.

    `\p{L}` stands beside `\p{N}` and `_` in this model, so `\w` is the same. Partitions and regions of GovCloud have
    one more part than the patterns provide for.
    """
    text = pattern.replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\d").replace(r"\p{Z}", _SPACES)
    text = text.replace("aws(-[a-z]+)?", "aws(-[a-z]+)*").replace("[a-z]{2}-[a-z]+-", "[a-z]{2}(-[a-z]+)+-")
    try:
        return re.compile(text)
    except re.error:
        return None
