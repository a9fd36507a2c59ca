"""Attributes and methods that the objects of a running task no longer have: `ti.get_dagrun()`, `dag_run.id`.

Airflow 3 hands tasks the Task SDK's objects instead of database rows (AIP-72):
https://airflow.apache.org/docs/task-sdk/stable/api.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.findings import Kind, Severity
from airshift.fix.rewrites import ReplaceExpression, ReplaceText, Rewrite
from airshift.rules.base import Hit, RuleContext
from airshift.rules.both_sides import serves_both_sides
from airshift.rules.context_functions import ContextFunctions, context_functions
from airshift.rules.members import Member, gone_members, gone_names
from airshift.rules.narrowing import is_database_row
from airshift.rules.things import Thing

CODES: tuple[str, ...] = ("AS501", "AS502", "AS503", "AS504")
TRIGGERS: tuple[bytes, ...] = (b"airflow", b"context", b"kwargs", b"task_instance", b"dag_run", b"ti.")

_COMMON_NAMES = frozenset({"run", "clear", "deps", "subdag", "sla", "dry_run", "unmap"})
"""Names that an operator class between BaseOperator and the user's own may well define itself."""
_JUDGED_AS = {Thing.SELF: Thing.TASK, Thing.BAGGED: Thing.DAG}
_PLAIN_BASES = frozenset({"BaseOperator", "BaseSensorOperator", "BaseBranchOperator", "SkipMixin"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every use of a member that is gone, on things that are certainly Airflow's."""
    members = gone_members(context.catalogue, context.target)
    names = gone_names(context.catalogue, context.target)
    if names.isdisjoint(facts.names.attributes):
        return
    found: ContextFunctions | None = None
    for node in facts.nodes:
        if not isinstance(node, ast.Attribute) or node.attr not in names or isinstance(node.ctx, ast.Store):
            continue
        found = found or context_functions(facts)
        thing = found.thing_of(node.value)
        if thing is None or (thing is Thing.BAGGED and node.attr in _kept_in_bags(context)):
            continue
        member = members.get((_JUDGED_AS.get(thing, thing), node.attr))
        if member is None:
            continue
        if thing is Thing.SELF:
            yield from _of_self(facts, context, found, node, member)
        elif not (
            serves_both_sides(facts, node, node.attr, "AttributeError") or is_database_row(facts, node.value)
        ):
            yield _of_thing(facts, found, node, member)


def _kept_in_bags(context: RuleContext) -> frozenset[str]:
    """What DAGs out of a DagBag still have: until 3.1 those are the scheduler's own."""
    if context.target.release >= (3, 1):
        return frozenset()
    return context.index.members("model.DAG", context.target.version) or frozenset()


def _of_thing(facts: ModuleFacts, found: ContextFunctions, node: ast.Attribute, member: Member) -> Hit:
    rewrites = _rewrites(facts, found, node, member)
    return Hit(
        member.code,
        _attribute_span(facts, node),
        member.message,
        member.symbol,
        rewrites,
        member.unsafe if rewrites else "",
        kind=Kind.PARSE if member.thing is Thing.DAG and _is_top_level(facts, node) else None,
    )


def _attribute_span(facts: ModuleFacts, node: ast.Attribute) -> tuple[int, int]:
    _, end = facts.source.span(node)
    return end - len(node.attr.encode()), end


def _is_top_level(facts: ModuleFacts, node: ast.AST) -> bool:
    current: ast.AST | None = node
    while current is not None:
        if isinstance(current, FunctionNode | ast.Lambda):
            return False
        current = facts.parents.get(id(current))
    return True


def _rewrites(
    facts: ModuleFacts, found: ContextFunctions, node: ast.Attribute, member: Member
) -> tuple[Rewrite, ...]:
    whole: ast.expr = node
    if member.is_call:
        parent = facts.parents.get(id(node))
        if not isinstance(parent, ast.Call) or parent.func is not node or parent.args or parent.keywords:
            return ()
        whole = parent
    if isinstance(node.ctx, ast.Del):
        return ()
    owner = facts.source.segment(node.value)
    if member.attribute:
        start, _ = _attribute_span(facts, node)
        return (ReplaceText(start, facts.source.span(whole)[1], member.attribute),)
    if member.key:
        return (
            ReplaceExpression(
                whole, f"{_context_of(facts, found, node.value, owner)}[{_quoted(member.key)}]"
            ),
        )
    if member.python and isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript):
        return (ReplaceExpression(whole, member.python.replace("{owner}", owner)),)
    return ()


def _quoted(key: str) -> str:
    return f'"{key}"'


def _context_of(facts: ModuleFacts, found: ContextFunctions, node: ast.expr, owner: str) -> str:
    """The context the task instance came from, or its own way to get it."""
    if isinstance(node, ast.Subscript) and found.thing_of(node.value) is Thing.CONTEXT:
        return facts.source.segment(node.value)
    return f"{owner}.get_template_context()"


def _of_self(
    facts: ModuleFacts, context: RuleContext, found: ContextFunctions, node: ast.Attribute, member: Member
) -> Iterator[Hit]:
    owner = _class_around(facts, node)
    if owner is None or _defines(owner, member.name):
        return
    lineage = found.operator_classes.get(id(owner), ())
    if member.name in _COMMON_NAMES and not _is_plain(lineage):
        return
    rewrites = _of_task_instance(facts, node) if member.name in ("xcom_push", "xcom_pull") else ()
    still_there = context.target.release[:2] == (3, 0) and not any(
        n.startswith("airflow.sdk.") for n in lineage
    )
    yield Hit(
        member.code,
        _attribute_span(facts, node),
        f"`self.{member.name}` of operators is gone on Airflow 3. {member.advice}",
        f"BaseOperator.{member.name}",
        rewrites,
        kind=Kind.DEPRECATION if still_there else None,
        severity=Severity.WARNING if still_there else None,
    )


def _class_around(facts: ModuleFacts, node: ast.AST) -> ast.ClassDef | None:
    current: ast.AST | None = node
    while current is not None and not isinstance(current, ast.ClassDef):
        current = facts.parents.get(id(current))
    return current


def _defines(owner: ast.ClassDef, name: str) -> bool:
    for node in walk(owner):
        match node:
            case ast.FunctionDef(name=defined) | ast.AsyncFunctionDef(name=defined) if defined == name:
                return True
            case ast.Attribute(value=ast.Name(id="self"), attr=attr, ctx=ast.Store()) if attr == name:
                return True
            case ast.Name(id=stored, ctx=ast.Store()) if stored == name:
                return True
    return False


def _is_plain(lineage: tuple[str, ...]) -> bool:
    """Whether nothing but Airflow's own base classes stands behind the class."""
    return len(lineage) == 2 and lineage[1].rpartition(".")[2] in _PLAIN_BASES


def _of_task_instance(facts: ModuleFacts, node: ast.Attribute) -> tuple[Rewrite, ...]:
    """`self.xcom_push(context, ...)` as `context["ti"].xcom_push(...)`."""
    call = facts.parents.get(id(node))
    if not isinstance(call, ast.Call) or call.func is not node or not call.args:
        return ()
    first = call.args[0]
    if not isinstance(first, ast.Name | ast.Attribute) or len(call.args) > 3:
        return ()
    if any(keyword.arg in ("execution_date", "session") for keyword in call.keywords):
        return ()
    following: list[ast.expr | ast.keyword] = [*call.args[1:], *call.keywords]
    end = facts.source.span(following[0])[0] if following else facts.source.span(call)[1] - 1
    start = facts.source.span(node)[0]
    text = f'{facts.source.segment(first)}["ti"].{node.attr}('
    return (ReplaceText(start, end, text),)
