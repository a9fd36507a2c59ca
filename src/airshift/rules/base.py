"""What every rule module offers, and what it is given.

A rule module has `CODES` (the codes it may report), `TRIGGERS` (byte strings of which at least one must
occur in a file for the rule to have anything to say) and `check(facts, context)`, which yields `Hit`s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from airshift.findings import Kind, Severity
from airshift.records import dataclass
from airshift.targets import Target

if TYPE_CHECKING:
    import ast

    from airshift.catalogue import Catalogue
    from airshift.engine.facts import ModuleFacts
    from airshift.fix.rewrites import Rewrite
    from airshift.index import Index


@dataclass(frozen=True, slots=True, eq=False)
class RuleContext:
    """What a rule may know besides the file: the target, the name index and the rule data."""

    target: Target
    source: Target
    index: Index
    catalogue: Catalogue
    pin_behaviour: bool = False
    show_guarded: bool = False
    """Also report imports that the code is prepared to miss."""
    template_dates: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False)
    """Path of a template file of the estate -> the dates of a run that it reads."""


@dataclass(frozen=True, slots=True, eq=False)
class ContextSpec:
    """What a rule context is made of, small enough to hand to another process."""

    target: Target
    source: Target
    pin_behaviour: bool
    show_guarded: bool
    template_dates: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, context: RuleContext) -> ContextSpec:
        """The specification of a context."""
        flags = (context.pin_behaviour, context.show_guarded)
        return cls(context.target, context.source, *flags, context.template_dates)

    def context(self) -> RuleContext:
        """The context, with the data that ships with airshift."""
        from airshift.catalogue import Catalogue
        from airshift.index import Index

        flags = (self.pin_behaviour, self.show_guarded)
        data = (Index.load(), Catalogue.load())
        return RuleContext(self.target, self.source, *data, *flags, self.template_dates)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's verdict on a byte range; kind and severity default to the catalogue's for the target."""

    code: str
    span: tuple[int, int]
    message: str
    symbol: str = ""
    rewrites: tuple[Rewrite, ...] = ()
    """Applied together or not at all."""
    unsafe: str = ""
    """Why the rewrite may change the meaning; empty for a safe one."""
    kind: Kind | None = None
    severity: Severity | None = None
    requires: tuple[str, ...] = field(default=())
    """Distributions the rewritten code needs, as requirement strings."""


class Rule(Protocol):
    """The shape of a rule module."""

    @property
    def CODES(self) -> tuple[str, ...]:  # noqa: N802
        """The codes the rule may report."""

    @property
    def TRIGGERS(self) -> tuple[bytes, ...]:  # noqa: N802
        """Byte strings of which one must occur in a file."""

    def check(self, facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
        """Yield what the rule finds in a file."""


def span_of(
    facts: ModuleFacts, node: ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg
) -> tuple[int, int]:
    """Byte range of a node in the file the facts are about."""
    return facts.source.span(node)


def is_triggered(rule: Rule, utf8: bytes) -> bool:
    """Whether the rule can find anything in the text."""
    for trigger in rule.TRIGGERS:  # noqa: SIM110 - a generator costs as much again, fifty times a file
        if trigger in utf8:
            return True
    return False
