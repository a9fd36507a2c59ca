"""Code behind a test of Airflow's version, which is written for one side of it.

`if AIRFLOW_V_3_0_PLUS: ... else: ...` guards both arms, and a first arm that leaves guards what follows it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.blocks import Guard, guard_of_if
from airshift.engine.facts import ModuleFacts

Arms = tuple[tuple[int, int], ...]
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def is_for_one_version(facts: ModuleFacts, span: tuple[int, int]) -> bool:
    """Whether a byte range stands behind a test of Airflow's version."""
    return any(start <= span[0] < end for start, end in facts.once(_arms))


def _arms(facts: ModuleFacts) -> Arms:
    if not facts.names.tests_version:
        return ()
    found = (arm for node in facts.nodes for body in _bodies(node) for arm in _in_body(body))
    return tuple((facts.source.span(arm[0])[0], facts.source.span(arm[-1])[1]) for arm in found)


def _asks_version(statement: ast.If) -> bool:
    return guard_of_if(statement.test) is Guard.VERSION


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list) and body:
            yield body


def _in_body(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    for number, statement in enumerate(body):
        if not isinstance(statement, ast.If) or not _asks_version(statement):
            continue
        arms = [arm for arm in (statement.body, statement.orelse) if arm]
        yield from arms
        if any(isinstance(arm[-1], _LEAVES) for arm in arms) and body[number + 1 :]:
            yield body[number + 1 :]
