"""Which modules and names an estate imports: all that pinning has to know about the DAGs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from airshift.files import Listing
from airshift.findings import Problem


@dataclass(frozen=True, slots=True)
class Scan:
    """What the estate imports when it runs; imports for type checkers only do not count."""

    modules: frozenset[str] = frozenset()
    """Of each `import module`."""
    names: frozenset[str] = frozenset()
    """`module:Name` of each `from module import Name`."""
    problems: tuple[Problem, ...] = ()


def scan_imports(listing: Listing) -> Scan:
    """Read every Python file of an estate; a file that does not parse becomes a problem."""
    from airshift.files import read_file

    modules: set[str] = set()
    names: set[str] = set()
    problems = list(listing.problems)
    for file in listing.files:
        if not file.path.endswith(".py"):
            continue
        raw = read_file(file)
        found = raw if isinstance(raw, Problem) else imports_of(raw, file.path)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        modules |= found.modules
        names |= found.names
    return Scan(frozenset(modules), frozenset(names), tuple(problems))


def imports_of(source: str | bytes, path: str) -> Scan | Problem:
    """Return what one file imports, at any depth of the code."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        return Problem(path, f"its imports were not read: {getattr(error, 'msg', None) or error}", line)
    pairs = list(_imports(tree))
    modules = frozenset(module for module, name in pairs if not name)
    return Scan(modules, frozenset(f"{module}:{name}" for module, name in pairs if name))


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names):
            yield from ((alias.name, "") for alias in names)
        case ast.ImportFrom(str() as module, names, 0):
            yield from ((module, alias.name) for alias in names)
        case ast.If(test=test, orelse=orelse) if _is_type_checking(test):
            for statement in orelse:
                yield from _imports(statement)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imports(child)


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
