"""Defects of the target version that an estate's code or configuration meets (rules/known_issues.toml)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from airshift._data import data_folder
from airshift.catalogue import Table
from airshift.engine.facts import ModuleFacts
from airshift.errors import DataError
from airshift.targets import Target, parse_version

_KEYS = frozenset(
    {
        *("id", "title", "since", "fixed", "verified", "effect", "workaround", "url"),
        *("operators", "keywords", "constructs", "options", "platform"),
    }
)


class Construct(StrEnum):
    """What an estate may do besides using an operator, a keyword or an option."""

    CALLABLE_ARGUMENT = "callable-argument"
    """A lambda is passed to a task decorated with `@task`."""
    IN_PLACE_UPGRADE = "in-place-upgrade"
    """The plan upgrades the database in place instead of starting a new environment."""
    STARTUP_SCRIPT = "startup-script"
    """An Amazon MWAA environment with a start-up script."""


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """One defect: the versions that have it, what meets it, what happens and what to do."""

    id: str
    title: str
    since: tuple[int, ...]
    fixed: tuple[int, ...] | None
    verified: str
    effect: str
    workaround: str
    url: str
    operators: frozenset[str]
    keywords: frozenset[str]
    constructs: frozenset[Construct]
    options: tuple[tuple[str, str], ...]
    platform: str

    def affects(self, target: Target) -> bool:
        """Whether the target's version and platform have the defect."""
        fixed = self.fixed is not None and target.release >= self.fixed
        return target.release >= self.since and not fixed and self.platform in ("", target.platform)

    def meets(self, names: frozenset[str], options: Mapping[str, str]) -> bool:
        """Whether every kind of matcher the row has finds something."""
        return all(
            (
                not self.operators or bool(self.operators & names),
                not self.keywords or bool(self.keywords & names),
                not self.constructs or bool({str(construct) for construct in self.constructs} & names),
                not self.options or any(self.is_set_by(*option) for option in options.items()),
            )
        )

    def is_set_by(self, option: str, value: str) -> bool:
        """Whether an option with this value is one that meets the defect."""
        return any(option == key and text in value for key, text in self.options)


def matching(
    target: Target, used_names: Iterable[str], options: Mapping[str, str] | None = None
) -> tuple[KnownIssue, ...]:
    """Known issues of the target that concern an estate.

    `used_names` holds what `used_names_of` tells of each module, and values of `Construct`;
    `options` maps `section.key` to the configured value.
    """
    names = frozenset(used_names)
    configured = dict(options or {})
    if target.platform == "mwaa":
        configured.setdefault("core.executor", "CeleryExecutor")
    return tuple(issue for issue in issues() if issue.affects(target) and issue.meets(names, configured))


def used_names_of(facts: ModuleFacts) -> frozenset[str]:
    """Operators, decorators, their arguments and constructs of a module, as the matchers spell them."""
    from airshift.rules.constructors import Role, constructors

    found: set[str] = set()
    for item in constructors(facts):
        if item.role not in (Role.DAG, Role.OPERATOR, Role.TASK):
            continue
        name = "DAG" if item.role is Role.DAG else _short(item.qualified)
        found.add(name)
        found.update(f"{name}.{argument.name}" for argument in item.arguments)
        if name.endswith("Sensor"):
            found.update(f"Sensor.{argument.name}" for argument in item.arguments)
    for definition in facts.functions:
        for decorator in getattr(definition.node, "decorator_list", []):
            found.update(_short(name) for name in facts.names_of(decorator) if _is_task_variant(name))
    if _passes_a_callable(facts):
        found.add(Construct.CALLABLE_ARGUMENT)
    return frozenset(found)


def _is_task_variant(name: str) -> bool:
    return name.startswith(("airflow.decorators.task.", "airflow.sdk.task."))


def _short(qualified: str) -> str:
    head, _, last = qualified.rpartition(".")
    return f"task.{last}" if head.endswith(".task") else last


def _passes_a_callable(facts: ModuleFacts) -> bool:
    for site in facts.names.calls:
        arguments = [*site.node.args, *(keyword.value for keyword in site.node.keywords)]
        if any(isinstance(argument, ast.Lambda) for argument in arguments):
            function = facts.function_of(site.node.func)
            if isinstance(function, ast.FunctionDef) and _is_task(facts, function):
                return True
    return False


def _is_task(facts: ModuleFacts, function: ast.FunctionDef) -> bool:
    callees = (item.func if isinstance(item, ast.Call) else item for item in function.decorator_list)
    names = {name for callee in callees for name in facts.names_of(callee)}
    return any(name.startswith(("airflow.decorators.task", "airflow.sdk.task")) for name in names)


@cache
def issues() -> tuple[KnownIssue, ...]:
    """Every row, in order of id."""
    rows: list[Table] = _file().get("issue", [])
    found = tuple(sorted((_issue(row) for row in rows), key=lambda issue: issue.id))
    if len({issue.id for issue in found}) != len(found):
        raise DataError("rules/known_issues.toml: an id is used twice")
    return found


def as_of() -> date:
    """The day the table was last checked against the trackers."""
    day = _file().get("as_of")
    if not isinstance(day, date):
        raise DataError("rules/known_issues.toml: as_of must be a date")
    return day


@cache
def _file() -> Table:
    import tomllib

    path = data_folder("rules") / "known_issues.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _issue(row: Table) -> KnownIssue:
    where = f"rules/known_issues.toml: issue {row.get('id', '?')}"
    unknown = sorted(row.keys() - _KEYS)
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}")
    texts = {key: row.get(key) for key in ("id", "title", "effect", "workaround", "url", "verified", "since")}
    missing = [key for key, value in texts.items() if not isinstance(value, str) or not value]
    if missing:
        raise DataError(f"{where}: missing {', '.join(missing)}")
    known = {str(construct) for construct in Construct}
    if not set(row.get("constructs", [])) <= known:
        raise DataError(f"{where}: constructs must be among {', '.join(sorted(known))}")
    return KnownIssue(
        id=str(row["id"]),
        title=str(row["title"]),
        since=parse_version(str(row["since"])).release,
        fixed=parse_version(str(row["fixed"])).release if "fixed" in row else None,
        verified=str(row["verified"]),
        effect=str(row["effect"]),
        workaround=str(row["workaround"]),
        url=str(row["url"]),
        operators=frozenset(row.get("operators", [])),
        keywords=frozenset(row.get("keywords", [])),
        constructs=frozenset(Construct(text) for text in row.get("constructs", [])),
        options=tuple(_option(text, where) for text in row.get("options", [])),
        platform=str(row.get("platform", "")),
    )


def _option(text: str, where: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or "." not in key:
        raise DataError(f"{where}: options must read section.key=text, not {text!r}")
    return key, value
