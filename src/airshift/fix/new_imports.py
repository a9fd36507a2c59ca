"""New import statements, and what becomes of old ones when names move."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from airshift.records import dataclass

_LONGEST_LINE = 100
_ODD = re.compile(r"[#\\\r\f]|[ \t]\n|\n[ \t]*\n")
_NAMES = re.compile(r"(?P<opening>(?:\([ \t\n]*)?)(?P<names>.*?)(?P<closing>(?:,?[ \t\n]*\))?)\Z", re.DOTALL)
_GAP = re.compile(r"[ \t\n]*,[ \t\n]*")


@dataclass(frozen=True, slots=True)
class NewImport:
    """`from module import name as local`, or `import module as local` when `name` is None."""

    module: str
    name: str | None
    local: str

    @property
    def alias(self) -> str:
        """How the name stands behind `import`."""
        plain = self.name if self.name is not None else self.module
        return plain if self.local in (plain, plain.partition(".")[0]) else f"{plain} as {self.local}"


def statements(imports: Iterable[NewImport]) -> list[str]:
    """Import statements for new names, one a module, sorted."""
    plain = sorted({f"import {new.alias}" for new in imports if new.name is None})
    by_module: dict[str, set[str]] = {}
    for new in imports:
        if new.name is not None:
            by_module.setdefault(new.module, set()).add(new.alias)
    return plain + [_from(module, sorted(names, key=_order)) for module, names in sorted(by_module.items())]


def guarded(pairs: Iterable[tuple[NewImport, NewImport]]) -> list[str]:
    """`try: ... except ImportError: ...` for names that come from another place on another version."""
    by_module: dict[tuple[str, bool], list[tuple[NewImport, NewImport]]] = {}
    for new, old in pairs:
        by_module.setdefault((new.module, new.name is None), []).append((new, old))
    return [
        f"try:\n{_arm(new for new, _ in group)}\nexcept ImportError:\n{_arm(old for _, old in group)}"
        for group in by_module.values()
    ]


def _arm(imports: Iterable[NewImport]) -> str:
    lines = "\n".join(statements(list(imports))).split("\n")
    return "\n".join(f"    {line}" for line in lines)


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _LONGEST_LINE:
        return line
    body = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{body})"


def _order(name: str) -> tuple[int, str]:
    """isort's default: CONSTANTS, then Classes, then functions."""
    first = name.partition(" ")[0]
    if first.isupper() and len(first) > 1:
        return 0, name
    return (1 if first[:1].isupper() else 2), name


def change_import(
    text: str, moved: Mapping[int, NewImport | None], added: Iterable[NewImport] = ()
) -> tuple[str, list[str]]:
    """Rewrite one import statement; return it and further statements that follow it.

    `moved` says for the alias at an index where it is imported from now (None: nowhere). The first
    part is empty when nothing of the statement is left; `added` names come from its own module.
    """
    head, more = _changed(text, tuple(moved.items()), tuple(added))
    return head, list(more)


@lru_cache(maxsize=4096)
def _changed(
    text: str, moved: tuple[tuple[int, NewImport | None], ...], added: tuple[NewImport, ...]
) -> tuple[str, tuple[str, ...]]:
    """The same statements stand in many files of an estate."""
    plain = _plain(text)
    if plain is not None:
        head, more = _change_plain(*plain, dict(moved), added)
    else:
        from airshift.fix import imports

        head, more = imports.change_import(text, dict(moved), added)
    return head, tuple(more)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the names of an import statement are set: before, between and behind them."""

    opening: str
    between: str
    closing: str

    def __call__(self, names: Iterable[str]) -> str:
        return f"{self.opening}{self.between.join(names)}{self.closing}"


_ONE_LINE = _Layout("", ", ", "")


def _plain(text: str) -> tuple[ast.Import | ast.ImportFrom, _Layout] | None:
    """The statement and its layout, if that is the same between all names and holds no comments."""
    try:
        parsed = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    statement = parsed[0] if len(parsed) == 1 else None
    if isinstance(statement, ast.Import):
        return (
            (statement, _ONE_LINE) if text == f"import {_ONE_LINE(map(_written, statement.names))}" else None
        )
    if not isinstance(statement, ast.ImportFrom) or statement.names[0].name == "*":
        return None
    head = _head(statement)
    found = _NAMES.match(text.removeprefix(head)) if text.startswith(head) and not _ODD.search(text) else None
    if found is None:
        return None
    gaps = set(_GAP.findall(found["names"]))
    between = gaps.pop() if len(gaps) == 1 and len(statement.names) > 1 else ", "
    layout = _Layout(found["opening"], between, found["closing"])
    return (statement, layout) if text == head + layout(map(_written, statement.names)) else None


def _written(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _head(statement: ast.Import | ast.ImportFrom) -> str:
    if isinstance(statement, ast.Import):
        return "import "
    return f"from {'.' * statement.level}{statement.module or ''} import "


def _change_plain(
    statement: ast.Import | ast.ImportFrom,
    layout: _Layout,
    moved: Mapping[int, NewImport | None],
    added: tuple[NewImport, ...],
) -> tuple[str, list[str]]:
    targets = [target for target in moved.values() if target is not None]
    kept = [_written(alias) for index, alias in enumerate(statement.names) if index not in moved]
    if isinstance(statement, ast.ImportFrom):
        modules = {target.module for target in targets if target.name is not None}
        everything = len(moved) == len(statement.names) == len(targets) and len(modules) == 1 and not added
        if everything and all(target.name is not None for target in targets):
            names = dict.fromkeys(target.alias for _, target in sorted(moved.items()) if target is not None)
            return f"from {modules.pop()} import {layout(names)}", []
        kept += [addition.alias for addition in added]
    new = statements(targets)
    if kept:
        return f"{_head(statement)}{layout(kept)}", new
    return (new[0], new[1:]) if new else ("", [])
