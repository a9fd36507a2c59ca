"""Dotted names of Airflow in strings: `import_module("airflow...")`, `mock.patch("airflow...")` and others.

A string in one of the call forms is looked up for certain; any other string counts only when the whole
of it is a name that the source version has, and then as a warning.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from airshift.engine.blocks import Guard
from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import CallSite
from airshift.findings import Kind, Severity
from airshift.fix.rewrites import ReplaceText, Rewrite
from airshift.index import NameStatus
from airshift.records import dataclass
from airshift.rules import name_words as words
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.import_places import weigh_place
from airshift.rules.move_rows import Home
from airshift.rules.moves import Move, MoveTable, move_table

CODES: tuple[str, ...] = (words.STRING,)
TRIGGERS: tuple[bytes, ...] = (b"airflow.",)

_DOTTED = re.compile(r"airflow(\.[A-Za-z_]\w*)+\Z")
_IMPORTERS = frozenset(
    {
        "importlib.import_module",
        "airflow.utils.module_loading.import_string",
        "airflow.sdk.module_loading.import_string",
        "pydoc.locate",
    }
)
_PATCHES = frozenset(
    {"unittest.mock.patch", "mock.patch", "unittest.mock.patch.multiple", "mock.patch.multiple"}
)
_PATCH_OBJECTS = frozenset({"unittest.mock.patch.object", "mock.patch.object"})
_FIXTURES = frozenset({"mocker.patch", "monkeypatch.setattr", "class_mocker.patch", "session_mocker.patch"})
_LOGGERS = frozenset({"logging.getLogger", "structlog.get_logger"})
_FORMS = {"import": _IMPORTERS, "patch": _PATCHES, "object": _PATCH_OBJECTS, "log": _LOGGERS}
_PREPARED = frozenset({Guard.VERSION, Guard.IMPORT_ERROR})
_WORKS = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)


@dataclass(frozen=True, slots=True)
class Named:
    """What a string names: a module, or a name in one, with attributes after it."""

    module: str
    name: str | None
    rest: str = ""


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield strings that name what the target does not have."""
    table = move_table(context.catalogue)
    dotted = {id(constant): constant for constant in _dotted(facts)}
    looked_up: set[int] = set()
    for site in facts.names.calls:
        form = _form(facts, site) if _may_look_up(site.node.args, dotted) else None
        if form is None:
            continue
        looked_up.update(id(argument) for argument in site.node.args)
        if form != "log" and not site.block.guards() & _PREPARED:
            yield from _called(facts, context, table, site, form)
    for constant in dotted.values():
        if id(constant) not in looked_up:
            yield from _loose(facts, context, table, constant, str(constant.value))


def _dotted(facts: ModuleFacts) -> list[ast.Constant]:
    """The strings that are a dotted name of Airflow as a whole."""
    if "\nairflow." not in facts.texts:
        return []
    return [constant for constant in facts.names.strings if _DOTTED.match(str(constant.value))]


def _may_look_up(arguments: list[ast.expr], dotted: dict[int, ast.Constant]) -> bool:
    """Whether a call is given a dotted name, or the name of an attribute behind an object."""
    if len(arguments) > 1 and isinstance(arguments[1], ast.Constant):
        return True
    return bool(dotted) and any(id(argument) in dotted for argument in arguments)


def _form(facts: ModuleFacts, site: CallSite) -> str | None:
    callee = site.node.func
    if isinstance(callee, ast.Name) and callee.id == "__import__":
        return "import"
    if _spelled(callee) in _FIXTURES:
        return "patch"
    names = facts.names_of(callee)
    return next((form for form, known in _FORMS.items() if names & known), None)


def _spelled(callee: ast.expr) -> str:
    """`owner.attribute` as it is written; empty for anything else."""
    match callee:
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
            return f"{owner}.{attribute}"
    return ""


def _called(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, site: CallSite, form: str
) -> Iterator[Hit]:
    arguments = site.node.args
    if form == "object":
        yield from _patched_object(facts, context, table, site)
        return
    text = literal_text(arguments[0]) if arguments else None
    if text is None or not _DOTTED.match(text):
        return
    named = _named(context, text)
    if named is None or not _is_missing(context, named):
        return
    at_parse = weigh_place(facts, NameStatus.MISSING, site.scope, site.node)
    kind = at_parse.kind if form == "import" else Kind.RUNTIME
    unsafe = "what is looked up in it afterwards may be called something else now"
    yield _hit(facts, context, table, arguments[0], named, kind, Severity.ERROR, unsafe)


