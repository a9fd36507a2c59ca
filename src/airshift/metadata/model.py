"""What is carried over, as plain records. A value that may be a secret never shows itself by accident."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_SALT = secrets.token_bytes(32)
"""New in every process, so that a fingerprint is of no use outside of it."""


class Kind(StrEnum):
    """What is carried over, in the order in which it is written."""

    POOL = "pool"
    VARIABLE = "variable"
    CONNECTION = "connection"
    ROLE = "role"

    @property
    def plural(self) -> str:
        """`pools`, and so on: also the key in Airflow's answers."""
        return f"{self.value}s"


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """A value that is known."""

    content: str
    spelling_lost: bool = field(default=False, compare=False)
    """Whether it comes from an export that decodes JSON: a text may have stood in quotation marks."""

    def __repr__(self) -> str:
        return "Text(...)"

    def fingerprint(self) -> bytes:
        """A salted hash, for comparisons."""
        return hashlib.blake2b(self.content.encode("utf-8", "surrogatepass"), key=_SALT).digest()


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is known that there is no value."""


@dataclass(frozen=True, slots=True, repr=False)
class Masked:
    """There is a value, and it is not shown; `shape` is what Airflow shows instead, where it shows something."""

    shape: str = ""

    def __repr__(self) -> str:
        return "Masked(...)"


@dataclass(frozen=True, slots=True)
class Untold:
    """Nobody says whether there is a value: the passwords of Airflow 2."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The value has to be read from this place, as `secretsmanager:airflow/connections/x`."""

    place: str


Value = Text | Nothing | Masked | Untold | Elsewhere
NOTHING = Nothing()
UNTOLD = Untold()

FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.POOL: ("slots", "description", "include_deferred"),
    Kind.VARIABLE: ("value", "description"),
    Kind.CONNECTION: ("conn_type", "description", "host", "schema", "login", "port", "password", "extra"),
    Kind.ROLE: ("permissions",),
}
NUMBERS = frozenset({"slots", "port"})
SECRET_FIELDS = frozenset({"value", "login", "password", "extra"})
"""Fields that are taken for secrets whatever they hold."""
DEFAULT_POOL = "default_pool"


@dataclass(frozen=True, slots=True)
class Entity:
    """One pool, variable, connection or role with all fields of its kind."""

    kind: Kind
    name: str
    fields: Mapping[str, Value]

    @property
    def key(self) -> tuple[Kind, str]:
        """What identifies it within an Airflow."""
        return self.kind, self.name

    def text(self, name: str) -> str | None:
        """A field's value, None when there is nothing or when it is not known."""
        value = self.fields[name]
        return value.content if isinstance(value, Text) else None

    def missing(self) -> tuple[str, ...]:
        """Fields without a known value that it cannot do without; it can do without a description."""
        return tuple(
            name
            for name, value in self.fields.items()
            if name != "description" and not isinstance(value, Text | Nothing)
        )


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one Airflow holds, as far as it could be read."""

    label: str
    version: str
    entities: tuple[Entity, ...]
    unread: Mapping[Kind, str] = field(default_factory=dict)
    """Kinds that could not be read, with the reason."""
    backend: str = ""
    """The secrets backend that its configuration names."""

    @property
    def major(self) -> int:
        """2 or 3."""
        return int(self.version.partition(".")[0])

    def by_key(self) -> dict[tuple[Kind, str], Entity]:
        """The entities by kind and name."""
        return {entity.key: entity for entity in self.entities}

    def of(self, kind: Kind) -> tuple[Entity, ...]:
        """The entities of one kind."""
        return tuple(entity for entity in self.entities if entity.kind is kind)


def known(content: object) -> Text | Nothing:
    """A value as Airflow's JSON has it."""
    if content is None:
        return NOTHING
    if isinstance(content, bool):
        return Text(str(content).lower())
    return Text(str(content))
