"""Where new import statements go: beside their kind, in isort's order."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from airshift.engine.facts import ModuleFacts
from airshift.engine.standard_library import STANDARD_LIBRARY

Statement = ast.Import | ast.ImportFrom
_Key = tuple[int, bool, str]


def placed(
    facts: ModuleFacts, lines: Sequence[str], stay: Sequence[Statement], section: Sequence[Statement]
) -> Iterator[tuple[int, str]]:
    """Byte offset and text for each place where new statements are inserted.

    `section` holds the module's import statements, `stay` those of them that are left after the fix.
    """
    by_place: dict[tuple[int, bool, bool], list[str]] = {}
    for line in lines:
        by_place.setdefault(_place(facts, line, stay, section), []).append(line)
    newline = facts.source.newline
    for (offset, gap_before, gap_after), group in by_place.items():
        text = "".join(line.replace("\n", newline) + newline for line in group)
        text = newline * gap_before + text + newline * gap_after
        before = facts.source.utf8[:offset]
        if before and not before.endswith((b"\n", b"\r")):
            text = newline + text.removesuffix(newline)
        yield offset, text


def placed_blocks(
    facts: ModuleFacts, blocks: Sequence[str], stay: Sequence[Statement], section: Sequence[Statement]
) -> Iterator[tuple[int, str]]:
    """Byte offset and text of guarded imports: behind the module's import statements."""
    newline = facts.source.newline
    offset = _after(facts, stay[-1]) if stay else _start_of(facts, section[0]) if section else _top(facts)
    for block in blocks:
        text = block.replace("\n", newline) + newline
        before = facts.source.utf8[:offset]
        yield offset, newline + text if before and not before.endswith((b"\n", b"\r")) else text


def _place(
    facts: ModuleFacts, line: str, stay: Sequence[Statement], section: Sequence[Statement]
) -> tuple[int, bool, bool]:
    """Offset, and whether a blank line belongs before or after the new statement."""
    kind, module = line.split()[:2]
    key = sort_key(module, kind == "from")
    keys = [(_key_of(statement), statement) for statement in stay]
    same = [(other, statement) for other, statement in keys if other[0] == key[0]]
    earlier = [statement for other, statement in same if other <= key]
    if earlier:
        return _after(facts, earlier[-1]), False, False
    if same:
        return _start_of(facts, same[0][1]), False, False
    lower = [statement for other, statement in keys if other[0] < key[0]]
    if lower:
        return _after(facts, lower[-1]), True, False
    if stay or section:
        return _start_of(facts, (stay or section)[0]), False, bool(stay)
    return _top(facts), False, bool(facts.tree.body)


def _key_of(statement: Statement) -> _Key:
    if isinstance(statement, ast.Import):
        return sort_key(statement.names[0].name, False)
    return sort_key("." * statement.level + (statement.module or ""), True)


def sort_key(module: str, is_from: bool) -> _Key:
    """isort's default order: future, standard library, third party, relative; `import` before `from`."""
    top = module.partition(".")[0]
    if module == "__future__":
        return 0, is_from, module
    if not top:
        return 3, is_from, module
    return (1 if top in STANDARD_LIBRARY else 2), is_from, module.lower()


def _after(facts: ModuleFacts, statement: ast.stmt) -> int:
    source = facts.source
    line = statement.end_lineno or statement.lineno
    return source.line_starts[line] if line < len(source.line_starts) else len(source.utf8)


def _start_of(facts: ModuleFacts, statement: ast.stmt) -> int:
    return facts.source.line_starts[statement.lineno - 1]


def _top(facts: ModuleFacts) -> int:
    """Behind the docstring of a module without imports."""
    body = facts.tree.body
    if body and is_docstring(body[0]):
        return _after(facts, body[0])
    return _start_of(facts, body[0]) if body else 0


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a string that stands alone."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
