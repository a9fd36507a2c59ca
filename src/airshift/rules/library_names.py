"""Modules of Python 3.12 and names of NumPy and pandas that the target's constraints no longer have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.engine.names import ImportName, Use
from airshift.findings import Severity
from airshift.fix.rewrites import MoveImport, ReplaceExpression, Rewrite
from airshift.index import NameStatus
from airshift.records import dataclass
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.data import applies, text_of
from airshift.rules.import_places import weigh
from airshift.rules.name_uses import node_of

CODES: tuple[str, ...] = ("AS111", "AS113")
TRIGGERS: tuple[bytes, ...] = (
    b"import imp", b"imp.", b"from imp", b"asyncore", b"asynchat", b"smtpd", b"distutils",
    b"pkg_resources", b"numpy", b"pandas",
)  # fmt: skip
_MWAA = "mwaa"
_FRAMES = frozenset({"pandas.DataFrame", "pandas.concat", "pandas.merge"})


@dataclass(frozen=True, slots=True)
class Gone:
    """A name of a library that later releases lack, with what replaces it."""

    dotted: str
    replacement: str
    note: str
    release: str
    certain: bool = True
    """False where the target may still have it, e.g. on an older Python than MWAA's."""


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield imports and uses of what is gone."""
    modules = _modules(context.catalogue, context)
    names = _names(context.catalogue, context)
    for imported in facts.names.imports:
        module = modules.get(imported.module.partition(".")[0])
        if module is not None:
            yield from _module(facts, context, imported, module)
        elif imported.name and (gone := names.get(imported.qualified)):
            yield from _imported(facts, context, imported, gone)
    for use in facts.names.uses:
        if use.attrs:
            yield from _used(facts, use, names)


def _module(facts: ModuleFacts, context: RuleContext, imported: ImportName, gone: Gone) -> Iterator[Hit]:
    weight = weigh(facts, context, NameStatus.MISSING, imported)
    if weight is None:
        return
    pinned = context.target.platform == _MWAA or not gone.release.startswith("Python")
    lowered = weight.severity is Severity.ERROR and not (gone.certain and pinned)
    yield Hit(
        "AS111",
        span_of(facts, imported.alias),
        f"`{imported.module}` is gone from {gone.release}; {gone.note}.",
        symbol=imported.qualified,
        kind=weight.kind,
        severity=Severity.WARNING if lowered else weight.severity,
    )


def _imported(facts: ModuleFacts, context: RuleContext, imported: ImportName, gone: Gone) -> Iterator[Hit]:
    weight = weigh(facts, context, NameStatus.MISSING, imported)
    if weight is not None:
        moved: tuple[Rewrite, ...] = ()
        if gone.replacement:
            moved = (MoveImport(imported, imported.module, gone.replacement),)
        span = span_of(facts, imported.alias)
        yield Hit("AS113", span, _text(gone), gone.dotted, moved, kind=weight.kind, severity=weight.severity)


def _used(facts: ModuleFacts, use: Use, names: dict[str, Gone]) -> Iterator[Hit]:
    resolved = facts.names.resolve_use(use)
    owners = resolved.names if resolved.certain else frozenset()
    for depth in range(1, len(use.attrs) + 1):
        cut = len(use.attrs) - depth
        for name in owners:
            gone = names.get(".".join(name.split(".")[: len(name.split(".")) - cut]))
            if gone is not None:
                yield _use_hit(facts, node_of(use, depth), gone)
                return
    if not owners and (method := names.get(f"pandas.DataFrame.{use.attrs[0]}")) and _is_frame(facts, use):
        yield _use_hit(facts, node_of(use, 1), method)


def _use_hit(facts: ModuleFacts, node: ast.expr, gone: Gone) -> Hit:
    rewrites: tuple[Rewrite, ...] = ()
    if gone.replacement and isinstance(node, ast.Attribute):
        owner = facts.source.segment(node.value)
        rewrites = (ReplaceExpression(node, f"{owner}.{gone.replacement}"),)
    return Hit("AS113", span_of(facts, node), _text(gone), gone.dotted, rewrites)


def _text(gone: Gone) -> str:
    todo = f"use `{gone.replacement}`" if gone.replacement else gone.note
    return f"`{gone.dotted}` is gone from {gone.release}, which the target's constraints pin; {todo}."


def _is_frame(facts: ModuleFacts, use: Use) -> bool:
    """Whether a local name holds what pandas returned."""
    made = facts.instance_of(node_of(use, 0))
    return bool(made) and all(
        name == "pandas.DataFrame" or name.startswith("pandas.read_") or name == "pandas.concat"
        for name in made
    )


@lru_cache(maxsize=4)
def _modules(catalogue: Catalogue, context: RuleContext) -> dict[str, Gone]:
    where = "rules/names.toml: python_module"
    return {
        text_of(row, "name", where): Gone(
            row["name"],
            "",
            text_of(row, "note", where),
            text_of(row, "release", where),
            row.get("certain", True),
        )
        for row in catalogue.rows("names", "python_module")
        if applies(row, context.target)
    }


@lru_cache(maxsize=4)
def _names(catalogue: Catalogue, context: RuleContext) -> dict[str, Gone]:
    where = "rules/names.toml: library"
    found: dict[str, Gone] = {}
    for row in catalogue.rows("names", "library"):
        if not applies(row, context.target):
            continue
        owner, release = text_of(row, "owner", where), text_of(row, "release", where)
        for name, new in row.get("renamed", {}).items():
            found[f"{owner}.{name}"] = Gone(f"{owner}.{name}", new, "", release)
        for name, note in row.get("removed", {}).items():
            found[f"{owner}.{name}"] = Gone(f"{owner}.{name}", "", note, release)
    return found
