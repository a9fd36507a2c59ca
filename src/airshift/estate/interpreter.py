"""Read a DAG file by interpreting it symbolically: literals, loops over known lists, factories, TaskFlow.

Nothing of the file runs. What cannot be known (environment, files, network, unknown calls) is `Unknown`,
and whatever depends on it is reported as unknown rather than guessed. Work is bounded by `STEPS`.
"""

from __future__ import annotations

from contextlib import suppress

from airshift.engine.facts import ModuleFacts
from airshift.estate.builder import DagBuilder
from airshift.estate.calls import Calls
from airshift.estate.expressions import Expressions
from airshift.estate.state import Left, Returned
from airshift.estate.statements import Statements
from airshift.estate.values import (
    Environment,
)


class Interpreter(Statements, Expressions, Calls):
    """Interprets one module and collects its DAGs."""

    def apart(self, facts: ModuleFacts, scopes: tuple[Environment, ...]) -> Interpreter:
        """An interpreter for code of the estate outside of any DAG."""
        inner = Interpreter(facts, self.modules, self.files)
        inner.scopes = list(scopes)
        return inner

    def run(self) -> list[DagBuilder]:
        """Interpret the module's top level."""
        with suppress(Left, Returned):
            self.block(self.facts.tree.body)
        return self.dags
