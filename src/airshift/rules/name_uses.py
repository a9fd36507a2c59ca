"""Where an imported name is used in its file."""

from __future__ import annotations

import ast

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import ImportName, Use
from airshift.records import dataclass


@dataclass(frozen=True, slots=True)
class Uses:
    """The uses that an import may supply; `certain` when no other binding supplies one of them."""

    found: tuple[Use, ...]
    certain: bool


def uses_of(facts: ModuleFacts, imported: ImportName) -> Uses:
    """Every use of the name that an alias of an import statement binds."""
    return facts.once(_uses_of, imported)


def _uses_of(facts: ModuleFacts, imported: ImportName) -> Uses:
    found: list[Use] = []
    certain = True
    for use in facts.names.uses_of(imported.local):
        bindings = facts.names.resolve_use(use).bindings
        if any(binding.node is imported.alias for binding in bindings):
            found.append(use)
            certain = certain and len(bindings) == 1
    return Uses(tuple(found), certain)


def node_of(use: Use, depth: int) -> ast.expr:
    """The part of a chain that consists of its head and the first `depth` attributes."""
    node = use.node
    for _ in range(len(use.attrs) - depth):
        assert isinstance(node, ast.Attribute)
        node = node.value
    return node


def is_exported(facts: ModuleFacts, imported: ImportName) -> bool:
    """Whether other files may rely on the local name."""
    local = imported.local
    if facts.path.endswith("__init__.py") or facts.project.is_wanted(facts.path, local):
        return True
    return any(constant.value == local for constant in facts.names.strings)
