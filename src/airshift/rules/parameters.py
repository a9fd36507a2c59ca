"""Rows of rules/keywords.toml about parameters that were renamed or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.rules.constructors import Constructor, Role
from airshift.rules.data import applies, text_of, texts_of
from airshift.targets import Target

_KEYS = frozenset(
    {
        "role",
        "classes",
        "name",
        "becomes",
        "values",
        "code",
        "since",
        "until",
        "note",
        "inert",
        "keep",
        "unsafe",
    }
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A keyword that the target does not accept any more."""

    name: str
    code: str
    becomes: str | None
    values: tuple[tuple[str, str], ...]
    """(old literal, new text), an empty text removing the argument; no pairs keep any value."""
    note: str
    keep: bool
    """Whether only a person can say what to do: nothing is rewritten."""
    inert: bool
    """Whether the source version already ignored it."""
    unsafe: str
    """Why the rewrite may change the meaning, if it may."""
    role: Role | None
    classes: frozenset[str]
    """Simple class names the row is about; empty for every class of the role."""

    def concerns(self, constructor: Constructor, shown: str) -> bool:
        """Whether the row is about this constructor, judged by the class called `shown`."""
        if self.classes:
            return shown in self.classes
        return self.role is constructor.role or (self.role is Role.OPERATOR and constructor.role.makes_task)


@lru_cache(maxsize=8)
def parameters(catalogue: Catalogue, target: Target) -> dict[str, tuple[Parameter, ...]]:
    """Rows that apply to the target, by keyword; those about named classes first."""
    found: dict[str, list[Parameter]] = {}
    for number, row in enumerate(catalogue.rows("keywords", "parameter"), 1):
        where = f"rules/keywords.toml: parameter {number}"
        parsed = _parameter(row, where)
        if applies(row, target):
            found.setdefault(parsed.name, []).append(parsed)
    return {name: tuple(sorted(rows, key=lambda row: not row.classes)) for name, rows in found.items()}


def _parameter(row: Table, where: str) -> Parameter:
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}")
    classes = frozenset(texts_of(row, "classes", where))
    role = str(row.get("role", ""))
    if bool(classes) == bool(role) or (role and role not in set(Role)):
        raise DataError(f"{where}: give either role (one of {', '.join(Role)}) or classes")
    return Parameter(
        name=text_of(row, "name", where),
        code=text_of(row, "code", where),
        becomes=text_of(row, "becomes", where) if "becomes" in row else None,
        values=_values(row, where),
        note=str(row.get("note", "")),
        keep=bool(row.get("keep", False)),
        inert=bool(row.get("inert", False)),
        unsafe=str(row.get("unsafe", "")),
        role=Role(role) if role else None,
        classes=classes,
    )


def _values(row: Table, where: str) -> tuple[tuple[str, str], ...]:
    table = row.get("values", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise DataError(f"{where}: values must be a table of literal to text")
    return tuple(table.items())
