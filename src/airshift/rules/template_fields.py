"""Which parameters of an operator Airflow does not render, by the template fields of its class."""

from __future__ import annotations

import ast

from airshift.engine.facts import ModuleFacts
from airshift.rules.base import RuleContext
from airshift.rules.constructors import Constructor


def plain_parameters(facts: ModuleFacts, found: Constructor, context: RuleContext) -> frozenset[str]:
    """Own parameters of an operator that are certainly no template fields; none where anything is open.

    A field is an attribute. Only where each has a parameter of its name do the names of parameters say which
    of them are rendered. BaseOperator's own parameters may hold notifiers, which render themselves.
    """
    if found.qualified not in facts.names_of(_class_of(found.call)):
        return frozenset()
    own = context.index.signature(found.qualified, context.target.version)
    if own is None or not own.template_fields or not own.template_fields <= own.accepted:
        return frozenset()
    return context.index.own_parameters(found.qualified, context.target.version)


def _class_of(call: ast.Call) -> ast.expr:
    """`C` of `C(...)`, `C.partial(...)` and `C.partial(...).expand(...)`."""
    match call.func:
        case ast.Attribute(value=owner, attr="partial"):
            return owner
        case ast.Attribute(value=ast.Call(func=ast.Attribute(value=owner, attr="partial")), attr="expand"):
            return owner
    return call.func
