"""Names that are read off an imported module (`models.SlaMiss`, `airflow.utils.dates.days_ago`)."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Use
from airshift.index import Index, NameStatus
from airshift.masks import INDEXED
from airshift.records import dataclass
from airshift.rules import name_words as words
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.import_places import weigh_use
from airshift.rules.moves import MoveTable
from airshift.rules.name_rewrites import plan_chain
from airshift.rules.name_uses import node_of

_WORKS = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)


@dataclass(frozen=True, slots=True)
class Missing:
    """The first attribute of a chain that the target lacks or drops; `depth` counts attributes up to it."""

    module: str
    name: str
    depth: int
    status: NameStatus


def attribute_hits(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, flagged: dict[int, NameStatus]
) -> Iterator[Hit]:
    """Yield chains that pass through an imported module.

    Imports in `flagged` were reported already: what is read off a missing module is no news, nor is a
    deprecated name of a deprecated one.
    """
    gone = {
        imported.module
        for imported in facts.names.imports
        if imported.name is None and flagged.get(id(imported.alias)) is NameStatus.MISSING
    }
    warned = {key for key, status in flagged.items() if status is NameStatus.DEPRECATED}
    for use in facts.names.uses:
        if not use.attrs:
            continue
        base = _base(facts, use, flagged)
        if base is None:
            continue
        dotted, depth = base
        missing = _first_missing(context, dotted, use, depth)
        if missing is None or _is_below(f"{missing.module}.{missing.name}", gone):
            continue
        if missing.status is NameStatus.DEPRECATED and _comes_from(facts, use, warned):
            continue
        hit = _hit(facts, context, table, use, missing)
        if hit is not None:
            yield hit


def _comes_from(facts: ModuleFacts, use: Use, aliases: set[int]) -> bool:
    return any(id(binding.node) in aliases for binding in facts.names.resolve_use(use).bindings)


def _base(facts: ModuleFacts, use: Use, flagged: dict[int, NameStatus]) -> tuple[str, int] | None:
    """The dotted Airflow name a chain starts from, and how many of its attributes led there."""
    found = facts.names.resolve_use(use)
    states = {flagged.get(id(binding.node)) for binding in found.bindings}
    if not found.certain or NameStatus.MISSING in states:
        return None
    target = found.bindings[0].target or ""
    if target.partition(".")[0] == "airflow":
        return _imported_module(facts, use) or (target, 0)
    for depth in range(1, len(use.attrs)):
        canonical = facts.project.canonical(".".join([target, *use.attrs[:depth]]), facts.path)
        if canonical.startswith("airflow."):
            return canonical, depth
    canonical = facts.project.canonical(target, facts.path)
    return (canonical, 0) if canonical.startswith("airflow.") else None


def _imported_module(facts: ModuleFacts, use: Use) -> tuple[str, int] | None:
    """The longest module at the start of a chain that a plain `import` of the file names, and its attributes."""
    chain = ".".join((use.head, *use.attrs))
    found = [module for module in facts.once(_plainly_imported) if chain.startswith(f"{module}.")]
    longest = max(found, key=len, default=None)
    return (longest, longest.count(".")) if longest is not None else None


def _plainly_imported(facts: ModuleFacts) -> tuple[str, ...]:
    plain = (i for i in facts.names.imports if i.name is None and i.alias.asname is None)
    return tuple(imported.module for imported in plain if imported.module.startswith("airflow."))


def _first_missing(context: RuleContext, base: str, use: Use, depth: int) -> Missing | None:
    index, module = context.index, base
    source, target = context.source.version, context.target.version
    for position in range(depth, len(use.attrs)):
        if not _is_module(index, module, source) and not _is_module(index, module, target):
            return None
        name = use.attrs[position]
        status = index.status(module, name, target)
        if status is NameStatus.DEPRECATED or (
            status is NameStatus.MISSING and _is_known(index, module, name)
        ):
            return Missing(module, name, position + 1, status)
        if status is not NameStatus.IMPORTABLE:
            return None
        module = f"{module}.{name}"
    return None


def _is_known(index: Index, module: str, name: str) -> bool:
    """Whether some version has the name; an attribute that none has may be set by the estate itself."""
    return any(index.status(module, name, version) in _WORKS for version in INDEXED)


def _is_module(index: Index, dotted: str, version: str) -> bool:
    return index.status(dotted, None, version) in _WORKS


def _is_below(dotted: str, modules: set[str]) -> bool:
    return any(f"{module}.".startswith(f"{dotted}.") or dotted.startswith(f"{module}.") for module in modules)


def _hit(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, use: Use, missing: Missing
) -> Hit | None:
    node = node_of(use, missing.depth)
    weight = weigh_use(facts, missing.status, use.scope, use.block, node)
    if weight is None:
        return None
    module, name = missing.module, missing.name
    move = table.resolve(module, name, context.index, context.target)
    code = words.code_of(context, missing.status, module, name, move)
    plan = plan_chain(facts, use, missing.depth, move)
    return Hit(
        code,
        span_of(facts, node),
        words.message(context, code, module, name, move, missing.status),
        symbol=f"{module}.{name}",
        rewrites=plan.rewrites,
        unsafe=plan.unsafe,
        kind=weight.kind,
        severity=weight.severity,
        requires=words.requirements(context.index, move) if plan.rewrites else (),
    )
