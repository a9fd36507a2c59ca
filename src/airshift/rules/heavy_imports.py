"""Heavy packages that a DAG file imports at its top, and the way into the functions that use them.

https://airflow.apache.org/docs/apache-airflow/stable/best-practices.html#top-level-python-code
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode, ImportName, Scope
from airshift.fix.rewrites import DropStatement, ReplaceText, Rewrite
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.places import Moment, places_of

CODES: tuple[str, ...] = ("AS906",)
TRIGGERS: tuple[bytes, ...] = (b"import",)
_LATER = "a package that is missing is then noticed by the task, no longer by the parser"


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield an import of a heavy package that runs whenever the file is parsed."""
    if profile(facts.path) is not Profile.DAG or b"airflow" not in facts.source.utf8:
        return
    heavy, heads = _modules(context.catalogue)
    seen: set[int] = set()
    for imported in facts.names.imports:
        if imported.module.partition(".")[0] not in heads:
            continue
        package = _heavy(imported.qualified, heavy)
        if package is None or id(imported.statement) in seen or not _at_parse(facts, imported):
            continue
        seen.add(id(imported.statement))
        rewrites = tuple(_into_functions(facts, imported.statement))
        yield Hit(
            "AS906",
            span_of(facts, imported.statement),
            _message(facts, imported.statement, package),
            symbol=package,
            rewrites=rewrites,
            unsafe=_LATER if rewrites else "",
        )


def _message(facts: ModuleFacts, statement: ast.Import | ast.ImportFrom, package: str) -> str:
    line = _needed(facts, statement)
    if line is None:
        return f"`{package}` is loaded at each parse of the file; import it in the functions that use it."
    return (
        f"`{package}` is loaded at each parse of the file, which needs it in line {line}; if that can be done in a "
        "task, import it there."
    )


def _needed(facts: ModuleFacts, statement: ast.Import | ast.ImportFrom) -> int | None:
    """The line of the first use that runs while the file is parsed."""
    aliases = {id(alias) for alias in statement.names}
    for use in facts.names.uses:
        if places_of(facts).moment(use.scope, use.node) is not Moment.PARSE:
            continue
        if any(id(binding.node) in aliases for binding in facts.names.resolve_use(use).bindings):
            return use.node.lineno
    return None


@cache
def _modules(catalogue: Catalogue) -> tuple[frozenset[str], frozenset[str]]:
    """The heavy packages, and what their names begin with."""
    found = frozenset(name for row in catalogue.rows("heavy_imports", "heavy") for name in row["modules"])
    return found, frozenset(name.partition(".")[0] for name in found)


def _heavy(dotted: str, heavy: frozenset[str]) -> str | None:
    parts = dotted.split(".")
    names = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((name for name in names if name in heavy), None)


def _at_parse(facts: ModuleFacts, imported: ImportName) -> bool:
    if places_of(facts).moment(imported.scope, imported.statement) is not Moment.PARSE:
        return False
    return not any(_is_for_types(facts, parent) for parent in _above(facts, imported.statement))


def _is_for_types(facts: ModuleFacts, node: ast.AST) -> bool:
    """Whether a node is `if TYPE_CHECKING:`, whose body never runs."""
    return isinstance(node, ast.If) and any(
        name.endswith("TYPE_CHECKING")
        for part in ast.walk(node.test)
        if isinstance(part, ast.Name | ast.Attribute)
        for name in (*facts.names_of(part), getattr(part, "id", ""))
    )


def _above(facts: ModuleFacts, node: ast.AST) -> Iterator[ast.AST]:
    parent = facts.parents.get(id(node))
    while parent is not None:
        yield parent
        parent = facts.parents.get(id(parent))


def _into_functions(facts: ModuleFacts, statement: ast.Import | ast.ImportFrom) -> Iterator[Rewrite]:
    """The statement moved into each function that uses it; nothing where it is needed outside of tasks."""
    locals_ = [name.local for name in facts.names.imports if name.statement is statement]
    if facts.parents.get(id(statement)) is not facts.tree or "*" in locals_:
        return
    functions: dict[int, FunctionNode] = {}
    for local in locals_:
        users = _users(facts, statement, local)
        if users is None:
            return
        functions |= {id(function): function for function in users}
    spots = [_spot(facts, function) for function in functions.values()]
    text = _spelled(facts, statement)
    if not spots or None in spots or text is None:
        return
    yield DropStatement(statement)
    for place, indent in (spot for spot in spots if spot is not None):
        yield ReplaceText(place, place, f"{text}\n{indent}")