def _patched_object(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, site: CallSite
) -> Iterator[Hit]:
    """`patch.object(module, "Name")`."""
    arguments = site.node.args
    name = literal_text(arguments[1]) if len(arguments) > 1 else None
    owner = facts.name_of(arguments[0]) if name else None
    if name is None or owner is None or not owner.startswith("airflow."):
        return
    named = Named(owner, name)
    known = context.index.status(owner, name, context.source.version) in _WORKS
    if known and _is_missing(context, named):
        found = _hit(facts, context, table, arguments[1], named, Kind.RUNTIME, Severity.ERROR, "")
        yield Hit(found.code, found.span, found.message, found.symbol, (), "", found.kind, found.severity)


def _loose(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, constant: ast.Constant, text: str
) -> Iterator[Hit]:
    named = _named(context, text)
    if named is None or named.rest or not _is_missing(context, named):
        return
    if isinstance(facts.parents.get(id(constant)), ast.JoinedStr | ast.Expr):
        return
    if _is_beside_its_successor(facts, context, constant):
        return
    unsafe = "the string may be something other than a name that is imported"
    yield _hit(facts, context, table, constant, named, Kind.RUNTIME, Severity.WARNING, unsafe)


def _is_beside_its_successor(facts: ModuleFacts, context: RuleContext, constant: ast.Constant) -> bool:
    """Whether the string is one of several candidates, of which the target has another."""
    parent = facts.parents.get(id(constant))
    if not isinstance(parent, ast.Tuple | ast.List | ast.Set):
        return False
    others = [text for item in parent.elts if item is not constant and (text := literal_text(item))]
    return any(
        context.index.status(other, None, context.target.version) in _WORKS
        for other in others
        if other.startswith("airflow.")
    )


def _named(context: RuleContext, text: str) -> Named | None:
    """The longest part of a dotted text that the source version can import."""
    index, version = context.index, context.source.version
    parts = text.split(".")
    for cut in range(len(parts), 1, -1):
        dotted, rest = ".".join(parts[:cut]), ".".join(parts[cut:])
        module, _, name = dotted.rpartition(".")
        if index.status(dotted, None, version) in _WORKS:
            return Named(dotted, None) if not rest else None
        if index.status(module, name, version) in _WORKS:
            return Named(module, name, rest)
    return None


def _is_missing(context: RuleContext, named: Named) -> bool:
    return context.index.status(named.module, named.name, context.target.version) is NameStatus.MISSING


def _hit(
    facts: ModuleFacts,
    context: RuleContext,
    table: MoveTable,
    node: ast.expr,
    named: Named,
    kind: Kind,
    severity: Severity,
    unsafe: str,
) -> Hit:
    move = _moved(context, table, named)
    rewrites = _rewrites(facts, node, named, move)
    return Hit(
        words.STRING,
        span_of(facts, node),
        words.message(context, words.STRING, named.module, named.name, move, NameStatus.MISSING),
        symbol=f"{named.module}.{named.name}" if named.name else named.module,
        rewrites=rewrites,
        unsafe=unsafe if rewrites else "",
        kind=kind,
        severity=severity,
        requires=words.requirements(context.index, move) if rewrites else (),
    )


def _moved(context: RuleContext, table: MoveTable, named: Named) -> Move:
    if named.name is not None:
        return table.resolve(named.module, named.name, context.index, context.target)
    home = table.module_home(named.module, context.index, context.target)
    return Move(Home(home, "")) if home else table.resolve(named.module, "", context.index, context.target)


def _rewrites(facts: ModuleFacts, node: ast.expr, named: Named, move: Move) -> tuple[Rewrite, ...]:
    """The new name inside the same quotes; none for strings that are written in another way."""
    if move.home is None or move.advise or (named.name is None and move.home.name):
        return ()
    old = literal_text(node) or ""
    start, end = span_of(facts, node)
    segment = facts.source.segment(node)
    if segment not in (f'"{old}"', f"'{old}'"):
        return ()
    new = f"{move.home}.{named.rest}" if named.rest else str(move.home)
    return (ReplaceText(start + 1, end - 1, new),)
