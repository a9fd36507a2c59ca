"""The rule catalogue: every `[[rule]]` table of rules/*.toml, validated at load.

Prose and severities live in data for table-driven and code rules alike; a rule module refers to its
entries by code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from airshift._data import data_folder
from airshift.errors import DataError, UsageError
from airshift.findings import Applicability, Kind, Severity
from airshift.records import dataclass
from airshift.tables import read_table
from airshift.targets import Target

Table = dict[str, Any]
E = TypeVar("E", Kind, Severity, Applicability)
_REQUIRED = (
    "code",
    "name",
    "family",
    "kind",
    "severity",
    "title",
    "why",
    "reference",
    "before",
    "applicability",
)
_OPTIONAL = ("after", "effort", "silence", "example_path", "facts")
_NEVER = "none"


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What is known about a rule apart from how it is found."""

    code: str
    name: str
    family: str
    kind: Kind
    severities: tuple[tuple[tuple[int, int], Severity | None], ...]
    """(first minor release, severity from there on), ascending."""
    title: str
    why: str
    reference: str
    before: str
    after: str
    applicability: Applicability
    effort: int
    silence: str
    example_path: str
    """File name under which the example is checked, e.g. `airflow.cfg`; a DAG file by default."""
    facts: tuple[str, ...]
    """Row ids of the breaking-change catalogue this rule covers, e.g. `IMP01`."""

    @property
    def fixable(self) -> bool:
        """Whether `airshift fix` has a rewrite for at least some of its findings."""
        return self.applicability is not Applicability.MANUAL

    def severity(self, target: Target) -> Severity | None:
        """Severity on a target; None where the rule does not apply."""
        found: Severity | None = None
        for minor, severity in self.severities:
            if target.release[:2] >= minor:
                found = severity
        return found


class Catalogue:
    """Rules by code, and the raw tables that the rule modules interpret."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Table] = {}

    @classmethod
    @cache
    def load(cls) -> Catalogue:
        """The catalogue that ships with airshift, read once a process."""
        return cls(data_folder("rules"))

    @cached_property
    def rules(self) -> dict[str, RuleInfo]:
        """Every rule, by code, in ascending order."""
        found: dict[str, RuleInfo] = {}
        for stem in self.stems():
            for number, table in enumerate(self._file(stem).get("rule", []), 1):
                rule = _rule(table, f"rules/{stem}.toml: rule {number}")
                if rule.code in found:
                    raise DataError(f"rules/{stem}.toml: rule {number}: code {rule.code} is already used")
                found[rule.code] = rule
        return dict(sorted(found.items()))

    def rule(self, code: str) -> RuleInfo:
        """One rule; raise UsageError with the nearest code when there is none."""
        wanted = code.upper()
        if wanted in self.rules:
            return self.rules[wanted]
        begun = [known for known in self.rules if len(wanted) > 2 and known.startswith(wanted)]
        if begun:
            raise UsageError(f"no rule {code!r}; those that begin so: {', '.join(begun)}")
        raise UsageError(f"no rule {code!r}; did you mean {_nearest(wanted, self.rules)}?")

    def rows(self, stem: str, table: str) -> list[Table]:
        """The array of tables `table` of rules/`stem`.toml; empty when absent."""
        rows: list[Table] = self._file(stem).get(table, [])
        return rows

    def stems(self) -> Iterator[str]:
        """Names of the rule files, without suffix."""
        return (path.stem for path in sorted(self._folder.glob("*.toml")))

    def _file(self, stem: str) -> Table:
        """A rule file, read when it is first asked for."""
        if stem not in self._read:
            path = self._folder / f"{stem}.toml"
            self._read[stem] = _read(path) if path.is_file() else {}
        return self._read[stem]


def _nearest(wanted: str, codes: Iterable[str]) -> str:
    """The code that starts alike, digit by digit, and of those the most similar one."""
    from difflib import SequenceMatcher

    def likeness(code: str) -> tuple[int, float]:
        alike = next(size for size in range(len(wanted), -1, -1) if code.startswith(wanted[:size]))
        return alike, SequenceMatcher(None, code, wanted).ratio()

    return max(codes, key=likeness)


def _read(path: Path) -> Table:
    try:
        return read_table(path)
    except ValueError as error:
        raise DataError(f"rules/{path.name}: {error}") from error


def _rule(table: Table, where: str) -> RuleInfo:
    missing = [key for key in _REQUIRED if key not in table]
    if missing:
        raise DataError(f"{where}: missing {', '.join(missing)}")
    unknown = sorted(set(table) - set(_REQUIRED) - set(_OPTIONAL))
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}")
    where = f"{where} ({table['code']})"
    code = _text(table, "code", where)
    if len(code) != 5 or not code.startswith("AS") or not code[2:].isdigit():
        raise DataError(f"{where}: code must be AS and three digits")
    return RuleInfo(
        code=code,
        name=_text(table, "name", where),
        family=_text(table, "family", where),
        kind=_enum(Kind, table["kind"], f"{where}: kind"),
        severities=_severities(table["severity"], where),
        title=_text(table, "title", where),
        why=_text(table, "why", where).strip(),
        reference=_text(table, "reference", where),
        before=_text(table, "before", where),
        after=_text(table, "after", where, ""),
        applicability=_enum(Applicability, table["applicability"], f"{where}: applicability"),
        effort=_number(table, "effort", where),
        silence=_text(table, "silence", where, ""),
        example_path=_text(table, "example_path", where, "dag.py"),
        facts=tuple(str(row) for row in table.get("facts", [])),
    )


def _severities(value: object, where: str) -> tuple[tuple[tuple[int, int], Severity | None], ...]:
    table = {"3.0": value} if isinstance(value, str) else value
    if not isinstance(table, dict) or not table:
        raise DataError(f"{where}: severity must be a string or a table of minor release to severity")
    found = []
    for minor, severity in table.items():
        major, _, number = str(minor).partition(".")
        if not (major.isdigit() and number.isdigit()):
            raise DataError(f"{where}: severity: {minor!r} is not a minor release such as 3.0")
        parsed = None if severity == _NEVER else _enum(Severity, severity, f"{where}: severity.{minor}")
        found.append(((int(major), int(number)), parsed))
    return tuple(sorted(found))


def _text(table: Table, key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise DataError(f"{where}: {key} must be a non-empty string")
    return value


def _number(table: Table, key: str, where: str) -> int:
    value = table.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise DataError(f"{where}: {key} must be a number of minutes")
    return value


def _enum(kind: type[E], value: object, where: str) -> E:
    try:
        return kind(str(value))
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise DataError(f"{where}: {value!r} is not one of {known}") from None
