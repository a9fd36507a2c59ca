"""Calls of a class that was replaced by one with other keywords: rename them, never repeat one."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import ScopeKind, Use
from airshift.fix.rewrites import AddKeyword, ChangeItem, ChangeKeyword, Rewrite
from airshift.records import dataclass
from airshift.rules.move_rows import CallChange


@dataclass(frozen=True, slots=True)
class CallPlan:
    """Rewrites of all calls, why they may be wrong, or that they cannot be done."""

    rewrites: tuple[Rewrite, ...] = ()
    unsafe: str = ""
    possible: bool = True


def plan_calls(facts: ModuleFacts, uses: Iterable[Use], change: CallChange) -> CallPlan:
    """Adapt the calls that `uses` of the class name make."""
    if not change:
        return CallPlan()
    by_callee = {id(site.node.func): site.node for site in facts.names.calls}
    shared = list(_default_args(facts, change))
    rewrites: list[Rewrite] = [rewrite for rewrite, _ in shared]
    given = {name for _, name in shared}
    unsafe = "the keyword is renamed in default_args for every operator of the DAG" if shared else ""
    for use in uses:
        call = by_callee.get(id(use.node))
        if call is not None and use.attrs in ((), ("partial",)):
            calls, filled = [call], given
        else:
            calls, filled = list(_super_calls(facts, use.node)), given | set(change.defaults)
            unsafe = unsafe or "a subclass or another use of the class may rely on the old keywords"
        for call in calls:
            found = changed_call(facts, call, change, frozenset(filled))
            if found is None:
                return CallPlan(possible=False)
            rewrites += found
            if any(keyword.arg is None for keyword in call.keywords):
                unsafe = unsafe or "keywords that arrive through ** keep their old names"
    return CallPlan(tuple(rewrites), unsafe)


def changed_call(
    facts: ModuleFacts, call: ast.Call, change: CallChange, given: frozenset[str] = frozenset()
) -> list[Rewrite] | None:
    """The rewrites of one call; None when its keywords cannot be merged.

    Defaults that are `given` elsewhere, e.g. in default_args, are not filled in.
    """
    written = {keyword.arg: keyword for keyword in call.keywords if keyword.arg}
    found: list[Rewrite] = [
        ChangeKeyword(call, written[old], new) for old, new in change.keywords.items() if old in written
    ]
    for name, keys in change.into.items():
        merged = _merged(facts, call, written, name, keys)
        if merged is None:
            return None
        found += merged
    final = given | {change.keywords.get(name, name) for name in written}
    final |= {name for name, keys in change.into.items() if keys.keys() & written.keys()}
    if any(keyword.arg is None for keyword in call.keywords):
        return found
    missing = {**change.defaults}
    found += [AddKeyword(call, name, _quoted(value)) for name, value in missing.items() if name not in final]
    found += [AddKeyword(call, name, value) for name, value in change.add.items() if name not in final]
    return found


def _merged(
    facts: ModuleFacts, call: ast.Call, written: dict[str, ast.keyword], name: str, keys: dict[str, str]
) -> list[Rewrite] | None:
    """Keywords that become keys of one dictionary."""
    present = [written[old] for old in keys if old in written]
    if not present:
        return []
    if name in written:
        return None
    items = ", ".join(_item(keys[k.arg or ""], facts.source.segment(k.value)) for k in present)
    first, *others = present
    gone: list[Rewrite] = [ChangeKeyword(call, keyword, None) for keyword in others]
    return [ChangeKeyword(call, first, name, "{" + items + "}"), *gone]


def _item(path: str, value: str) -> str:
    """`"a": value`, or nested for the path `a.b`."""
    key, _, rest = path.partition(".")
    return f'"{key}": {{{_item(rest, value)}}}' if rest else f'"{key}": {value}'


def _quoted(value: str) -> str:
    return f'"{value}"'


def _super_calls(facts: ModuleFacts, base: ast.expr) -> Iterator[ast.Call]:
    """Calls of `super().__init__` in the classes that derive from `base`."""
    classes = [definition for definition in facts.classes if base in definition.node.bases]  # type: ignore[union-attr]
    for site in facts.names.calls:
        function = site.scope.function
        owner = function.parent if function is not None else None
        if owner is None or owner.kind is not ScopeKind.CLASS:
            continue
        if any(owner is definition.scope for definition in classes) and _is_super_init(site.node.func):
            yield site.node


def _is_super_init(callee: ast.expr) -> bool:
    if not isinstance(callee, ast.Attribute) or callee.attr != "__init__":
        return False
    inner = callee.value
    return isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "super"


def _default_args(facts: ModuleFacts, change: CallChange) -> Iterator[tuple[Rewrite, str]]:
    """Old keywords that stand in dictionaries passed as `default_args`."""
    for value in _default_args_values(facts):
        if isinstance(value, ast.Dict):
            keys = {literal_text(key) for key in value.keys}
            for index, key in enumerate(value.keys):
                new = change.keywords.get(literal_text(key) or "")
                if new is not None and new not in keys:
                    yield ChangeItem(value, index, new), new
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
            for keyword in value.keywords:
                new = change.keywords.get(keyword.arg or "")
                if new is not None:
                    yield ChangeKeyword(value, keyword, new), new


def _default_args_values(facts: ModuleFacts) -> Iterator[ast.expr]:
    seen: set[int] = set()
    for site in facts.names.calls:
        for keyword in site.node.keywords:
            if keyword.arg != "default_args":
                continue
            for value in facts.values_of(keyword.value):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield value
