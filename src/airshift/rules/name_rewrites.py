"""The rewrites that take an import, and where necessary its uses, to the name's new home."""

from __future__ import annotations

import ast
from dataclasses import replace

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode, ImportName, Use
from airshift.fix.rewrites import DropDecorator, DropImport, MoveImport, Needs, ReplaceExpression, Rewrite
from airshift.records import dataclass
from airshift.rules.base import RuleContext
from airshift.rules.call_rewrites import plan_calls
from airshift.rules.inline_calls import replaced_call
from airshift.rules.move_rows import Home
from airshift.rules.moves import Move, MoveTable
from airshift.rules.name_uses import is_exported, node_of, uses_of


@dataclass(frozen=True, slots=True)
class Plan:
    """Rewrites that belong together, and why they may change the meaning; empty when there are none."""

    rewrites: tuple[Rewrite, ...] = ()
    unsafe: str = ""


NOTHING = Plan()


def plan_import(facts: ModuleFacts, imported: ImportName, move: Move) -> Plan:
    """Follow `from module import name` to the name's home."""
    if move.inline == "drop_decorator":
        return _without_decorator(facts, imported)
    if move.inline:
        return _inlined(facts, imported, move)
    if move.home is None or move.advise:
        return NOTHING
    if move.home.attribute:
        return _attribute(facts, imported, move.home)
    calls = plan_calls(facts, uses_of(facts, imported).found, move.calls)
    if not calls.possible:
        return NOTHING
    moved = MoveImport(imported, move.home.module, move.home.name)
    unsafe = move.unsafe or calls.unsafe
    if move.calls and is_exported(facts, imported):
        unsafe = unsafe or "files that import the class from here may pass its old keywords"
    return Plan((moved, *calls.rewrites), unsafe)


def text_of(home: Home) -> tuple[str, Needs]:
    """How a home is spelled in rewritten code, and the import that takes."""
    return ("{0}." + home.attribute if home.attribute else "{0}"), Needs(home.module, home.name)


def _attribute(facts: ModuleFacts, imported: ImportName, home: Home) -> Plan:
    uses = uses_of(facts, imported)
    if not uses.found or not uses.certain or is_exported(facts, imported):
        return NOTHING
    text, needs = text_of(home)
    replaced = [ReplaceExpression(node_of(use, 0), text, (needs,)) for use in uses.found]
    return Plan((DropImport(imported), *replaced))


def _without_decorator(facts: ModuleFacts, imported: ImportName) -> Plan:
    uses = {id(use.node) for use in uses_of(facts, imported).found if not use.attrs}
    dropped: list[Rewrite] = []
    for definition in facts.functions:
        if isinstance(definition.node, FunctionNode):
            for decorator in definition.node.decorator_list:
                if id(decorator) in uses:
                    uses.discard(id(decorator))
                    dropped.append(DropDecorator(definition.node, decorator))
    return NOTHING if uses or is_exported(facts, imported) else Plan((DropImport(imported), *dropped))


def _inlined(facts: ModuleFacts, imported: ImportName, move: Move) -> Plan:
    uses = uses_of(facts, imported)
    if not uses.certain or is_exported(facts, imported) or any(use.attrs for use in uses.found):
        return NOTHING
    replaced = [replaced_call(facts, use.node, move) for use in uses.found]
    known = [rewrite for rewrite in replaced if rewrite is not None]
    return Plan((DropImport(imported), *known), move.unsafe) if len(known) == len(replaced) else NOTHING


