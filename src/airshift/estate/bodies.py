"""What the function of a task calls, read without running it and outside of any DAG."""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from airshift.estate.interpreter import Interpreter
from airshift.estate.modules import Modules
from airshift.estate.values import Function

STEPS = 2_000
"""Steps a body may take; what it asks of other DAGs stands near its top."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, with what is known of its arguments."""

    name: str
    """The last part of what is called."""
    arguments: list[Any]
    keywords: dict[str, Any]
    line: int

    def text(self, keyword: str) -> str:
        """A keyword's text; empty when there is none."""
        value = self.keywords.get(keyword)
        return value if isinstance(value, str) else ""

    @property
    def first(self) -> str:
        """The first positional text; empty when there is none."""
        return next((value for value in self.arguments if isinstance(value, str)), "")


def calls_in(function: Function, modules: Modules | None, *words: bytes) -> list[Call]:
    """The calls of a function whose file holds one of the words."""
    facts = function.facts
    if facts is None or not any(word in facts.source.utf8 for word in words):
        return []
    body = _Body(facts, modules)
    body.calls = []
    body.limit = STEPS
    body.scopes = list(function.scopes)
    with suppress(*Interpreter.Stopped):
        body.inline(function, [], {}, function.node)
    return body.calls


class _Body(Interpreter):
    """Notes what it calls."""

    calls: list[Call]

    def call(self, callee: Any, arguments: list[Any], keywords: dict[str, Any], node: ast.Call) -> Any:
        """Call a value, and note it."""
        dotted = getattr(callee, "dotted", "")
        last = node.func.attr if isinstance(node.func, ast.Attribute) else dotted.rpartition(".")[2]
        self.calls.append(Call(last, arguments, keywords, node.lineno))
        return super().call(callee, arguments, keywords, node)
