"""`dag.test()` as tests and `__main__` blocks call it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.fix.rewrites import ChangeKeyword
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import DAG_CLASSES

CODES: tuple[str, ...] = ("AS921",)
TRIGGERS: tuple[bytes, ...] = (b".test(",)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield `dag.test(execution_date=...)`."""
    for site in facts.names.calls:
        function = site.node.func
        if not isinstance(function, ast.Attribute) or function.attr != "test":
            continue
        keyword = next((k for k in site.node.keywords if k.arg in ("execution_date", "session")), None)
        if keyword is None or not _is_dag(facts, function.value):
            continue
        renames = keyword.arg == "execution_date"
        yield Hit(
            "AS921",
            span_of(facts, keyword),
            f"`dag.test({keyword.arg}=...)` is a TypeError since Airflow 3.0; "
            + ("the argument is `logical_date`." if renames else "drop the argument."),
            symbol=f"DAG.test.{keyword.arg}",
            rewrites=(ChangeKeyword(site.node, keyword, "logical_date" if renames else None),),
        )


def _is_dag(facts: ModuleFacts, node: ast.expr) -> bool:
    if facts.instance_of(node) & DAG_CLASSES:
        return True
    if isinstance(node, ast.Call):
        return bool(facts.names_of(node.func) & DAG_CLASSES)
    return isinstance(node, ast.Name) and node.id in ("dag", "test_dag") and b"airflow" in facts.source.utf8
