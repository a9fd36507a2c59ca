"""What becomes of a configuration option on a target, read from rules/config.toml."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from airshift._data import data_folder
from airshift.findings import Severity
from airshift.records import dataclass
from airshift.tables import read_table
from airshift.targets import Target

Name = tuple[str, str]
"""Section and option, lower case."""


class Fate(StrEnum):
    """What a target makes of an option name."""

    PRESENT = "present"
    HONOURED = "honoured"
    """The old name is still read, with a warning."""
    IGNORED = "ignored"
    """There is a new name, and the old one is ignored without a word."""
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of one option on one target."""

    fate: Fate
    to: Name | None = None
    caveat: str = ""
    """Why the value cannot simply be carried over to the new name."""
    note: str = ""
    severity: Severity | None = None
    """Where it differs from the rule's own."""
    harmless: re.Pattern[str] | None = None
    """Values with which losing the option changes nothing."""

    def severity_for(self, value: str | None) -> Severity | None:
        """The severity for a value; None for the rule's own."""
        if value is not None and self.harmless is not None and self.harmless.fullmatch(value.strip()):
            return Severity.INFO
        return self.severity


@dataclass(frozen=True, slots=True)
class ValueRule:
    """A value that no longer works."""

    option: str
    match: re.Pattern[str]
    instead: str
    why: str


@dataclass(frozen=True, slots=True)
class Default:
    """An option whose default changed."""

    name: Name
    before: str
    after: str
    since: tuple[int, int]
    effect: str
    only: str = ""
    """Matters only with this kind of file in the estate."""


@dataclass(frozen=True, slots=True)
class _Row:
    to: Name | None
    since: tuple[int, int]
    present: frozenset[tuple[int, int]]
    honoured: frozenset[tuple[int, int]]
    caveat: str
    note: str
    severity: Severity | None
    harmless: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Managed:
    options: frozenset[str]
    exceptions: frozenset[str]
    since: tuple[int, int]
    until: tuple[int, int]
    condition: str


@dataclass(frozen=True, slots=True)
class Options:
    """The option table."""

    rows: dict[Name, _Row]
    sections: dict[str, str]
    values: tuple[ValueRule, ...]
    defaults: tuple[Default, ...]
    managed: tuple[_Managed, ...]
    minors: tuple[tuple[int, int], ...]

    @classmethod
    @cache
    def load(cls) -> Options:
        """The table that ships with airshift, read once a process."""
        table = read_table(data_folder("rules") / "config.toml")
        return cls(
            {name_of(key): _row(row) for key, row in table["options"].items()},
            table["sections"],
            tuple(
                ValueRule(r["option"], re.compile(r["match"]), r.get("instead", ""), r["why"])
                for r in table["value"]
            ),
            tuple(_default(row) for row in table["default"]),
            tuple(_managed(row) for row in table["mwaa"]),
            tuple(sorted({_minor(version) for version in table["measured"]})),
        )

    def verdict(self, name: Name, target: Target) -> Verdict:
        """What the target makes of an option; options the table does not know are present."""
        section, option = name
        if section in self.sections:
            return self._moved((self.sections[section], option), Fate.IGNORED, target)
        row = self.rows.get(name)
        minor = self._measured(target)
        if row is None or minor in row.present:
            return Verdict(Fate.PRESENT)
        fate = Fate.HONOURED if minor in row.honoured else Fate.IGNORED
        return self._moved(row.to, fate, target, row)

    def knows(self, name: Name) -> bool:
        """Whether the table has a row for this very name."""
        return name in self.rows or name[0] in self.sections

    def bad_value(self, name: Name, value: str) -> tuple[ValueRule, str] | None:
        """The rule that a value breaks and the item of the value that does, if any."""
        dotted = ".".join(name)
        items = value.split(",") if dotted in ("core.executor", "fab.auth_backends") else [value]
        for item in items:
            for rule in self.values:
                if rule.option in ("*", dotted) and rule.match.fullmatch(item.strip()):
                    return rule, item.strip()
        return None

    def managed_by_mwaa(self, name: Name, target: Target) -> str | None:
        """When MWAA sets the option itself: the condition, empty if always; None if it does not."""
        dotted, family = ".".join(name), f"{name[0]}.*"
        if target.platform != "mwaa":
            return None
        for row in self.managed:
            if not row.since <= target.release[:2] < row.until or dotted in row.exceptions:
                continue
            if dotted in row.options or family in row.options:
                return row.condition
        return None

    def changed_defaults(self, source: Target | None, target: Target) -> tuple[Default, ...]:
        """Defaults that differ between source and target."""
        before = source.release[:2] if source else (2, 0)
        return tuple(row for row in self.defaults if before < row.since <= target.release[:2])

    def _moved(self, to: Name | None, fate: Fate, target: Target, row: _Row | None = None) -> Verdict:
        caveat, note = (row.caveat, row.note) if row else ("", "")
        severity = row.severity if row else None
        minor = self._measured(target)
        since = row.since if row else (0, 0)
        while to is not None and (following := self.rows.get(to)) and minor not in following.present:
            to, since = following.to, following.since
            caveat, note = caveat or following.caveat, note or following.note
            fate = Fate.IGNORED if fate is not Fate.HONOURED else fate
        if to is None or since > minor:
            return Verdict(Fate.REMOVED, None, "", note, severity, row.harmless if row else None)
        return Verdict(fate, to, caveat, note, severity)

    def _measured(self, target: Target) -> tuple[int, int]:
        wanted = target.release[:2]
        earlier = [minor for minor in self.minors if minor <= wanted]
        return earlier[-1] if earlier else self.minors[0]


def name_of(dotted: str) -> Name:
    """Section and option of `section.option`."""
    section, _, option = dotted.partition(".")
    return section, option


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _row(row: dict[str, str | list[str]]) -> _Row:
    def text(key: str) -> str:
        return str(row.get(key, ""))

    return _Row(
        name_of(text("to")) if text("to") else None,
        _minor(text("since") or "0.0"),
        frozenset(_minor(minor) for minor in row.get("present", [])),
        frozenset(_minor(minor) for minor in row.get("honoured", [])),
        text("value"),
        text("note"),
        Severity(text("severity")) if text("severity") else None,
        re.compile(text("harmless")) if text("harmless") else None,
    )


def _default(row: dict[str, str]) -> Default:
    return Default(
        name_of(row["option"]),
        row["before"],
        row["after"],
        _minor(row["since"]),
        row["effect"],
        row.get("only", ""),
    )


def _managed(row: dict[str, str | list[str]]) -> _Managed:
    return _Managed(
        frozenset(row["options"]),
        frozenset(row.get("except", ())),
        _minor(str(row["since"])),
        _minor(str(row.get("until", "99.0"))),
        str(row.get("when", "")),
    )
