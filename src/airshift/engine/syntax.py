"""Walking syntax trees quickly: which fields of a node class can hold nodes is found out once for each class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import repeat

_PLAIN = frozenset(
    "id attr arg name asname module level n s kind lineno rest op ops ctx is_async conversion "
    "type_comment simple tag kwd_attrs".split()
)
"""Fields that hold names, numbers, operators and contexts: nothing with a place of its own below them."""


class _Fields(dict[type, tuple[str, ...]]):
    """The fields of each node class that may hold nodes with a place in the text, in their order."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        names: tuple[str, ...] = getattr(kind, "_fields", ())
        plain = _PLAIN - {"name"} if kind.__name__ == "TypeAlias" else _PLAIN
        found = () if kind is ast.Constant else tuple(name for name in names if name not in plain)
        self[kind] = found
        return found


FIELDS = _Fields()


def walk(root: ast.AST) -> list[ast.AST]:
    """A node and everything below it, level by level as `ast.walk`; operators and contexts are left out."""
    found = [root]
    fields = FIELDS
    for node in found:
        for name in fields[node.__class__]:
            value = getattr(node, name, None)
            if not value:
                continue
            if value.__class__ is list:
                found += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def walk_with_parents(root: ast.AST) -> tuple[list[ast.AST], dict[int, ast.AST]]:
    """What `walk` gives, and the parent of each node but the root by the node's `id`."""
    found = [root]
    parents: dict[int, ast.AST] = {}
    fields = FIELDS
    for node in found:
        for name in fields[node.__class__]:
            value = getattr(node, name, None)
            if not value:
                continue
            if value.__class__ is list:
                items = [item for item in value if isinstance(item, ast.AST)]
                found += items
                parents.update(zip(map(id, items), repeat(node)))
            elif isinstance(value, ast.AST):
                found.append(value)
                parents[id(value)] = node
    return found, parents


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes directly below a node, in their order; operators and contexts are left out."""
    for name in FIELDS[node.__class__]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            for item in value:
                if isinstance(item, ast.AST):
                    yield item
        elif isinstance(value, ast.AST):
            yield value
