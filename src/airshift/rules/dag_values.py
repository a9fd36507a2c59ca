"""Values a DAG no longer takes, and its tags, which have become a set."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.fix.rewrites import ReplaceExpression, Rewrite
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Constructor, Role, constructors, role_of
from airshift.rules.data import applies, text_of
from airshift.targets import Target

CODES: tuple[str, ...] = ("AS216", "AS219")
TRIGGERS: tuple[bytes, ...] = (b"tags", b"default_args", b"max_active_runs", b"max_active_tasks")

_SET_METHOD = {"append": "add", "extend": "update"}
_LIST_ONLY = frozenset({"append", "extend", "insert", "index", "sort", "reverse", "count"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield `None` for parameters that reject it, and uses of `dag.tags` as a list."""
    for constructor in constructors(facts):
        if constructor.role is Role.DAG:
            yield from _none(facts, context, constructor)
    if b".tags" in facts.source.utf8:
        yield from _tags(facts, context)


def _none(facts: ModuleFacts, context: RuleContext, constructor: Constructor) -> Iterator[Hit]:
    version = context.target.version
    for name in _never_none(context.catalogue, context.target):
        argument = constructor.argument(name)
        if argument is None:
            continue
        if isinstance(argument.value, ast.Constant) and argument.value.value is None:
            yield Hit(
                code="AS219",
                span=span_of(facts, argument.node),
                message=f"`{argument.name}=None` raises an error on Airflow {version}: leave it out.",
                symbol=argument.name,
                rewrites=(argument.removed(),),
            )


@lru_cache(maxsize=8)
def _never_none(catalogue: Catalogue, target: Target) -> tuple[str, ...]:
    """Parameters of a DAG that reject `None` on the target."""
    rows = [row for row in catalogue.rows("keywords", "not_none") if applies(row, target)]
    return tuple(text_of(row, "name", "rules/keywords.toml: not_none") for row in rows)


def _tags(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    for use in facts.names.uses:
        if "tags" not in use.attrs:
            continue
        node: ast.expr = use.node
        while isinstance(node, ast.Attribute) and node.attr != "tags":
            node = node.value
        if isinstance(node, ast.Attribute) and _is_dag(facts, node.value):
            yield from _as_list(facts, context, node)


def _is_dag(facts: ModuleFacts, node: ast.expr) -> bool:
    made = facts.instance_of(node)
    return bool(made) and all(role_of(name) is Role.DAG for name in made)


def _as_list(facts: ModuleFacts, context: RuleContext, node: ast.Attribute) -> Iterator[Hit]:
    parent = facts.parents[id(node)]
    text = facts.source.segment(node)
    rewrite: Rewrite | None = None
    match parent:
        case ast.Subscript(value=value) if value is node:
            rewrite = ReplaceExpression(node, f"sorted({text})") if isinstance(parent.ctx, ast.Load) else None
        case ast.BinOp(op=ast.Add()):
            rewrite = ReplaceExpression(node, f"sorted({text})")
        case ast.AugAssign(op=ast.Add(), target=target) if target is node:
            pass
        case ast.Attribute(attr=attr) if attr in _LIST_ONLY:
            rewrite = (
                ReplaceExpression(parent, f"{text}.{_SET_METHOD[attr]}") if attr in _SET_METHOD else None
            )
        case _:
            return
    yield Hit(
        code="AS216",
        span=span_of(facts, node),
        message=(
            f"The tags of a DAG are a set on Airflow {context.target.version}, without order, index or list "
            "methods: use `sorted(dag.tags)`, `.add` or `.update`."
        ),
        symbol="tags",
        rewrites=(rewrite,) if rewrite else (),
        unsafe="tags come in alphabetical order instead of the order they were written" if rewrite else "",
    )
