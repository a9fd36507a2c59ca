"""The closed vocabulary of rewrites a rule can ask for.

A rule says *what* has to become different in terms of the syntax tree; how the text changes, with
comments, commas and imports, is decided once for the whole file (airshift.fix.apply).
Texts may hold `{0}`, `{1}` ... which stand for the local names of the rewrite's `imports`.
"""

from __future__ import annotations

import ast

from airshift.engine.names import FunctionNode, ImportName
from airshift.records import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """A name that the rewritten text uses: `from module import name`, or `import module` (name None).

    With a `fallback` (module, name) the import becomes a guarded pair.
    """

    module: str
    name: str | None = None
    fallback: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class MoveImport:
    """The imported name now is `module.name` (or the module `module`, when `name` is None).

    Every use of the local name is renamed with it; where one cannot be (it is exported, uncertain or
    the new name is taken), the old local name is kept: `from airflow.sdk import Asset as Dataset`.
    With a `fallback` (module, name) the import becomes a guarded pair: the new home, else the fallback.
    """

    imported: ImportName
    module: str
    name: str | None
    fallback: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class DropImport:
    """The import is no longer needed; the hit is refused while a use is left that it does not replace."""

    imported: ImportName


@dataclass(frozen=True, slots=True)
class ReplaceExpression:
    """Put `text` in the place of an expression."""

    node: ast.expr
    text: str
    imports: tuple[Needs, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeKeyword:
    """Rename a keyword argument of a call, change its value, or (name None) remove it.

    A rename onto a keyword that is already written removes the old one.
    """

    call: ast.Call
    keyword: ast.keyword
    name: str | None
    value: str | None = None
    imports: tuple[Needs, ...] = ()


@dataclass(frozen=True, slots=True)
class AddKeyword:
    """Add a keyword argument at the end of a call's arguments."""

    call: ast.Call
    name: str
    value: str
    imports: tuple[Needs, ...] = ()


@dataclass(frozen=True, slots=True)
class NameArguments:
    """Turn the positional arguments from index `start` on into keywords of the given names."""

    call: ast.Call
    start: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """Rename the string key of a dict display, change its value, or (key None) remove the item."""

    display: ast.Dict
    index: int
    key: str | None
    value: str | None = None
    imports: tuple[Needs, ...] = ()


@dataclass(frozen=True, slots=True)
class DropDecorator:
    """Remove a decorator line."""

    function: FunctionNode | ast.ClassDef
    decorator: ast.expr


@dataclass(frozen=True, slots=True)
class DropParameter:
    """Remove a parameter from a function's signature."""

    function: FunctionNode
    name: str


@dataclass(frozen=True, slots=True)
class ReplaceText:
    """Put `text` in the place of the bytes `start:end`, e.g. inside a template string."""

    start: int
    end: int
    text: str
    imports: tuple[Needs, ...] = ()


@dataclass(frozen=True, slots=True)
class DropStatement:
    """Remove a statement; a body left empty gets `pass`."""

    node: ast.stmt


Rewrite = (
    MoveImport
    | DropImport
    | ReplaceExpression
    | ChangeKeyword
    | AddKeyword
    | NameArguments
    | ChangeItem
    | DropDecorator
    | DropParameter
    | ReplaceText
    | DropStatement
)
