"""What a Jinja template reads: free names with their attribute chains, calls, and where they stand.

Templates are parsed with jinja2, never searched. The tree says what is a name; jinja2's own tokens say at
which characters it stands. Names that the template sets itself (`set`, `for`, macro parameters,
imports) are not free. Not followed: what an included file defines, and extensions with tags of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from airshift.records import dataclass

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

LIMIT = 1_000_000
"""Longer templates are not read."""
_EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n")
_SKIPPED_TOKENS = frozenset({"whitespace"})


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """A call on a chain: constant keyword arguments by name, None for a value that is not constant."""

    positional: int
    keywords: tuple[str, ...]
    first: object = None
    """The first positional argument if it is a constant."""
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateName:
    """A free name and the constant attributes or keys read from it, e.g. `dag_run.conf`.

    `spans` are the character ranges of the name and of each attribute written with a dot; empty when the
    place is only known to the line.
    """

    name: str
    attrs: tuple[str, ...]
    line: int
    spans: tuple[tuple[int, int], ...] = ()
    call: TemplateCall | None = None
    guarded: bool = False
    """Whether it is only tested: `x is defined`, `x | default(...)`."""
    printed: bool = False
    """Whether the value itself is put out."""


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template, or the reason why it is none."""

    names: tuple[TemplateName, ...] = ()
    files: tuple[str, ...] = ()
    """Files it includes, imports or extends by a constant name."""
    error: str = ""
    error_line: int = 0


def is_template(text: str) -> bool:
    """Whether a text may hold anything for Jinja to do."""
    return "{{" in text or "{%" in text


@lru_cache(maxsize=512)
def parse_template(text: str) -> Template:
    """Read a template; a text that is no valid one comes back with `error`."""
    if len(text) > LIMIT:
        return Template(error=f"longer than {LIMIT} characters", error_line=1)
    from jinja2 import TemplateSyntaxError

    try:
        tree = _environment().parse(text)
        found = tuple(_Reader(text, tree).read())
    except TemplateSyntaxError as error:
        return Template(error=error.message or "syntax error", error_line=error.lineno)
    except RecursionError:
        return Template(error="nested too deeply", error_line=1)
    return Template(found, tuple(_files(tree)))


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(extensions=_EXTENSIONS, autoescape=False, keep_trailing_newline=True)


def _files(tree: nodes.Template) -> Iterator[str]:
    from jinja2 import nodes

    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        wanted = getattr(node, "template", None)
        if isinstance(wanted, nodes.Const) and isinstance(wanted.value, str):
            yield wanted.value


class _Reader:
    """Joins the tree of one template with the places of its tokens."""

    def __init__(self, text: str, tree: nodes.Template) -> None:
        self.text = text
        self.tree = tree
        self.tokens = list(_tokens(text))

    def read(self) -> Iterator[TemplateName]:
        own = frozenset(_own_names(self.tree))
        found = [name for name in _chains(self.tree) if name.name not in own]
        places = self._places()
        wanted: dict[tuple[str, int], list[TemplateName]] = {}
        for name in found:
            wanted.setdefault((name.name, name.line), []).append(name)
        for key, group in wanted.items():
            spots = places.get(key, [])
            exact = len(spots) == len(group)
            for position, name in enumerate(group):
                yield self._placed(name, spots[position]) if exact else name

    def _places(self) -> dict[tuple[str, int], list[int]]:
        """Index of every token that can be a free name, by name and line."""
        found: dict[tuple[str, int], list[int]] = {}
        for index, (line, kind, value, _) in enumerate(self.tokens):
            if kind == "name" and self._can_be_free(index):
                found.setdefault((value, line), []).append(index)
        return found

    def _can_be_free(self, index: int) -> bool:
        before = self.tokens[index - 1] if index else None
        after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if before is not None and (before[2] in (".", "|") or (before[1], before[2]) == ("name", "is")):
            return False
        return after is None or after[2] != "=" or before is None or before[2] not in ("(", ",")

    def _placed(self, name: TemplateName, index: int) -> TemplateName:
        spans = [self._span(index)]
        for attr in name.attrs:
            dot, follower = self.tokens[index + 1 : index + 2], self.tokens[index + 2 : index + 3]
            if not dot or dot[0][2] != "." or not follower or follower[0][2] != attr:
                break
            index += 2
            spans.append(self._span(index))
        return TemplateName(
            name.name, name.attrs, name.line, tuple(spans), name.call, name.guarded, name.printed
        )

    def _span(self, index: int) -> tuple[int, int]:
        _, _, value, start = self.tokens[index]
        return start, start + len(value)


