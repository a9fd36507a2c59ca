"""`Variable` and `Connection` of `airflow.models`: on Airflow 3 each call in a DAG file or task warns.

The classes hand the call on to those of the Task SDK (https://airflow.apache.org/docs/task-sdk/stable/api.html).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import ImportName, Use
from airshift.fix.rewrites import ChangeKeyword, MoveImport, Rewrite
from airshift.index import NameStatus
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.import_places import weigh
from airshift.rules.name_uses import is_exported, uses_of

CODES: tuple[str, ...] = ("AS414",)
TRIGGERS: tuple[bytes, ...] = (b"Variable", b"Connection")

_HOMES = frozenset({"airflow.models", "airflow.models.variable", "airflow.models.connection"})
_WARNS = {
    "Variable": frozenset({"get", "set", "update", "delete"}),
    "Connection": frozenset({"get_connection_from_secrets"}),
}
_IN_THE_SDK = {"Variable": frozenset({"get", "set", "delete"}), "Connection": frozenset[str]()}
_RENAMED = {"default_var": "default"}
_SHARED = frozenset({"key", "value", "description", "deserialize_json", "serialize_json", "default_var"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield imports of the models whose deprecated methods the file calls."""
    if profile(facts.path) not in (Profile.DAG, Profile.PLUGIN):
        return
    for imported in facts.names.imports:
        if imported.module not in _HOMES or imported.name not in _WARNS:
            continue
        uses = uses_of(facts, imported)
        warned = sorted(
            {use.attrs[0] for use in uses.found if use.attrs[:1] and use.attrs[0] in _WARNS[imported.name]}
        )
        if not warned or weigh(facts, context, NameStatus.DEPRECATED, imported) is None:
            continue
        calls = " and ".join(f"`{imported.name}.{name}`" for name in warned)
        yield Hit(
            "AS414",
            span_of(facts, imported.alias),
            f"{calls} of airflow.models {'warns' if len(warned) == 1 else 'warn'} at each call on Airflow 3 "
            f"(DeprecationWarning): import `{imported.name}` from `airflow.sdk`.",
            symbol=imported.qualified,
            rewrites=_rewrites(facts, imported, uses.found) if uses.certain else (),
        )


def _rewrites(facts: ModuleFacts, imported: ImportName, uses: tuple[Use, ...]) -> tuple[Rewrite, ...]:
    """Import the class of the SDK, when every use is a call that means the same there."""
    assert imported.name is not None
    if is_exported(facts, imported):
        return ()
    changed: list[Rewrite] = [MoveImport(imported, "airflow.sdk", imported.name)]
    for use in uses:
        call = facts.parents.get(id(use.node))
        if len(use.attrs) != 1 or use.attrs[0] not in _IN_THE_SDK[imported.name]:
            return ()
        if not isinstance(call, ast.Call) or call.func is not use.node:
            return ()
        if any(keyword.arg not in _SHARED for keyword in call.keywords):
            return ()
        changed += [
            ChangeKeyword(call, keyword, _RENAMED[keyword.arg])
            for keyword in call.keywords
            if keyword.arg in _RENAMED
        ]
    return tuple(changed)
