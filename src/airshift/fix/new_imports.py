"""New import statements, and what becomes of old ones when names move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from airshift.records import dataclass

_LONGEST_LINE = 100


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
    from airshift.fix.plain_imports import change_plain

    changed = change_plain(text, dict(moved), added)
    if changed is None:
        from airshift.fix import imports

        changed = imports.change_import(text, dict(moved), added)
    return changed[0], tuple(changed[1])
