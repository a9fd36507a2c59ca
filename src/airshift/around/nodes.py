"""YAML and JSON as a tree with positions, built from parser events.

Aliases are leaves that are never expanded, and the tree is built without recursion, so that neither an
alias bomb nor deep nesting costs more than the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airshift.around.document import Document, Span
from airshift.errors import SourceError

if TYPE_CHECKING:
    from yaml import events


@dataclass(slots=True)
class Scalar:
    """A string, number or the like; `content` is its text without quotes, if that stands as it is."""

    value: str
    span: Span
    content: Span | None
    block: bool = False
    """A literal or folded block."""


@dataclass(slots=True)
class Mapping:
    """Pairs of key and value, in order."""

    span: Span
    flow: bool = False
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    def get(self, *names: str) -> Node | None:
        """The value below the first key of one of these names."""
        for key, value in self.pairs:
            if isinstance(key, Scalar) and key.value in names:
                return value
        return None


@dataclass(slots=True)
class Items:
    """A sequence."""

    span: Span
    flow: bool = False
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Alias:
    """A reference to an anchor, not followed."""

    span: Span


Node = Scalar | Mapping | Items | Alias

_DEEPEST = 300
"""Open brackets; the parser's time grows with their square."""
_LONGEST = 4_000_000
_BRACKET = re.compile(r"[\[\]{}]")


def read_nodes(document: Document) -> list[Node]:
    """The documents of a YAML or JSON file; raise SourceError when it is neither."""
    import yaml

    if _depth(document.text) > _DEEPEST or len(document.text) > _LONGEST:
        raise SourceError("too deeply nested or too long to be analysed")
    text = document.text.replace("\t", " ") if document.path.endswith(".json") else document.text
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    roots: list[Node] = []
    stack: list[_Open] = []
    try:
        for event in yaml.parse(text, Loader=loader):
            _take(event, document, stack, roots)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SourceError("cannot be parsed as YAML", mark.line + 1 if mark else 1) from error
    except RecursionError as error:
        raise SourceError("nested too deeply to be analysed") from error
    return roots


def walk(roots: list[Node]) -> Iterator[Node]:
    """Every node, parents before children, in the order of the text."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Mapping):
            stack.extend(part for pair in reversed(node.pairs) for part in reversed(pair))
        elif isinstance(node, Items):
            stack.extend(reversed(node.items))


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKET.finditer(text):
        depth = depth + 1 if match.group() in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


@dataclass(slots=True)
class _Open:
    node: Mapping | Items
    key: Node | None = None

    def add(self, node: Node) -> None:
        if isinstance(self.node, Items):
            self.node.items.append(node)
        elif self.key is None:
            self.key = node
        else:
            self.node.pairs.append((self.key, node))
            self.key = None


def _take(event: object, document: Document, stack: list[_Open], roots: list[Node]) -> None:
    from yaml import events

    if isinstance(event, events.CollectionEndEvent):
        closed = stack.pop().node
        closed.span = (closed.span[0], _index(event.end_mark))
        return
    node: Node
    if isinstance(event, events.ScalarEvent):
        node = _scalar(event, document)
    elif isinstance(event, events.AliasEvent):
        node = Alias(_marks(event))
    elif isinstance(event, events.MappingStartEvent):
        node = Mapping(_marks(event), bool(event.flow_style))
    elif isinstance(event, events.SequenceStartEvent):
        node = Items(_marks(event), bool(event.flow_style))
    else:
        return
    if stack:
        stack[-1].add(node)
    else:
        roots.append(node)
    if isinstance(node, Mapping | Items):
        stack.append(_Open(node))


def _marks(event: events.Event) -> Span:
    return _index(event.start_mark), _index(event.end_mark)


def _index(mark: object) -> int:
    return int(getattr(mark, "index", 0))


def _scalar(event: object, document: Document) -> Scalar:
    from yaml import events

    assert isinstance(event, events.ScalarEvent)
    start, end = _marks(event)
    raw = document.text[start:end]
    quoted = raw[:1] in ("'", '"') and len(raw) > 1
    content = (start + 1, end - 1) if quoted else (start, end)
    exact = document.text[content[0] : content[1]] == event.value
    return Scalar(event.value, (start, end), content if exact else None, event.style in ("|", ">"))
