"""Which values of a DAG file end in template fields of operators and nowhere else.

A value may pass through names that are bound once, dictionaries and lists, f-strings and concatenations. Whatever
else is done with it, such as a comparison, a loop, or a use in a task or another module, ends the search.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Binding, CallSite, Scope, ScopeKind
from airshift.rules.base import RuleContext
from airshift.rules.constructors import Constructor, Form, Role, constructors
from airshift.rules.places import Moment, places_of

_STEPS = 12
_BRACES = (("{{", "}}"), ("{%", "%}"), ("{#", "#}"))
_SURROUNDINGS = frozenset({"globals", "locals", "vars", "eval", "exec"})


class RenderedOnly:
    """Which expressions of a module end in rendered fields and nowhere else."""

    def __init__(self, facts: ModuleFacts, context: RuleContext) -> None:
        self.facts = facts
        self.context = context

    def has(self, node: ast.expr, is_text: bool) -> bool:
        """Whether that is so for a value that stands at `node`."""
        return self._is_plain_dag and self._ends(node, is_text, _STEPS)

    def _ends(self, node: ast.expr, is_text: bool, steps: int) -> bool:
        if steps == 0:
            return False
        parent = self.facts.parents.get(id(node))
        match parent:
            case ast.keyword():
                return self._is_argument(parent, is_text, steps)
            case ast.Dict(values=values) if any(node is value for value in values):
                return self._ends(parent, is_text, steps - 1)
            case ast.List() | ast.Tuple() | ast.Set():
                return self._ends(parent, is_text, steps - 1)
            case ast.IfExp(test=test) if node is not test:
                return self._ends(parent, is_text, steps - 1)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                other = left if node is right else right
                joined = is_text or _is_literal(other)
                return joined and _stands_free(node, parent) and self._ends(parent, True, steps - 1)
            case ast.FormattedValue(conversion=-1, format_spec=None) if isinstance(node, ast.Name):
                whole = self.facts.parents[id(parent)]
                free = isinstance(whole, ast.JoinedStr) and _stands_free(parent, whole)
                return isinstance(whole, ast.expr) and free and self._ends(whole, True, steps - 1)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return self._is_name(parent, name, is_text, steps)
        return False

    def _is_argument(self, keyword: ast.keyword, is_text: bool, steps: int) -> bool:
        call = self.facts.parents.get(id(keyword))
        if not isinstance(call, ast.Call) or keyword.arg is None:
            return False
        if isinstance(call.func, ast.Name) and call.func.id == "dict":
            return not self.facts.names.bindings_of(call.func) and self._ends(call, is_text, steps - 1)
        found = self._operators.get(id(call))
        site = self._sites.get(id(call))
        if found is None or site is None or keyword.arg not in self._fields(found, is_text):
            return False
        return places_of(self.facts).moment(site.scope, call) is Moment.PARSE and not self._is_tried(call)

    def _fields(self, found: Constructor, is_text: bool) -> frozenset[str]:
        """Parameters of an operator that both Airflows render; for any other value those that take texts only."""
        fields: frozenset[str] | None = None
        for version in (self.context.target.version, self.context.source.version):
            own = self.context.index.signature(found.qualified, version)
            if own is not None:
                rendered = own.template_fields & own.accepted
                fields = rendered if fields is None else fields & rendered
        rows = self.context.catalogue.rows("stability", "field")
        kept = {name for row in rows if row["kind"] == "kept" for name in row["names"]}
        texts = {
            name
            for row in rows
            if row["kind"] == "text" and row["operator"] == _last(found)
            for name in row["names"]
        }
        return (fields or frozenset()) - kept if is_text else (fields or frozenset()) & texts

    def _is_name(self, statement: ast.stmt, name: str, is_text: bool, steps: int) -> bool:
        """Whether every use of a name that is bound once ends so."""
        facts = self.facts
        scopes = [scope for scope in self._scopes if _binds(scope.bindings.get(name, []), statement)]
        if len(scopes) != 1 or scopes[0].kind not in (ScopeKind.MODULE, ScopeKind.FUNCTION):
            return False
        if self._is_tried(statement) or self._reads_surroundings:
            return False
        bindings = scopes[0].bindings[name]
        if len(bindings) != 1 or bindings[0].always or self._is_offered(name, scopes[0].kind):
            return False
        uses = facts.names.uses_of(name)
        reached = [use for use in uses if bindings[0] in facts.names.resolve_use(use).bindings]
        return bool(reached) and all(
            isinstance(use.node, ast.Name)
            and facts.names.resolve_use(use).bindings == (bindings[0],)
            and self._ends(use.node, is_text, steps - 1)
            for use in reached
        )

    def _is_offered(self, name: str, kind: ScopeKind) -> bool:
        if kind is ScopeKind.FUNCTION:
            return False
        listed = self.facts.names.root.bindings.get("__all__", [])
        return bool(listed) or self.facts.project.is_wanted(self.facts.path, name)

    def _is_tried(self, node: ast.AST) -> bool:
        """Whether an error of the look-up is waited for."""
        parent = self.facts.parents.get(id(node))
        while parent is not None:
            if isinstance(parent, ast.Try | ast.TryStar):
                return True
            if isinstance(parent, ast.With) and any(
                "contextlib.suppress" in self.facts.names_of(item.context_expr.func)
                for item in parent.items
                if isinstance(item.context_expr, ast.Call)
            ):
                return True
            parent = self.facts.parents.get(id(parent))
        return False

    @cached_property
    def _is_plain_dag(self) -> bool:
        """Whether the file's DAGs render as Airflow does by itself: texts, with its own `var`."""
        dags = [found for found in constructors(self.facts) if found.role is Role.DAG]
        return bool(dags) and all(self._renders_plainly(found) for found in dags)

    def _renders_plainly(self, found: Constructor) -> bool:
        unpacked = (keyword.value for keyword in found.call.keywords if keyword.arg is None)
        if not all(_is_written_out(value) for value in unpacked):
            return False
        native = found.argument("render_template_as_native_obj")
        macros = found.argument("user_defined_macros")
        return (
            (native is None or (isinstance(native.value, ast.Constant) and native.value.value is False))
            and (macros is None or _is_without_var(macros.value))
            and found.argument("jinja_environment_kwargs") is None
        )

    @cached_property
    def _operators(self) -> dict[int, Constructor]:
        """Calls of operators that are certainly Airflow's own class."""
        return {
            id(found.call): found
            for found in constructors(self.facts)
            if found.role is Role.OPERATOR
            and found.form in (Form.CALL, Form.PARTIAL)
            and self.facts.names_of(_class_of(found.call)) == {found.qualified}
        }

    @cached_property
    def _sites(self) -> dict[int, CallSite]:
        return {id(site.node): site for site in self.facts.names.calls}

    @cached_property
    def _scopes(self) -> list[Scope]:
        return [self.facts.names.root, *(one.scope for one in self.facts.names.definitions)]

    @cached_property
    def _reads_surroundings(self) -> bool:
        """Whether some code reads names by other means than writing them."""
        called = (site.node for site in self.facts.names.calls)
        return any(
            isinstance(call.func, ast.Name) and call.func.id in _SURROUNDINGS and not self._is_stored_to(call)
            for call in called
        )

    def _is_stored_to(self, call: ast.Call) -> bool:
        """`globals()[...] = dag`, by which made DAGs get a name."""
        parent = self.facts.parents.get(id(call))
        return isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store)


