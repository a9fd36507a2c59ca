"""The strings of a module that Airflow renders with Jinja, and the files that it renders.

Rendered are the arguments of operators (nested in lists, dictionaries and objects, through variables,
f-strings, `+`, `%`, `.format` and the estate's own functions), of `@task` calls, default_args, what a
`@task.bash` function returns, and the template fields of the module's own operator classes.
"""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.handed import Handing
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.engine.template_files import FILE_SUFFIXES, TemplateReference
from airshift.engine.templates import Template, is_template, parse_template
from airshift.records import dataclass
from airshift.rules.arguments import mappings
from airshift.rules.base import RuleContext
from airshift.rules.constructors import Role, constructors
from airshift.rules.default_args import default_arguments
from airshift.rules.literals import byte_span
from airshift.rules.receivers import is_task
from airshift.rules.template_fields import plain_parameters

_NEVER = frozenset(
    [
        "task_id",
        "task_display_name",
        "owner",
        "doc",
        "doc_md",
        "doc_json",
        "doc_yaml",
        "doc_rst",
        "params",
        "pool",
        "queue",
        "trigger_rule",
        "executor",
        "run_as_user",
        "python_callable",
        "default_args",
        "user_defined_macros",
        "user_defined_filters",
        "task_group",
        "dag",
        "retries",
        "retry_delay",
        "execution_timeout",
        "weight_rule",
        "group_id",
        "tooltip",
        "dag_id",
        "description",
    ]
)
"""Parameters that no operator renders."""
_SETTINGS = frozenset({"user_defined_macros", "template_undefined"})
_HOLE = "_airshift_hole_"
_ENDINGS = tuple(f"{suffix}\n" for suffix in FILE_SUFFIXES)
_TAILS = frozenset(suffix[start:] for suffix in FILE_SUFFIXES for start in range(1, len(suffix)))
"""String constants with which a sum of strings may end that names a template file."""
_DEPTH = 10


