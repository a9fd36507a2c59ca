"""Paths of the local disk in a module: where they stand, which task uses them, and whether it writes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import FunctionNode
from airshift.platforms.model import Paths
from airshift.rules.constructors import TASK_DECORATORS, constructors

_WORD = re.compile(
    r"(?<![\w:/.$@=-])(?:(?P<write>>{1,2}|-o|-O|--output|tee(?:\s+-a)?)\s*)?['\"]?(?P<path>/[\w./{}%-]+)"
)
_MODE = re.compile(r"[wax+]")


@dataclass(frozen=True, slots=True)
class PathUse:
    """A path that begins with a known text, in a call that takes one."""

    path: str
    node: ast.expr
    task: str
    """The task that uses it: a function that a task runs, or the call of an operator; empty outside of tasks."""
    writes: bool


def path_uses(facts: ModuleFacts, paths: Paths) -> Iterator[PathUse]:
    """Every use of an absolute path, in the order of the file."""
    tasks = _Tasks(facts)
    for site in facts.names.calls:
        call = site.node
        for node, writes in _path_arguments(facts, call, paths):
            text = _beginning(facts, node)
            if text is not None and text.startswith("/"):
                yield PathUse(text, node, tasks.around(call), writes)
        command = next((keyword.value for keyword in call.keywords if keyword.arg == "bash_command"), None)
        text = _beginning(facts, command) if command is not None else None
        if command is not None and text is not None:
            for word in _WORD.finditer(text):
                yield PathUse(word["path"], command, tasks.around(call), word["write"] is not None)


def _path_arguments(facts: ModuleFacts, call: ast.Call, paths: Paths) -> Iterator[tuple[ast.expr, bool]]:
    names = facts.names_of(call.func) or _builtin(call.func)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if names & paths.functions:
        for number, argument in enumerate(call.args[:2]):
            yield argument, _writes(call, names, number)
    elif method in paths.writers | paths.readers:
        yield from ((argument, method in paths.writers) for argument in call.args[:1])
    for keyword in call.keywords:
        if keyword.arg in paths.arguments:
            yield keyword.value, method in paths.writers


def _builtin(node: ast.expr) -> frozenset[str]:
    return frozenset({f"builtins.{node.id}"}) if isinstance(node, ast.Name) else frozenset()


def _writes(call: ast.Call, names: frozenset[str], number: int) -> bool:
    if names & {"builtins.open", "io.open", "zipfile.ZipFile", "tarfile.open"}:
        mode = call.args[1] if len(call.args) > 1 else None
        mode = next((keyword.value for keyword in call.keywords if keyword.arg == "mode"), mode)
        return bool(_MODE.search(literal_text(mode) or ""))
    return number == 1 and any(name.startswith("shutil.") for name in names)


def _beginning(facts: ModuleFacts, node: ast.expr) -> str | None:
    """The text of an expression as far as it is known from the left."""
    values = facts.values_of(node)
    if len(values) != 1:
        return None
    match values[0]:
        case ast.Constant(str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(str(text)), *rest]):
            return text + ("{}" if rest else "")
        case ast.BinOp(left, ast.Add(), _):
            found = _beginning(facts, left)
            return f"{found}{{}}" if found is not None else None
        case _:
            return None


class _Tasks:
    """Which functions of a module tasks run."""

    def __init__(self, facts: ModuleFacts) -> None:
        self._facts = facts
        self._run = {
            id(function)
            for found in constructors(facts)
            if (argument := found.argument("python_callable")) is not None
            and (function := facts.function_of(argument.value)) is not None
        }
        self._operators = {id(found.call): found for found in constructors(facts) if found.role.makes_task}

    def around(self, call: ast.Call) -> str:
        """The task a call belongs to; empty when that is none, or not known."""
        name = ""
        node: ast.AST | None = call
        while node is not None:
            if id(node) in self._operators and not name:
                found = self._operators[id(node)].argument("task_id")
                task_id = literal_text(found.value) if found is not None else None
                name = task_id or f"the task at line {self._operators[id(node)].call.lineno}"
            if isinstance(node, FunctionNode) and (id(node) in self._run or self._decorated(node)):
                return node.name
            node = self._facts.parents.get(id(node))
        return name

    def _decorated(self, node: FunctionNode) -> bool:
        heads = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
        names = {name for head in heads for name in self._facts.names_of(head)}
        return any(name.startswith(one) for name in names for one in TASK_DECORATORS)
