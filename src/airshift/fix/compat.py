"""`airshift fix --compat`: what a hit may change while one file serves both the source and the target.

A moved import goes to a home that both versions have; where there is none it becomes a guarded pair, new
home first. What only one of the versions understands is left out, with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from airshift.engine.blocks import Guard
from airshift.engine.facts import ModuleFacts
from airshift.fix import rewrites as rw
from airshift.fix.files import Held
from airshift.index import Index, NameStatus
from airshift.rules.base import Hit, RuleContext
from airshift.rules.move_rows import Home
from airshift.rules.moves import MoveTable, move_table
from airshift.targets import Target

_WORKS = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)
_WORD = re.compile(r"[^\W\d]\w*")
_KINDS = ("context", "ti", "dag_run", "task", "dag", "macros", "conf", "var")
_CORE_KEYWORDS = {
    "schedule": (2, 4),
    "max_active_tasks": (2, 2),
    "max_active_tis_per_dag": (2, 2),
    "catchup": (1, 8),
    "task_ids": (1, 10),
    "task_group": (2, 0),
    "group_id": (2, 0),
}
"""Parameters of DAG, BaseOperator and XCom that rewrites write, and the release that brought them."""
_BEFORE = {"airflow.sdk.TaskGroup": "airflow.utils.task_group.TaskGroup"}
"""What rewrites bring in without an old name in the code, and where the source has it."""
_BASE = ("airflow.models.baseoperator.BaseOperator", "airflow.models.dag.DAG")


class _NotOnBoth(Exception):  # noqa: N818
    """The rewrite would help one version only."""


def for_both(
    facts: ModuleFacts, hits: Iterable[Hit], context: RuleContext
) -> tuple[list[Hit], tuple[Held, ...]]:
    """The hits with rewrites that work on both versions, and those that have none."""
    able: list[Hit] = []
    held: list[Held] = []
    plan = _Both(facts, context)
    for hit in hits:
        try:
            rewrites = tuple(plan.rewritten(hit))
            requires = hit.requires if rewrites == hit.rewrites else ()
            able.append(replace(hit, rewrites=rewrites, requires=requires))
        except _NotOnBoth as error:
            held.append(Held(hit.code, facts.source.position(hit.span[0])[0], str(error)))
    return able, tuple(held)


def new_member(before: str, after: str, index: Index, source: Target, target: Target) -> str | None:
    """A member of a runtime object that rewritten code uses and the source version does not have."""
    new = set(_WORD.findall(after)) - set(_WORD.findall(before))
    if not new:
        return None
    unknown = new & _members(index, target) - _members(index, source)
    return min(unknown, default=None)


def _members(index: Index, on: Target) -> frozenset[str]:
    found = (index.members(kind, on.version) for kind in _KINDS)
    return frozenset().union(*(names for names in found if names))


class _Both:
    """Decides about the rewrites of one file."""

    def __init__(self, facts: ModuleFacts, context: RuleContext) -> None:
        self.facts = facts
        self.index = context.index
        self.source, self.target = context.source, context.target
        self.table: MoveTable = move_table(context.catalogue)

    def rewritten(self, hit: Hit) -> Iterator[rw.Rewrite]:
        """The rewrites of a hit for both versions."""
        alone = all(isinstance(change, rw.MoveImport) for change in hit.rewrites)
        homes = self._new_homes(hit)
        for change in hit.rewrites:
            match change:
                case rw.MoveImport():
                    yield self._moved(change, alone)
                case rw.ReplaceExpression():
                    yield self._replaced(change)
                case rw.ChangeKeyword(call, _, name) if name is not None:
                    self._check_keyword(call, name, homes)
                    yield change
                case rw.AddKeyword(call, name):
                    self._check_keyword(call, name, homes)
                    yield change
                case rw.ChangeItem(_, _, key) if key is not None:
                    if not any(self._accepts(class_, key) for class_ in (*homes.values(), *_BASE)):
                        raise _NotOnBoth(f"{self.source.version} does not know `{key}`")
                    yield change
                case rw.ReplaceText(start, end, text):
                    before = self.facts.source.utf8[start:end].decode("utf-8", "replace")
                    self._check_words(before, text)
                    yield change
                case _:
                    yield change

    def _new_homes(self, hit: Hit) -> dict[str, str]:
        """Old dotted name -> new one, for the classes that a hit moves: their calls are calls of the new class."""
        homes: dict[str, str] = {}
        for change in hit.rewrites:
            if isinstance(change, rw.MoveImport) and change.name is not None:
                homes[change.imported.qualified] = f"{change.module}.{change.name}"
            elif isinstance(change, rw.ReplaceExpression) and change.text == "{0}":
                new = f"{change.imports[0].module}.{change.imports[0].name}"
                old = self.facts.names.resolve(change.node).names
                homes |= dict.fromkeys(old, _BEFORE.get(new, new))
        return homes

    # Imports

    def _moved(self, change: rw.MoveImport, alone: bool) -> rw.MoveImport:
        imported = change.imported
        old = (imported.module, imported.name)
        if Guard.TYPE_CHECKING in imported.block.guards():
            raise _NotOnBoth("only type checkers read it")
        if self._works(*old, self.source) and self._works(*old, self.target):
            raise _NotOnBoth("it imports on both versions as it is")
        if self._works(change.module, change.name, self.source):
            return change
        shared = self._shared(old) if alone else None
        if shared is not None:
            return replace(change, module=shared.module, name=shared.name)
        if not alone:
            raise _NotOnBoth(
                f"its new home takes other arguments and is not known to be in {self.source.version}"
            )
        return replace(change, fallback=self._fallback(old))

    def _works(self, module: str, name: str | None, on: Target) -> bool:
        if module.partition(".")[0] != "airflow":
            return True
        return self.index.status(module, name, on.version) in _WORKS

    def _shared(self, old: tuple[str, str | None]) -> Home | None:
        """A home that imports on both versions; one that does not warn on the target is preferred."""
        module, name = old
        if name is None or self.table.has(f"{module}.{name}"):
            return None
        both = [
            home
            for home in self._homes(module, name)
            if self._works(home.module, home.name, self.source)
            and self._works(home.module, home.name, self.target)
        ]
        fine = [h for h in both if self._status(h) is NameStatus.IMPORTABLE]
        return next(iter([*fine, *both]), None)

    def _status(self, home: Home) -> NameStatus:
        return self.index.status(home.module, home.name, self.target.version)

    def _homes(self, module: str, name: str) -> list[Home]:
        """Every home of the tables that can be reached from a name and takes the same arguments."""
        found: list[Home] = []
        queue = [Home(module, name)]
        while queue:
            at = queue.pop(0)
            row = self.table.row(at.module, at.name)
            if row is None or row.advise or row.calls.get(at.name):
                continue
            for home in row.homes(at.name):
                if home not in found and not home.attribute and home.module.startswith("airflow"):
                    found.append(home)
                    queue.append(home)
        return found

    def _fallback(self, old: tuple[str, str | None]) -> tuple[str, str | None]:
        """Where the source has the name."""
        module, name = old
        if self._works(module, name, self.source) or (
            self.index.status(module, name, self.source.version) is NameStatus.UNKNOWN
        ):
            return old
        home = self.table.resolve(module, name, self.index, self.source).home if name is not None else None
        if home is None or home.attribute or not self._works(home.module, home.name, self.source):
            raise _NotOnBoth(f"{self.source.version} has no `{module}{'.' + name if name else ''}` either")
        return home.module, home.name

    # Expressions

    def _replaced(self, change: rw.ReplaceExpression) -> rw.ReplaceExpression:
        if not change.imports:
            self._check_words(self.facts.source.segment(change.node), change.text)
        needs = tuple(self._needed(change, needs) for needs in change.imports)
        return replace(change, imports=needs)

    def _needed(self, change: rw.ReplaceExpression, needs: rw.Needs) -> rw.Needs:
        if self._works(needs.module, needs.name, self.source):
            return needs
        before = _BEFORE.get(f"{needs.module}.{needs.name}")
        names = {before} if before else self.facts.names.resolve(change.node).names
        if change.text != "{0}" or len(names) != 1 or needs.name is None:
            raise _NotOnBoth(f"`{needs.module}` is not in {self.source.version}")
        module, _, name = next(iter(names)).rpartition(".")
        shared = self._shared((module, name))
        if shared is not None:
            return rw.Needs(shared.module, shared.name)
        return replace(needs, fallback=self._fallback((module, name)))

    def _check_words(self, before: str, after: str) -> None:
        """Refuse a member of a runtime object that the source does not have yet."""
        unknown = new_member(before, after, self.index, self.source, self.target)
        if unknown is not None:
            raise _NotOnBoth(f"{self.source.version} has no `{unknown}`")

    # Keywords

    def _check_keyword(self, call: ast.Call, name: str, homes: dict[str, str]) -> None:
        called = {self.facts.project.canonical(n, self.facts.path) for n in self.facts.names_of(call.func)}
        classes = {homes.get(class_.removesuffix(".partial"), class_) for class_ in called}
        if name in _CORE_KEYWORDS:
            if self._release < _CORE_KEYWORDS[name]:
                raise _NotOnBoth(f"{self.source.version} does not know `{name}=`")
        elif not classes or not all(self._accepts(class_, name) for class_ in classes):
            raise _NotOnBoth(f"{self.source.version} is not known to accept `{name}=`")

    @property
    def _release(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.source.version.split(".")[:2])

    def _accepts(self, class_: str, name: str) -> bool:
        if name in _CORE_KEYWORDS:
            return self._release >= _CORE_KEYWORDS[name]
        signature = self.index.signature(class_, self.source.version)
        return signature is not None and name in signature.accepted
