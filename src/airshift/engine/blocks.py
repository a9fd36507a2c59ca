"""Branches of a module: which binding can reach which use, and what guards a block."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum

from airshift.engine.syntax import walk

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class Guard(StrEnum):
    """Why a block may not run on every version."""

    NONE = "none"
    TYPE_CHECKING = "type_checking"
    IMPORT_ERROR = "import_error"
    VERSION = "version"

    @property
    def negated(self) -> Guard:
        """The guard of the `else` arm: a version test guards both arms."""
        return self if self is Guard.VERSION else Guard.NONE


@dataclass(slots=True, eq=False)
class Block:
    """One arm of a branching statement; the root block of a scope has no parent."""

    parent: Block | None
    statement: int
    arm: int
    guard: Guard = Guard.NONE
    in_handler: bool = False
    loop: bool = False

    def dominates(self, other: Block) -> bool:
        """Whether reaching `other` means having passed through this block."""
        current: Block | None = other
        while current is not None:
            if current is self or (
                current.parent is self.parent
                and current.statement == self.statement
                and current.arm == self.arm
                and self.parent is not None
            ):
                return True
            current = current.parent
        return False

    def excludes(self, other: Block) -> bool:
        """Whether the two blocks are different arms of one `if`, `match` or set of handlers."""
        if self.parent is None:
            return False
        arms = {id(block.parent): block for block in self.path() if block.parent is not None}
        for block in other.path():
            mine = arms.get(id(block.parent))
            if mine is None or block.parent is None or mine.statement != block.statement:
                continue
            if mine.arm != block.arm:
                return not (mine.loop or _body_before_handler(mine, block))
        return False

    def path(self) -> list[Block]:
        """This block and those around it, innermost first."""
        found: list[Block] = []
        current: Block | None = self
        while current is not None:
            found.append(current)
            current = current.parent
        return found

    def guards(self) -> frozenset[Guard]:
        """Every guard this block stands under."""
        return frozenset(block.guard for block in self.path()) - {Guard.NONE}

    @property
    def is_exhaustive_try(self) -> bool:
        """Whether this is an arm of a top-level try whose handlers catch a failed import."""
        return self.guard is Guard.IMPORT_ERROR and self.parent is not None and self.parent.parent is None


def _body_before_handler(mine: Block, other: Block) -> bool:
    """A try body has partly run when one of its handlers runs."""
    return not mine.in_handler and other.in_handler


def guard_of_if(test: ast.expr) -> Guard:
    """What the test of an `if` statement guards against."""
    if not _is_short(test) or not any(_is_telling(node) for node in walk(test)):
        return Guard.NONE
    text = ast.unparse(test).lower()
    if text in ("type_checking", "typing.type_checking", "t.type_checking"):
        return Guard.TYPE_CHECKING
    if "airflow" in text and ("version" in text or "airflow_v_" in text):
        return Guard.VERSION
    return Guard.NONE


def _is_telling(node: ast.AST) -> bool:
    """Whether a name or text could make a test one of the guards; writing the test out is slow."""
    for field in ("id", "attr", "arg", "value"):
        word = getattr(node, field, "")
        if isinstance(word, bytes):
            word = str(word)
        if isinstance(word, str) and ("airflow" in (lower := word.lower()) or "type_checking" in lower):
            return True
    return False


def _is_short(test: ast.expr) -> bool:
    return test.end_lineno == test.lineno and (test.end_col_offset or 0) - test.col_offset < 200


def guard_of_try(node: ast.Try | ast.TryStar) -> Guard:
    """IMPORT_ERROR when a handler would catch a failed import."""
    for handler in node.handlers:
        if handler.type is None or _catches_import_error(handler.type):
            return Guard.IMPORT_ERROR
    return Guard.NONE


def _catches_import_error(type_: ast.expr) -> bool:
    if isinstance(type_, ast.Tuple):
        return any(_catches_import_error(item) for item in type_.elts)
    return isinstance(type_, ast.Name) and type_.id in _IMPORT_ERRORS
