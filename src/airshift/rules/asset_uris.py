"""Dataset and asset URIs that Airflow 3 rejects, and datasets used where they must be hashable.

Airflow 2 warned about an URI that its provider's normaliser did not accept; Airflow 3 raises. Which
scheme is checked how is data: `[[uri]]` in rules/keywords.toml, read from real installs with all providers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from urllib.parse import urlsplit

from airshift.catalogue import Table
from airshift.engine.facts import Call, ModuleFacts, literal_text
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.data import applies, text_of

CODES: tuple[str, ...] = ("AS214", "AS215")
TRIGGERS: tuple[bytes, ...] = (b"Dataset", b"Asset")

_CLASSES = (
    "airflow.Dataset",
    "airflow.datasets.Dataset",
    "airflow.sdk.Asset",
    "airflow.sdk.definitions.asset.Asset",
)
_LIMIT = 1500
_BUILTIN_SETS = frozenset({"set", "frozenset"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield rejected URIs, and datasets that are put into a set or used as a key."""
    calls = list(facts.calls_of(*_CLASSES))
    for call in calls:
        node = _uri(call)
        text = literal_text(node)
        problem = _problem(context, text) if text is not None else ""
        if node is not None and problem:
            yield _rejected(facts, context, node, problem)
    if calls:
        yield from _hashed(facts, context)


def _uri(call: Call) -> ast.expr | None:
    keyword = call.keyword("uri")
    if keyword is not None:
        return keyword.value
    return call.node.args[0] if call.node.args else None


def _problem(context: RuleContext, uri: str) -> str:
    """What is wrong with an URI on the target; empty if it is accepted, or was rejected by Airflow 2 too."""
    if not uri.strip() or not uri.isascii():
        return ""
    if len(uri) > _LIMIT:
        return f"it is longer than {_LIMIT} characters"
    try:
        parsed = urlsplit(uri)
    except ValueError:
        return ""
    for row in context.catalogue.rows("keywords", "uri"):
        if parsed.scheme in row["schemes"] and applies(row, context.target):
            return _broken(row, parsed.netloc.rpartition("@")[2], parsed.path)
    return ""


def _broken(row: Table, host: str, path: str) -> str:
    where = "rules/keywords.toml: uri"
    if not host:
        return f"it must name {text_of(row, 'host', where)}"
    wanted = row.get("parts")
    stripped = path.rstrip("/") or "/"
    if isinstance(wanted, list) and _depth(stripped) not in wanted:
        return f"its path must be {text_of(row, 'path', where)}"
    return ""


def _depth(path: str) -> int:
    return 0 if path == "/" else path.count("/")


def _rejected(facts: ModuleFacts, context: RuleContext, node: ast.expr, problem: str) -> Hit:
    return Hit(
        code="AS214",
        span=span_of(facts, node),
        message=f"Airflow {context.target.version} rejects this URI with a ValueError: {problem}.",
        symbol=literal_text(node) or "",
    )


def _hashed(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    for site in facts.names.calls:
        node = site.node
        if (
            isinstance(node.func, ast.Name)
            and node.func.id in _BUILTIN_SETS
            and not facts.names_of(node.func)
        ):
            members = (
                node.args[0].elts if node.args and isinstance(node.args[0], ast.List | ast.Tuple) else []
            )
            yield from _members(facts, context, members)
    for tree in facts.nodes:
        if isinstance(tree, ast.Set):
            yield from _members(facts, context, tree.elts)
        elif isinstance(tree, ast.Dict):
            yield from _members(facts, context, [key for key in tree.keys if key is not None])


def _members(facts: ModuleFacts, context: RuleContext, members: list[ast.expr]) -> Iterator[Hit]:
    for member in members:
        made = facts.instance_of(member)
        if made and made <= frozenset(_CLASSES):
            yield Hit(
                code="AS215",
                span=span_of(facts, member),
                message=(
                    f"Datasets cannot be hashed on Airflow {context.target.version}: put them into a list, "
                    "or use their `uri` as the key."
                ),
                symbol="Dataset",
            )