def _users(facts: ModuleFacts, statement: ast.stmt, local: str) -> list[FunctionNode] | None:
    """The task functions that use a name; None where it is used, bound or wanted anywhere else."""
    if len(facts.names.root.bindings.get(local, [])) != 1 or facts.project.is_wanted(facts.path, local):
        return None
    found: list[FunctionNode] = []
    for node in facts.nodes:
        if isinstance(node, ast.Name) and node.id != local:
            continue
        if _binds(node, local, statement) or _speaks_of(facts, node, local):
            return None
        if isinstance(node, ast.Name):
            function = _task_function(facts, node)
            if function is None:
                return None
            found.append(function)
    return found or None


def _binds(node: ast.AST, local: str, statement: ast.stmt) -> bool:
    """Whether a node gives the name another meaning somewhere."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return name == local
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name == local
        case ast.ClassDef(name=name) | ast.ExceptHandler(name=name):
            return name == local
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return local in names
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            bound = ((alias.asname or alias.name).partition(".")[0] for alias in aliases)
            return node is not statement and local in bound
        case _:
            return False


def _speaks_of(facts: ModuleFacts, node: ast.AST, local: str) -> bool:
    """Whether an annotation or `__all__` names it in a string."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and local in node.value):
        return False
    if node.value == local:
        return True
    return any(
        isinstance(parent, ast.arg | ast.AnnAssign)
        or (isinstance(parent, FunctionNode) and not any(node in ast.walk(part) for part in parent.body))
        for parent in _above(facts, node)
    )


def _task_function(facts: ModuleFacts, use: ast.Name) -> FunctionNode | None:
    """The outermost function that runs in a task and has the use in its body; None for a use anywhere else."""
    found: FunctionNode | None = None
    child: ast.AST = use
    for parent in _above(facts, use):
        is_body = isinstance(parent, FunctionNode) and any(child is one for one in parent.body)
        if isinstance(parent, FunctionNode) and is_body and _runs_in_task(facts, parent):
            found = parent
        child = parent
    return found


def _runs_in_task(facts: ModuleFacts, function: FunctionNode) -> bool:
    scope = _scopes(facts).get(id(function))
    return scope is not None and places_of(facts).moment(scope, function) is Moment.TASK


def _scopes(facts: ModuleFacts) -> dict[int, Scope]:
    return facts.once(_find_scopes)


def _find_scopes(facts: ModuleFacts) -> dict[int, Scope]:
    return {id(one.node): one.scope for one in facts.names.definitions}


def _spot(facts: ModuleFacts, function: FunctionNode) -> tuple[int, str] | None:
    """Where the first statement behind the docstring stands, and its indentation; None in a one-line function."""
    body = [one for one in function.body if not _is_docstring(one, function)]
    if not body:
        return None
    first = body[0]
    decorators = first.decorator_list if isinstance(first, FunctionNode | ast.ClassDef) else []
    line = min(first.lineno, *(one.lineno for one in decorators)) if decorators else first.lineno
    start = facts.source.line_starts[line - 1]
    text = facts.source.utf8[start:]
    indent = text[: len(text) - len(text.lstrip(b" \t"))].decode()
    if line == function.lineno or (not decorators and span_of(facts, first)[0] != start + len(indent)):
        return None
    return start + len(indent), indent


def _is_docstring(node: ast.stmt, function: FunctionNode) -> bool:
    return (
        node is function.body[0]
        and isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _spelled(facts: ModuleFacts, statement: ast.Import | ast.ImportFrom) -> str | None:
    """The statement on one line with its comment; None where it shares its line, or has comments inside."""
    source = facts.source
    start, end = span_of(facts, statement)
    rest = source.utf8[end:].partition(b"\n")[0].strip()
    alone = start == source.line_starts[statement.lineno - 1] and (not rest or rest.startswith(b"#"))
    if not alone or b"#" in source.utf8[start:end]:
        return None
    return "  ".join(part for part in (ast.unparse(statement), rest.decode()) if part)
