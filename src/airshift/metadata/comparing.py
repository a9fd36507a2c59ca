"""Compare two Airflows field by field. The result names fields and never holds a value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airshift.metadata.masks import fits
from airshift.metadata.model import DEFAULT_POOL, Entity, Kind, Masked, Metadata, Nothing, Text, Value

_JSON_FIELDS = frozenset({"value", "extra"})


class Status(StrEnum):
    """How an entity of both sides compares."""

    ONLY_BLUE = "only_blue"
    ONLY_GREEN = "only_green"
    DIFFERENT = "different"
    UNCERTAIN = "cannot_be_compared"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One entity: the fields that differ, and those of which at least one side is not known."""

    kind: Kind
    name: str
    status: Status
    different: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()


class _Fields(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    UNCERTAIN = "uncertain"


def compare(blue: Metadata, green: Metadata) -> tuple[Comparison, ...]:
    """Every entity of either side, kinds that one side could not read left out."""
    return tuple(_comparisons(blue, green))


def _comparisons(blue: Metadata, green: Metadata) -> Iterator[Comparison]:
    ours, theirs = blue.by_key(), green.by_key()
    order = list(Kind)
    for kind, name in sorted({*ours, *theirs}, key=lambda key: (order.index(key[0]), key[1])):
        if kind in blue.unread or kind in green.unread:
            continue
        if (kind, name) not in theirs:
            yield Comparison(kind, name, Status.ONLY_BLUE)
        elif (kind, name) not in ours:
            yield Comparison(kind, name, Status.ONLY_GREEN)
        else:
            yield compare_entities(ours[kind, name], theirs[kind, name])


def compare_entities(blue: Entity, green: Entity) -> Comparison:
    """Two entities of the same kind and name."""
    names = [name for name in blue.fields if not _fixed(blue, name)]
    found = {name: _compare(name, blue.fields[name], green.fields[name]) for name in names}
    different = tuple(name for name, result in found.items() if result is _Fields.DIFFERENT)
    uncertain = tuple(name for name, result in found.items() if result is _Fields.UNCERTAIN)
    status = Status.DIFFERENT if different else Status.UNCERTAIN if uncertain else Status.EQUAL
    return Comparison(blue.kind, blue.name, status, different, uncertain)


def _fixed(entity: Entity, name: str) -> bool:
    """The description of the default pool is Airflow's own and cannot be changed."""
    return entity.kind is Kind.POOL and entity.name == DEFAULT_POOL and name == "description"


def _compare(name: str, blue: Value, green: Value) -> _Fields:
    blue, green = _settled(name, blue), _settled(name, green)
    match blue, green:
        case (Nothing(), Nothing()):
            return _Fields.SAME
        case (Text(), Text()) if _same(name, blue, green):
            return _Fields.SAME
        case (Text(), Text()):
            return _Fields.UNCERTAIN if _quoted_or_not(blue, green) else _Fields.DIFFERENT
        case (Nothing(), Masked()) | (Masked(), Nothing()) if name == "value":
            return _Fields.UNCERTAIN  # Airflow masks the empty variable, too
        case (Nothing(), Text() | Masked()) | (Text() | Masked(), Nothing()):
            return _Fields.DIFFERENT
        case (Masked(one), (Text(other) | Masked(other))) | (Text(one), Masked(other)):
            return _Fields.UNCERTAIN if _may_be_same(one, other) else _Fields.DIFFERENT
        case _:
            return _Fields.UNCERTAIN


def _settled(name: str, value: Value) -> Value:
    """Empty is as good as nothing."""
    if isinstance(value, Text) and (not value.content or (name == "extra" and value.content == "{}")):
        return Nothing()
    return value


def _same(name: str, blue: Text, green: Text) -> bool:
    if name not in _JSON_FIELDS:
        return blue.fingerprint() == green.fingerprint()
    return Text(canonical(blue.content)).fingerprint() == Text(canonical(green.content)).fingerprint()


def _quoted_or_not(blue: Text, green: Text) -> bool:
    """Whether one may be the other, and has lost its quotation marks in an export."""
    return any(
        decoded.spelling_lost and json.dumps(decoded.content) == canonical(whole.content)
        for decoded, whole in ((blue, green), (green, blue))
    )


def canonical(content: str) -> str:
    """JSON in one spelling, because Airflow 3 writes it anew when it shows it; other text as it is."""
    try:
        return json.dumps(json.loads(content), sort_keys=True)
    except (ValueError, RecursionError):
        return content


def _may_be_same(one: str, other: str) -> bool:
    parsed = [_parsed(text) for text in (one, other)]
    return None in parsed or fits(*parsed)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
