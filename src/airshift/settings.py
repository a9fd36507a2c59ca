"""The estate's own settings: `airshift.toml`, or `[tool.airshift]` of `pyproject.toml`.

This module finds the file and checks the names of its tables. What a table may hold is said by the module that
uses it, through `Table`: every key is asked for once, and what nobody asked for is an error with a suggestion.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar

from airshift.errors import UsageError
from airshift.records import dataclass

_T = TypeVar("_T")
FILE = "airshift.toml"
PROJECT = "pyproject.toml"
TABLES = frozenset({"environments", "plan", "wave"})
"""Top-level tables; a module that reads another one adds its name here."""
KEYS = frozenset(
    {"target", "source", "select", "ignore", "extend-select", "per-file-ignores", "exclude", "extend-exclude",
     "respect-gitignore", "respect-airflowignore", "baseline"}
)  # fmt: skip
"""Top-level keys; what they hold is said by `airshift.config`."""
_KINDS = {str: "a text", int: "a whole number", bool: "true or false", float: "a number", list: "a list"}


class Table:
    """One table of the settings: typed access by key, and an error for keys nobody asked for."""

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        self._content = content
        self._asked: set[str] = set()
        self.where = where
        """File and table, for messages."""

    def get(self, key: str, kind: type[_T], default: _T) -> _T:
        """The value of a key, `default` without one; raise UsageError when it is of another kind."""
        self._asked.add(key)
        value = self._content.get(key, default)
        if value is default:
            return default
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise self.error(f"{key} has to be {_KINDS.get(kind, kind.__name__)}")
        return value

    def require(self, key: str) -> str:
        """A text that has to be there and not empty."""
        text = self.get(key, str, "")
        if not text:
            raise self.error(f"{key} is missing")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty without one."""
        found = self.get(key, list, [])
        if not all(isinstance(item, str) for item in found):
            raise self.error(f"{key} has to be a list of texts")
        return tuple(found)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables; empty without one."""
        found = self.get(key, list, [])
        if not all(isinstance(item, dict) for item in found):
            raise self.error(f"{key} has to be a list of tables")
        return tuple(Table(item, f"{self.where} {key}[{number}]") for number, item in enumerate(found, 1))

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A table whose keys are free, e.g. DAG ids; empty without one."""
        return self.get(key, dict, {})

    def finish(self) -> None:
        """Raise UsageError for the first key that was not asked for."""
        for key in self._content:
            if key not in self._asked:
                raise self.error(f"unknown key {key}{_suggestion(key, self._asked)}")

    def error(self, message: str) -> UsageError:
        """An error that names file and table."""
        return UsageError(f"{self.where} {message}")


@dataclass(frozen=True, slots=True)
class Environment:
    """An Airflow of its own: its metadata database, and the folder its DAGs are deployed from."""

    name: str
    path: Path
    url: str = ""
    """Where its REST API and pages are, if known."""
    mwaa: str = ""
    """Its name on Amazon MWAA, if it runs there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an estate; an estate without a file has the defaults."""

    file: Path | None = None
    environments: tuple[Environment, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def top(self) -> Table:
        """The top level of the file; an empty one without a file."""
        return Table(self.content, f"{self.file.name}:" if self.file is not None else "settings:")

    def table(self, name: str) -> Table:
        """A top-level table; an empty one when the file has none."""
        assert name in TABLES
        where = self.file.name if self.file is not None else "settings"
        content = self.content.get(name, {})
        if not isinstance(content, dict):
            raise UsageError(f"{where}: [{name}] has to be a table")
        return Table(content, f"{where}: [{name}]")


def load_settings(root: Path, file: Path | None = None) -> Settings:
    """The settings of the estate below `root`, or those in `file`; raise UsageError when they are wrong.

    Without `file` the nearest one counts, from `root` up to the folder that holds `.git`, but none in a folder
    that anybody may write to.
    """
    found = file or _find(root.absolute())
    if found is None:
        return Settings()
    content = _content(found)
    top = Table(content, f"{found.name}:")
    for name in content:
        if name not in TABLES | KEYS:
            raise top.error(f"unknown key {name}{_suggestion(name, TABLES | KEYS)}")
    environments = tuple(_environment(table, found.parent) for table in top.tables("environments"))
    _check_unique(top, [environment.name for environment in environments])
    return Settings(found, environments, content)


def _find(root: Path) -> Path | None:
    for folder in (root, *root.parents):
        if folder != root and _is_everybodys(folder):
            return None
        if (folder / FILE).is_file():
            return folder / FILE
        if _is_ours(folder / PROJECT):
            return folder / PROJECT
        if (folder / ".git").exists():
            return None
    return None


def _is_everybodys(folder: Path) -> bool:
    """Whether anybody may write to a folder, as to the one for temporary files: it says nothing about the estate."""
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False


def _is_ours(project: Path) -> bool:
    """Whether a pyproject.toml has a table for airshift; one that cannot be read is nobody's error here."""
    try:
        return project.is_file() and bool(_content(project))
    except UsageError:
        return False


def _content(file: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name}: cannot be read: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{file.name}: nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file.name}: not TOML: {error}") from error
    return _part(content, "tool", "airshift") if file.name == PROJECT else content


def _part(content: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = content.get(name)
        content = inner if isinstance(inner, dict) else {}
    return content


def _environment(table: Table, folder: Path) -> Environment:
    from urllib.parse import urlsplit

    url = table.get("url", str, "")
    if url and not urlsplit(url).hostname:
        raise table.error(f"url {url} names no host")
    found = Environment(
        table.require("name"), (folder / table.require("path")).absolute(), url, table.get("mwaa", str, "")
    )
    if ":" in found.name:
        raise table.error(f"name {found.name} must not contain a colon")
    if not found.path.exists():
        raise table.error(f"path {found.path.relative_to(folder.absolute())} does not exist")
    table.finish()
    return found


def _check_unique(top: Table, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise top.error(f"two environments are called {twice[0]}")


def _suggestion(name: str, known: frozenset[str] | set[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), 1)
    return f" (did you mean {near[0]}?)" if near else f" (known: {', '.join(sorted(known))})"