@dataclass(frozen=True, slots=True, eq=False)
class TemplateString:
    """A rendered string: its value (holes for what is only known at run time) and where it is written."""

    text: str
    node: ast.expr
    is_literal: bool

    def template(self) -> Template:
        """The parsed template."""
        return parse_template(self.text)

    def span(self, facts: ModuleFacts, start: int, end: int) -> tuple[int, int] | None:
        """Bytes of the file behind characters of the value, when they are written literally."""
        if not self.is_literal or not isinstance(self.node, ast.Constant):
            return None
        return byte_span(facts.source, self.node, start, end)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Everything a module gives to Jinja."""

    strings: tuple[TemplateString, ...]
    files: tuple[tuple[str, ast.expr], ...]
    """Names of template files as they are written, e.g. `sql/load.sql`, and where."""
    macros: frozenset[str]
    """Names that `user_defined_macros` adds."""
    lenient: bool
    """Whether some DAG sets `template_undefined`, so that an unknown name may render as nothing."""


def rendered(facts: ModuleFacts, context: RuleContext) -> Rendered:
    """What the module renders, found once for all rules."""
    return facts.once(_rendered, context)


def _rendered(facts: ModuleFacts, context: RuleContext) -> Rendered:
    return _Search(facts, context).run()


def template_references(facts: ModuleFacts, context: RuleContext) -> tuple[TemplateReference, ...]:
    """The template files that the module names, itself or in an include, sorted by name."""
    if not _may_name_files(facts.texts):
        return ()
    found = rendered(facts, context)
    names = {name for name, _ in found.files}
    for text in found.strings:
        if "{%" in text.text:
            names.update(text.template().files)
    return tuple(TemplateReference(name, found.macros, found.lenient) for name in sorted(names))


def _may_name_files(texts: str) -> bool:
    """Whether any string constant could be, or end, or include the name of a template file."""
    if "{%" in texts or "{\n" in texts:
        return True
    lowered = texts.lower()
    return any(ending in lowered for ending in _ENDINGS) or not _TAILS.isdisjoint(lowered.split("\n"))


class _Search:
    """One look through a module."""

    def __init__(self, facts: ModuleFacts, context: RuleContext) -> None:
        self.facts = facts
        self.context = context
        self.strings: dict[int, TemplateString] = {}
        self.files: dict[str, ast.expr] = {}
        self.seen: set[int] = set()

    def run(self) -> Rendered:
        for value in self._values():
            if id(value) not in self.seen:
                self._collect(value, _DEPTH)
        macros, lenient = self._dag_settings()
        ordered = sorted(self.strings.values(), key=lambda found: (found.node.lineno, found.node.col_offset))
        return Rendered(tuple(ordered), tuple(self.files.items()), macros, lenient)

    def _values(self) -> Iterator[ast.expr]:
        yield from self._of_operators()
        yield from self._of_default_args()
        yield from self._of_tasks()
        yield from self._of_classes()
        yield from self._of_other_files()

    def _of_operators(self) -> Iterator[ast.expr]:
        operators = [found for found in constructors(self.facts) if found.role is Role.OPERATOR]
        calls = {
            id(found.call): (found.call, plain_parameters(self.facts, found, self.context))
            for found in operators
        }
        for site in self.facts.names.calls:
            if "task_id" in [keyword.arg for keyword in site.node.keywords]:
                calls.setdefault(id(site.node), (site.node, frozenset()))
        for call, plain in calls.values():
            for argument in mappings(self.facts).arguments(call):
                if argument.name not in _NEVER and argument.name not in plain:
                    yield argument.value
            yield from (value for value in call.args if not isinstance(value, ast.Starred))

    def _of_default_args(self) -> Iterator[ast.expr]:
        for argument in default_arguments(self.facts):
            if argument.name not in _NEVER:
                yield argument.value

    def _of_tasks(self) -> Iterator[ast.expr]:
        tasks: list[FunctionNode] = []
        for definition in self.facts.functions:
            node = definition.node
            if isinstance(node, FunctionNode) and is_task(self.facts, node):
                tasks.append(node)
                if self._is_bash(node):
                    yield from _returned(node)
        if not tasks:
            return
        for site in self.facts.names.calls:
            function = self.facts.function_of(_innermost(site.node.func))
            if any(function is task for task in tasks):
                yield from site.node.args
                yield from (keyword.value for keyword in site.node.keywords)

    def _is_bash(self, node: FunctionNode) -> bool:
        callees = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
        return any(name.endswith(".task.bash") for callee in callees for name in self.facts.names_of(callee))

    def _of_classes(self) -> Iterator[ast.expr]:
        for definition in self.facts.classes:
            node = definition.node
            dotted = f"{self.facts.module}.{definition.scope.qualname}".lstrip(".")
            if isinstance(node, ast.ClassDef) and self.facts.is_operator(dotted):
                yield from _of_class(node)

    def _of_other_files(self) -> Iterator[ast.expr]:
        for name, entries in self.facts.handed().items():
            if any(entry.handing is Handing.TEMPLATE for entry in entries):
                for binding in self.facts.names.exported(name):
                    if binding.value is not None:
                        yield binding.value

    def _dag_settings(self) -> tuple[frozenset[str], bool]:
        macros: set[str] = set()
        lenient = False
        for found in constructors(self.facts):
            if found.role is not Role.DAG or _SETTINGS.isdisjoint(found.names):
                continue
            for argument in found.arguments:
                if argument.name == "user_defined_macros":
                    macros.update(item.name for item in mappings(self.facts).items(argument.value))
                elif argument.name == "template_undefined":
                    lenient = not any(
                        n.endswith("StrictUndefined") for n in self.facts.names_of(argument.value)
                    )
        return frozenset(macros), lenient

    def _collect(self, node: ast.expr, depth: int) -> None:
        if depth == 0 or id(node) in self.seen:
            return
        self.seen.add(id(node))
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                self._add(node, node.value)
            return
        text = _text(node)
        if text is not None:
            self._add(node, text)
            return
        for inner in self._inside(node):
            self._collect(inner, depth - 1)

    def _add(self, node: ast.expr, text: str) -> None:
        if is_template(text):
            self.strings[id(node)] = TemplateString(text, node, isinstance(node, ast.Constant))
        elif len(text) < 300 and text.lower().endswith(FILE_SUFFIXES) and "\n" not in text:
            self.files.setdefault(text.strip(), node)

    def _inside(self, node: ast.expr) -> Iterator[ast.expr]:
        match node:
            case ast.Name():
                yield from (value for value in self.facts.values_of(node) if value is not node)
            case ast.Dict(values=values):
                yield from values
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                yield from elts
            case ast.BinOp(left=left, right=right):
                yield from (left, right)
            case ast.IfExp(body=body, orelse=orelse):
                yield from (body, orelse)
            case ast.BoolOp(values=values):
                yield from values
            case ast.Starred(value=value):
                yield value
            case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt) | ast.SetComp(elt=elt):
                yield elt
            case ast.DictComp(value=value):
                yield value
            case ast.Call():
                yield from self._of_call(node)

    def _of_call(self, node: ast.Call) -> Iterator[ast.expr]:
        function = self.facts.function_of(node.func)
        if isinstance(function, FunctionNode):
            if not is_task(self.facts, function):
                yield from _returned(function)
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in (
            "strip",
            "replace",
            "join",
            "lstrip",
            "rstrip",
        ):
            yield node.func.value
        if any(keyword.arg == "task_id" for keyword in node.keywords):
            return
        yield from node.args
        yield from (keyword.value for keyword in node.keywords)


def _of_class(node: ast.ClassDef) -> Iterator[ast.expr]:
    fields: set[str] = set()
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="template_fields")], value=value):
                fields |= _texts(value)
            case ast.AnnAssign(target=ast.Name(id="template_fields"), value=ast.expr() as value):
                fields |= _texts(value)
    if not fields:
        return
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in fields:
                yield value
            case ast.FunctionDef(name="__init__"):
                yield from _of_constructor(statement, fields)


def _of_constructor(node: ast.FunctionDef, fields: set[str]) -> Iterator[ast.expr]:
    plain = [*node.args.posonlyargs, *node.args.args]
    defaults = zip(plain[len(plain) - len(node.args.defaults) :], node.args.defaults, strict=True)
    named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    for argument, default in [*defaults, *named]:
        if default is not None and argument.arg in fields:
            yield default
    for statement in walk(node):
        match statement:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value):
                if attr in fields:
                    yield value


def _texts(node: ast.expr) -> set[str]:
    return {
        inner.value
        for inner in walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }


def _returned(function: FunctionNode) -> Iterator[ast.expr]:
    for statement in walk(function):
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield statement.value


def _innermost(callee: ast.expr) -> ast.expr:
    """`load` behind `load.override(...).partial(...).expand`."""
    while True:
        match callee:
            case ast.Attribute(value=inner, attr="expand" | "expand_kwargs" | "partial" | "override"):
                callee = inner
            case ast.Call(func=inner):
                callee = inner
            case _:
                return callee


def _text(node: ast.expr) -> str | None:
    """The value of a string expression, with holes; None for anything that is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(literal_text(value) or _HOLE for value in values)
        case ast.BinOp(op=ast.Add()):
            return _sum(node)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return None if "%%" in text else text.replace("%s", _HOLE)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return _formatted(text)
    return None


def _sum(node: ast.BinOp) -> str | None:
    terms: list[ast.expr] = []
    current: ast.expr = node
    while isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add):
        terms.append(current.right)
        current = current.left
    terms.append(current)
    texts = [_text(term) if not isinstance(term, ast.BinOp) else None for term in reversed(terms)]
    return "".join(_HOLE if text is None else text for text in texts) if any(texts) else None


def _formatted(text: str) -> str | None:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return "".join(literal + (_HOLE if name is not None else "") for literal, name, _, _ in parts)
