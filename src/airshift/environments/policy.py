"""Evaluate IAM policies on paper: allowed, denied, or unknown where the answer depends on what cannot be seen here.

Service control policies, session policies and resource policies are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

Statement = Mapping[str, Any]
Policy = Mapping[str, Any]


class Decision(StrEnum):
    """What a set of policies says to a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """A statement denies it."""
    NOT_ALLOWED = "not allowed"
    """No statement allows it."""
    UNKNOWN = "unknown"


class Match(StrEnum):
    """Whether a statement is about a request."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource; keys of the context that are missing make conditions on them unknown."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    principals: frozenset[str] | None = None
    """Who asks, for policies of resources: ARNs and services; None where the policy belongs to who asks."""


def decide(policies: Iterable[Policy], request: Request, boundary: Policy | None = None) -> Decision:
    """Evaluate policies of an identity, or one policy of a resource; a boundary has to allow it as well."""
    decision = _decide([one for policy in policies for one in statements(policy)], request)
    if boundary is None or decision is not Decision.ALLOWED:
        return decision
    return _decide(list(statements(boundary)), request)


def statements(policy: Policy) -> Iterator[Statement]:
    """The statements of a document, which may be one instead of a list."""
    found = policy.get("Statement", ())
    yield from (one for one in ([found] if isinstance(found, Mapping) else found) if isinstance(one, Mapping))


def _decide(found: list[Statement], request: Request) -> Decision:
    matches = [(one.get("Effect"), matching(one, request)) for one in found]
    if ("Deny", Match.YES) in matches:
        return Decision.DENIED
    allowed = ("Allow", Match.YES) in matches
    if ("Deny", Match.MAYBE) in matches and (allowed or ("Allow", Match.MAYBE) in matches):
        return Decision.UNKNOWN
    if allowed:
        return Decision.ALLOWED
    return Decision.UNKNOWN if ("Allow", Match.MAYBE) in matches else Decision.NOT_ALLOWED


def matching(statement: Statement, request: Request) -> Match:
    """Whether a statement is about a request: action, resource, principal and conditions."""
    parts = [_action(statement, request), _resource(statement, request), _principal(statement, request)]
    if Match.NO in parts:
        return Match.NO
    parts.append(_conditions(statement, request))
    if Match.NO in parts:
        return Match.NO
    return Match.MAYBE if Match.MAYBE in parts else Match.YES


def _action(statement: Statement, request: Request) -> Match:
    action = request.action.lower()
    if "Action" in statement:
        return _yes(any(_like(one.lower(), action) for one in _texts(statement["Action"])))
    return _yes(not any(_like(one.lower(), action) for one in _texts(statement.get("NotAction", ()))))


def _resource(statement: Statement, request: Request) -> Match:
    if "Resource" in statement:
        return _any(_resource_like(one, request.resource) for one in _texts(statement["Resource"]))
    if "NotResource" in statement:
        return _not(_any(_resource_like(one, request.resource) for one in _texts(statement["NotResource"])))
    return Match.YES


def _resource_like(pattern: str, resource: str) -> Match:
    return Match.MAYBE if "${" in pattern else _yes(_like(pattern, resource))


def _principal(statement: Statement, request: Request) -> Match:
    if request.principals is None:
        return Match.YES
    if "NotPrincipal" in statement:
        return Match.MAYBE
    named = statement.get("Principal", ())
    if named == "*":
        return Match.YES
    groups = named.values() if isinstance(named, Mapping) else ()
    names = [one for group in groups for one in _texts(group)]
    return _yes("*" in names or not request.principals.isdisjoint(names))


def _conditions(statement: Statement, request: Request) -> Match:
    found = statement.get("Condition") or {}
    parts = [
        _condition(operator, key, _texts(values), request)
        for operator, keys in found.items()
        for key, values in keys.items()
    ]
    if Match.NO in parts:
        return Match.NO
    return Match.MAYBE if Match.MAYBE in parts else Match.YES


def _condition(operator: str, key: str, values: list[str], request: Request) -> Match:
    context = {name.lower(): value for name, value in request.context.items()}
    given = context.get(key.lower())
    if given is None or any("${" in value for value in values):
        return Match.MAYBE
    match operator.removesuffix("IfExists"):
        case "StringEquals" | "ArnEquals" if operator.startswith("String") or not _wild(values):
            return _yes(given in values)
        case "StringEqualsIgnoreCase":
            return _yes(given.lower() in [value.lower() for value in values])
        case "StringNotEquals":
            return _yes(given not in values)
        case "StringLike" | "ArnLike" | "ArnEquals":
            return _yes(any(_like(value, given) for value in values))
        case "StringNotLike" | "ArnNotLike":
            return _yes(not any(_like(value, given) for value in values))
        case "Bool":
            return _yes(given.lower() in [value.lower() for value in values])
        case _:
            return Match.MAYBE


def _wild(values: list[str]) -> bool:
    return any("*" in value or "?" in value for value in values)


def _like(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(one) or re.escape(one) for one in pattern), re.DOTALL)


def _texts(value: Any) -> list[str]:
    """One text or a list of them; JSON numbers and booleans as IAM reads them."""
    items = value if isinstance(value, list | tuple) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in items]


def _yes(condition: bool) -> Match:
    return Match.YES if condition else Match.NO


def _any(parts: Iterable[Match]) -> Match:
    found = list(parts)
    return Match.YES if Match.YES in found else Match.MAYBE if Match.MAYBE in found else Match.NO


def _not(match: Match) -> Match:
    return {Match.YES: Match.NO, Match.NO: Match.YES, Match.MAYBE: Match.MAYBE}[match]
