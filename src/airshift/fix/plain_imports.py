"""Import statements without comments, changed by splices: the same text that libcst would give, much sooner."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from airshift.fix.new_imports import NewImport, statements
from airshift.records import dataclass

_SPACE = r"(?:[ \t\n]|\\\n)"
_FROM = re.compile(
    rf"(?P<start>from{_SPACE}+)(?P<module>\.*[\w.]*)(?P<opening>{_SPACE}+import{_SPACE}*(?:\({_SPACE}*)?)"
    rf"(?P<names>.*?)(?P<closing>(?:,?{_SPACE}*\))?)\Z",
    re.DOTALL,
)
_GAP = re.compile(rf"(,{_SPACE}*)")
_ODD = re.compile(r"[#;\r\f]|[ \t]\n|\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class PlainImport:
    """The text of an import statement, taken apart at its names."""

    start: str
    module: str
    opening: str
    names: tuple[str, ...]
    """Each with its `as`."""
    gaps: tuple[str, ...]
    """What stands between each two names."""
    closing: str

    @property
    def between(self) -> str:
        """What stands in front of a name that is added."""
        return self.gaps[0] if self.gaps else ", "

    def with_names(self, module: str, names: Iterable[tuple[str, str]]) -> str:
        """The statement with other names, each with the gap behind it, from a module."""
        listed = list(names)
        inner = "".join(f"{name}{gap}" for name, gap in listed[:-1]) + listed[-1][0]
        return f"{self.start}{module}{self.opening}{inner}{self.closing}"


def change_plain(
    text: str, moved: Mapping[int, NewImport | None], added: Iterable[NewImport]
) -> tuple[str, list[str]] | None:
    """Do what `airshift.fix.new_imports.change_import` promises; None where the layout takes libcst."""
    plain = _read(text)
    if plain is None:
        return None
    targets = [target for target in moved.values() if target is not None]
    extra = [] if plain.start == "import " else list(added)
    if (module := _new_home(plain, targets, extra)) is not None:
        names = dict.fromkeys(target.alias for _, target in sorted(moved.items()) if target is not None)
        gaps = {target.alias: gap for target, gap in _with_gaps(plain, moved)}
        return plain.with_names(module, ((name, gaps[name]) for name in names)), []
    kept = [(name, _gap(plain, index)) for index, name in enumerate(plain.names) if index not in moved]
    kept += [(addition.alias, plain.between) for addition in extra]
    new = statements(targets)
    if kept:
        return plain.with_names(plain.module, kept), new
    return (new[0], new[1:]) if new else ("", [])


def _new_home(plain: PlainImport, targets: list[NewImport], added: list[NewImport]) -> str | None:
    """The one module to which all names of a `from` statement go."""
    modules = {target.module for target in targets}
    everything = plain.start != "import " and len(targets) == len(plain.names) and len(modules) == 1
    return modules.pop() if everything and not added and all(target.name for target in targets) else None


def _with_gaps(plain: PlainImport, moved: Mapping[int, NewImport | None]) -> Iterable[tuple[NewImport, str]]:
    """What replaces each name with the gap behind it; of equal ones the first comes last."""
    for index, target in sorted(moved.items(), reverse=True):
        if target is not None:
            yield target, _gap(plain, index)


def _gap(plain: PlainImport, index: int) -> str:
    return plain.gaps[index] if index < len(plain.gaps) else plain.between


def _read(text: str) -> PlainImport | None:
    statement = None if _ODD.search(text) else _statement(text)
    if isinstance(statement, ast.Import):
        names = tuple(map(_written, statement.names))
        plain = PlainImport("import ", "", "", names, (", ",) * (len(names) - 1), "")
        return plain if plain.with_names("", ((name, ", ") for name in names)) == text else None
    found = _FROM.match(text) if isinstance(statement, ast.ImportFrom) else None
    if statement is None or found is None:
        return None
    parts = _GAP.split(found["names"])
    plain = PlainImport(
        found["start"],
        found["module"],
        found["opening"],
        tuple(parts[::2]),
        tuple(parts[1::2]),
        found["closing"],
    )
    return plain if plain.names == tuple(map(_written, statement.names)) and "*" not in plain.names else None


def _statement(text: str) -> ast.Import | ast.ImportFrom | None:
    try:
        parsed = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    statement = parsed[0] if len(parsed) == 1 else None
    return statement if isinstance(statement, ast.Import | ast.ImportFrom) else None


def _written(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name
