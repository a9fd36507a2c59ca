"""The rows of rules/metadata_db.toml, validated."""

from __future__ import annotations

from functools import lru_cache

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.records import dataclass
from airshift.rules.data import names_of, text_of

_STEM = "metadata_db"
_PACKAGES = ("airflow.models", "airflow.jobs", "airflow.sdk")


@dataclass(frozen=True, slots=True)
class Model:
    """A mapped class of Airflow, its class methods that open a session, and what to use instead."""

    name: str
    read: str
    count: str
    write: str
    delete: str
    operations: dict[str, str]
    """Class method -> read, write or delete."""

    def advice(self, operation: str) -> str:
        """The supported way to do `operation` on Airflow 3."""
        found = {"read": self.read, "count": self.count, "write": self.write, "delete": self.delete}
        return found[operation]


@dataclass(frozen=True, slots=True)
class MetadataRows:
    """Every table of the file."""

    sessions: frozenset[str]
    decorators: frozenset[str]
    engines: frozenset[str]
    functions: dict[str, str]
    models: dict[str, Model]
    connection_methods: dict[str, str]
    """Method -> attribute that replaces the call, or an empty string."""

    def model_of(self, dotted: str) -> tuple[Model, tuple[str, ...]] | None:
        """The model that a dotted name starts with, and the attributes that follow."""
        if not dotted.startswith(_PACKAGES):
            return None
        parts = dotted.split(".")
        for index, part in enumerate(parts):
            if part in self.models:
                return self.models[part], tuple(parts[index + 1 :])
        return None


@lru_cache(maxsize=4)
def metadata_rows(catalogue: Catalogue) -> MetadataRows:
    """Read the rows; raise DataError naming the table and key when one is malformed."""
    functions = {row["name"]: row for row in catalogue.rows(_STEM, "database_function")}
    connection = catalogue.rows(_STEM, "connection_method")
    return MetadataRows(
        sessions=names_of(catalogue, _STEM, "session"),
        decorators=names_of(catalogue, _STEM, "session_decorator"),
        engines=names_of(catalogue, _STEM, "engine"),
        functions={
            name: text_of(row, "advice", _where("database_function")) for name, row in functions.items()
        },
        models={model.name: model for model in map(_model, catalogue.rows(_STEM, "model"))},
        connection_methods={
            text_of(row, "name", _where("connection_method")): str(row.get("attribute", ""))
            for row in connection
        },
    )


def _where(table: str) -> str:
    return f"rules/{_STEM}.toml: {table}"


def _model(row: Table) -> Model:
    where = _where("model")
    operations: dict[str, str] = {}
    for key, operation in (("reads", "read"), ("writes", "write"), ("deletes", "delete")):
        methods = row.get(key, [])
        if not isinstance(methods, list):
            raise DataError(f"{where}: {key} must be a list of method names")
        operations.update(dict.fromkeys(map(str, methods), operation))
    texts = {key: text_of(row, key, where) for key in ("name", "read", "count", "write", "delete")}
    return Model(**texts, operations=operations)
