"""How much a name that is gone matters at a place: guards, branches and the moment the code runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import StrEnum

from airshift.engine.blocks import Block, Guard, guard_of_try
from airshift.engine.facts import ModuleFacts
from airshift.engine.names import ImportName, Scope
from airshift.engine.syntax import walk
from airshift.findings import Kind, Severity
from airshift.index import NameStatus
from airshift.records import dataclass
from airshift.rules.base import RuleContext
from airshift.rules.places import Moment, places_of
from airshift.rules.version_arms import is_for_one_version

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception"})


@dataclass(frozen=True, slots=True)
class Weight:
    """Kind and severity of a name at its place."""

    kind: Kind
    severity: Severity
    fallback: bool = False
    """An `except` arm hides that the name is gone."""
    guarded: bool = False
    """The code is prepared for a target without the name."""


def weigh(
    facts: ModuleFacts, context: RuleContext, status: NameStatus, imported: ImportName
) -> Weight | None:
    """Weigh an import; None where the code is prepared for the target, unless that is asked for."""
    prepared = (
        Weight(_kind(status, Kind.PARSE), Severity.INFO, guarded=True) if context.show_guarded else None
    )
    guards = imported.block.guards()
    if Guard.VERSION in guards or is_for_one_version(facts, facts.source.span(imported.statement)):
        return prepared
    if Guard.TYPE_CHECKING in guards:
        return Weight(_kind(status, Kind.PARSE), Severity.INFO)
    if status is NameStatus.MISSING and _is_suppressed(facts, imported.statement):
        return Weight(Kind.BEHAVIOUR, Severity.WARNING, fallback=True)
    if Guard.IMPORT_ERROR in guards:
        match _catch(facts, context, imported):
            case Catch.PREPARED:
                return prepared
            case Catch.FALLBACK if status is NameStatus.MISSING:
                return Weight(Kind.BEHAVIOUR, Severity.WARNING, fallback=True)
            case _:
                pass
    return weigh_place(facts, status, imported.scope, imported.statement)


def weigh_use(
    facts: ModuleFacts, status: NameStatus, scope: Scope, block: Block, node: ast.AST
) -> Weight | None:
    """Weigh an attribute that is read off a module."""
    guards = block.guards()
    if Guard.VERSION in guards or Guard.IMPORT_ERROR in guards:
        return None
    if isinstance(node, ast.expr) and is_for_one_version(facts, facts.source.span(node)):
        return None
    if Guard.TYPE_CHECKING in guards:
        return Weight(_kind(status, Kind.PARSE), Severity.INFO)
    return weigh_place(facts, status, scope, node)


def weigh_place(facts: ModuleFacts, status: NameStatus, scope: Scope, node: ast.AST) -> Weight:
    """Weigh a place without guards: what runs while the file is parsed breaks the parsing."""
    if status is NameStatus.DEPRECATED:
        return Weight(Kind.DEPRECATION, Severity.WARNING)
    at_parse = places_of(facts).moment(scope, node) is Moment.PARSE
    return Weight(Kind.PARSE if at_parse else Kind.RUNTIME, Severity.ERROR)


def _kind(status: NameStatus, otherwise: Kind) -> Kind:
    return Kind.DEPRECATION if status is NameStatus.DEPRECATED else otherwise


class Catch(StrEnum):
    """What a `try` makes of an import that fails."""

    PREPARED = "prepared"
    """Another arm imports what the target has."""
    FALLBACK = "fallback"
    """Another arm goes on without the name."""
    NOTHING = "nothing"
    """The error comes through."""


def _catch(facts: ModuleFacts, context: RuleContext, imported: ImportName) -> Catch:
    child: ast.AST = imported.statement
    while (parent := facts.parents.get(id(child))) is not None:
        if isinstance(parent, ast.Try | ast.TryStar) and guard_of_try(parent) is Guard.IMPORT_ERROR:
            if child in parent.body:
                outcome = _handled(facts, context, imported, parent)
                if outcome is not Catch.NOTHING:
                    return outcome
            elif child in parent.handlers and _imports_work(facts, context, parent.body):
                return Catch.PREPARED
        child = parent
    return Catch.NOTHING


def _is_suppressed(facts: ModuleFacts, statement: ast.stmt) -> bool:
    """Whether `with suppress(ImportError)` stands around."""
    if b"suppress" not in facts.source.utf8:
        return False
    parent = facts.parents.get(id(statement))
    while parent is not None:
        for item in parent.items if isinstance(parent, ast.With) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and "contextlib.suppress" in facts.names_of(call.func):
                return any(isinstance(a, ast.Name) and a.id in _IMPORT_ERRORS for a in call.args)
        parent = facts.parents.get(id(parent))
    return False


def _handled(
    facts: ModuleFacts, context: RuleContext, imported: ImportName, node: ast.Try | ast.TryStar
) -> Catch:
    statements = [statement for handler in node.handlers for statement in handler.body]
    if any(isinstance(statement, ast.Raise) for statement in statements):
        return Catch.NOTHING
    rebound = [found for found in _imports_in(facts, statements) if found.local == imported.local]
    if not rebound:
        return Catch.FALLBACK
    return Catch.PREPARED if any(_works(context, found) for found in rebound) else Catch.NOTHING


def _imports_work(facts: ModuleFacts, context: RuleContext, body: list[ast.stmt]) -> bool:
    found = _imports_in(facts, body)
    return bool(found) and all(_works(context, imported) for imported in found)


def _imports_in(facts: ModuleFacts, body: Iterable[ast.stmt]) -> list[ImportName]:
    inside = {id(node) for statement in body for node in walk(statement)}
    return [imported for imported in facts.names.imports if id(imported.statement) in inside]


def _works(context: RuleContext, imported: ImportName) -> bool:
    name = None if imported.name == "*" else imported.name
    status = context.index.status(imported.module, name, context.target.version)
    return status is not NameStatus.MISSING