def _tokens(text: str) -> Iterator[tuple[int, str, str, int]]:
    """Line, kind, text and first character of every token that is not white space."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    shift = _shifts(text) if unified != text else None
    position = 0
    for line, kind, value in _environment().lex(text):
        if not value:
            continue
        position = unified.index(value, position)
        start = position if shift is None else position + shift[position]
        position += len(value)
        if kind not in _SKIPPED_TOKENS:
            yield line, kind, value, start


def _shifts(text: str) -> list[int]:
    """How many characters each position moved when the line ends were unified."""
    found: list[int] = []
    lost = 0
    for index, character in enumerate(text):
        if character == "\n" and index and text[index - 1] == "\r":
            lost += 1
            continue
        found.append(lost)
    return [*found, lost]


def _own_names(tree: nodes.Template) -> Iterator[str]:
    from jinja2 import nodes

    for name in tree.find_all(nodes.Name):
        if name.ctx in ("store", "param"):
            yield name.name
    for macro in tree.find_all((nodes.Macro, nodes.Import, nodes.FromImport)):
        if isinstance(macro, nodes.Macro):
            yield macro.name
        elif isinstance(macro, nodes.Import):
            yield macro.target
        elif isinstance(macro, nodes.FromImport):
            yield from (item[1] if isinstance(item, tuple) else item for item in macro.names)


def _chains(tree: nodes.Template) -> Iterator[TemplateName]:
    """Every loaded name with the longest chain around it, in the order of the text."""
    from jinja2 import nodes

    stack: list[tuple[nodes.Node, tuple[nodes.Node, ...]]] = [(tree, ())]
    while stack:
        node, around = stack.pop()
        if isinstance(node, nodes.Name) and node.ctx == "load":
            yield _chain(node, around)
        stack.extend((child, (*around[-12:], node)) for child in reversed(_in_text_order(node)))


def _in_text_order(node: nodes.Node) -> list[nodes.Node]:
    from jinja2 import nodes

    if isinstance(node, nodes.CondExpr):
        return [child for child in (node.expr1, node.test, node.expr2) if child is not None]
    if isinstance(node, nodes.For):
        test = [node.test] if node.test is not None else []
        return [node.target, node.iter, *test, *node.body, *node.else_]
    return list(node.iter_child_nodes())


def _chain(name: nodes.Name, around: tuple[nodes.Node, ...]) -> TemplateName:
    from jinja2 import nodes

    attrs: list[str] = []
    inner: nodes.Node = name
    call: TemplateCall | None = None
    rest = list(around)
    while rest:
        outer = rest[-1]
        if isinstance(outer, nodes.Getattr) and outer.node is inner:
            attrs.append(outer.attr)
        elif (
            isinstance(outer, nodes.Getitem)
            and outer.node is inner
            and isinstance(outer.arg, nodes.Const)
            and isinstance(outer.arg.value, str)
        ):
            attrs.append(outer.arg.value)
        else:
            break
        inner = rest.pop()
    outer_node = rest[-1] if rest else None
    if isinstance(outer_node, nodes.Call) and outer_node.node is inner:
        call = _call(outer_node)
    return TemplateName(
        name.name,
        tuple(attrs),
        name.lineno,
        call=call,
        guarded=_is_guarded(inner, outer_node),
        printed=isinstance(outer_node, nodes.Output),
    )


def _call(node: nodes.Call) -> TemplateCall:
    from jinja2 import nodes

    def value(item: nodes.Expr) -> object:
        return item.value if isinstance(item, nodes.Const) else ...

    return TemplateCall(
        len(node.args) + (1 if node.dyn_args is not None else 0),
        (*(keyword.key for keyword in node.kwargs), *(("**",) if node.dyn_kwargs is not None else ())),
        value(node.args[0]) if node.args else ...,
        tuple(value(keyword.value) for keyword in node.kwargs),
    )


def _is_guarded(inner: nodes.Node, outer: nodes.Node | None) -> bool:
    from jinja2 import nodes

    if isinstance(outer, nodes.Test):
        return outer.node is inner and outer.name in ("defined", "undefined", "none")
    return isinstance(outer, nodes.Filter) and outer.node is inner and outer.name in ("default", "d")
