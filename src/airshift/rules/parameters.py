"""Rows of rules/keywords.toml about parameters that were renamed or dropped."""

from __future__ import annotations

from functools import lru_cache

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.findings import Kind
from airshift.records import dataclass
from airshift.rules.constructors import Constructor, Role
from airshift.rules.data import applies, text_of, texts_of
from airshift.targets import Target

_WHO = ("role", "classes", "prefix")
_WHAT = ("name", "becomes", "values", "code", "kind", "since", "until", "note", "keep", "inert", "unsafe")
_KEYS = frozenset((*_WHO, *_WHAT))


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
    kind: Kind | None
    """Kind of the finding where the constructor raises nothing."""
    role: Role | None
    classes: frozenset[str]
    """Simple class names the row is about, if it is not about all of a role."""
    prefix: str
    """What the dotted names of the classes begin with, if the row is about a provider."""

    def concerns(self, constructor: Constructor, judge: str) -> bool:
        """Whether the row is about this constructor, judged by the dotted class `judge`."""
        if self.role is None:
            return judge.rpartition(".")[2] in self.classes or bool(
                self.prefix and judge.startswith(self.prefix)
            )
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
    return {name: tuple(sorted(rows, key=lambda row: row.role is not None)) for name, rows in found.items()}


def _parameter(row: Table, where: str) -> Parameter:
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}")
    classes = frozenset(texts_of(row, "classes", where))
    role = str(row.get("role", ""))
    prefix = str(row.get("prefix", ""))
    kind = str(row.get("kind", ""))
    if sum((bool(classes), bool(role), bool(prefix))) != 1:
        raise DataError(f"{where}: give one of role, classes and prefix")
    if (role and role not in set(Role)) or (kind and kind not in set(Kind)):
        raise DataError(f"{where}: role or kind is not known")
    return Parameter(
        name=text_of(row, "name", where),
        code=text_of(row, "code", where),
        becomes=text_of(row, "becomes", where) if "becomes" in row else None,
        values=_values(row, where),
        note=str(row.get("note", "")),
        keep=bool(row.get("keep", False)),
        inert=bool(row.get("inert", False)),
        unsafe=str(row.get("unsafe", "")),
        kind=Kind(kind) if kind else None,
        role=Role(role) if role else None,
        classes=classes,
        prefix=prefix,
    )


def _values(row: Table, where: str) -> tuple[tuple[str, str], ...]:
    table = row.get("values", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise DataError(f"{where}: values must be a table of literal to text")
    return tuple(table.items())