def _class_of(call: ast.Call) -> ast.expr:
    match call.func:
        case ast.Attribute(value=owner, attr="partial"):
            return owner
    return call.func


def _last(found: Constructor) -> str:
    return found.qualified.rpartition(".")[2]


def _binds(bindings: list[Binding], statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    return any(binding.value is value for binding in bindings)


def _is_without_var(node: ast.expr) -> bool:
    if not isinstance(node, ast.Dict):
        return False
    return all(isinstance(key, ast.Constant) and key.value != "var" for key in node.keys)


def _is_written_out(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys)


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _stands_free(node: ast.expr, whole: ast.BinOp | ast.JoinedStr) -> bool:
    """Whether the literal text before a part opens no template, and the part touches no brace."""
    parts = [whole.left, whole.right] if isinstance(whole, ast.BinOp) else whole.values
    place = next(index for index, part in enumerate(parts) if part is node)
    before = "".join(text for part in parts[:place] for text in _texts(part))
    after = "".join(text for part in parts[place + 1 :] for text in _texts(part))
    balanced = all(before.count(opening) == before.count(closing) for opening, closing in _BRACES)
    return balanced and "raw" not in before and not before.endswith("{") and not after.startswith("}")


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from _texts(part)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _texts(left)
            yield from _texts(right)