def plan_module(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, imported: ImportName
) -> tuple[Move, Plan]:
    """Follow the import of a whole module to its successor, or to the homes of what is read off it."""
    module = imported.qualified
    new = table.module_home(module, context.index, context.target)
    legacy = table.resolve(module, "", context.index, context.target).legacy
    whole = imported.name is not None or imported.alias.asname is not None
    uses = [use for use in uses_of(facts, imported).found if whole or _starts(use, module)]
    depth = 0 if whole else module.count(".")
    moves = [_read_off(context, table, module, use, depth) for use in uses]
    stays = all(_stays(use, depth, move, new) for use, move in zip(uses, moves, strict=True))
    if new is not None and stays and (whole or not uses):
        package, _, last = new.rpartition(".")
        as_member = imported.name is not None
        moved = MoveImport(imported, package if as_member else new, last if as_member else None)
        return Move(Home(package, last), legacy=legacy), Plan((moved,))
    stated = Move(Home(*new.rpartition(".")[::2]) if new else None, note=_note(table, module), legacy=legacy)
    if imported.name is not None and not uses_of(facts, imported).certain:
        return stated, _under_its_name(facts, imported, uses, moves)
    known = [move for move in moves if move is not None and move.home is not None]
    if known and (new is None or len(known) == len(moves)):
        stated = replace(known[0], legacy=legacy)
    if len(known) != len(moves) or not uses_of(facts, imported).certain or is_exported(facts, imported):
        return stated, NOTHING
    return stated, _chains(facts, imported, uses, known, depth)


def _under_its_name(
    facts: ModuleFacts, imported: ImportName, uses: list[Use], moves: list[Move | None]
) -> Plan:
    """Follow a module that may be something else as well (`mod = None` before a `try`): it keeps its local name."""
    bare = [use for use in uses if not use.attrs]
    known = [
        (u, m.home) for u, m in zip(uses, moves, strict=True) if u.attrs and m and m.home and _is_plain(m)
    ]
    modules = {home.module for _, home in known if not home.attribute}
    if len(bare) + len(known) != len(uses) or len(modules) != 1 or is_exported(facts, imported):
        return NOTHING
    if not all(isinstance(facts.parents.get(id(use.node)), ast.Compare | ast.If) for use in bare):
        return NOTHING
    package, _, last = modules.pop().rpartition(".")
    renamed = [
        ReplaceExpression(node_of(use, 1), f"{imported.local}.{home.name}")
        for use, home in known
        if home.name != use.attrs[0]
    ]
    return Plan((MoveImport(imported, package, last), *renamed))


def _is_plain(move: Move) -> bool:
    return not (move.inline or move.advise or move.calls or move.unsafe)


def _starts(use: Use, module: str) -> bool:
    return [use.head, *use.attrs][: module.count(".") + 1] == module.split(".")


def _read_off(context: RuleContext, table: MoveTable, module: str, use: Use, depth: int) -> Move | None:
    if len(use.attrs) <= depth:
        return None
    return table.resolve(module, use.attrs[depth], context.index, context.target)


def _stays(use: Use, depth: int, move: Move | None, module: str | None) -> bool:
    """Whether a name keeps its name in the module's successor."""
    if module is None or move is None or move.calls:
        return False
    return move.home == Home(module, use.attrs[depth])


def _note(table: MoveTable, module: str) -> str:
    row = table.row(module, "")
    return row.note if row else ""


def _chains(facts: ModuleFacts, imported: ImportName, uses: list[Use], moves: list[Move], depth: int) -> Plan:
    rewrites: list[Rewrite] = [DropImport(imported)]
    unsafe = ""
    for use, move in zip(uses, moves, strict=True):
        plan = plan_chain(facts, use, depth + 1, move)
        if plan is NOTHING:
            return NOTHING
        rewrites += plan.rewrites
        unsafe = unsafe or plan.unsafe
    return Plan(tuple(rewrites), unsafe) if uses else NOTHING


def plan_chain(facts: ModuleFacts, use: Use, depth: int, move: Move) -> Plan:
    """Replace the first `depth` attributes of a chain by the name's home."""
    node = node_of(use, depth)
    if move.inline and len(use.attrs) == depth:
        rewrite = replaced_call(facts, node, move)
        return Plan((rewrite,), move.unsafe) if rewrite else NOTHING
    if move.home is None or move.advise:
        return NOTHING
    rest = replace(use, attrs=use.attrs[depth:])
    calls = plan_calls(facts, [rest], move.calls)
    if not calls.possible:
        return NOTHING
    text, needs = text_of(move.home)
    return Plan((ReplaceExpression(node, text, (needs,)), *calls.rewrites), move.unsafe or calls.unsafe)
