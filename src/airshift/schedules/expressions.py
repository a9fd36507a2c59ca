"""Read dates, periods, time zones and timetables off their source text, without running it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airshift.schedules.timetables import Assets
from airshift.schedules.vocabulary import ASSETS, CALLS, METHODS, NotStaticError


def evaluate(text: str, now: datetime) -> Any:
    """The value of an expression over dates, periods, zones and timetables; raise NotStaticError for others.

    `now` is what `datetime.now()`, `days_ago` and the like count from.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotStaticError("not a Python expression") from error
    try:
        return _Evaluator(now).value(tree.body)
    except (ValueError, TypeError, OverflowError, ArithmeticError, AttributeError) as error:
        raise NotStaticError(str(error)) from error


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


@dataclass(frozen=True, slots=True)
class _Evaluator:
    now: datetime

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value):
                return value
            case ast.UnaryOp(ast.USub(), operand):
                return -self.value(operand)
            case ast.BinOp(left, ast.BitOr() | ast.BitAnd(), right):
                return self._both_assets(left, right)
            case ast.BinOp(left, symbol, right) if type(symbol) in _OPERATORS:
                return _OPERATORS[type(symbol)](self.value(left), self.value(right))
            case ast.List(items) | ast.Tuple(items) | ast.Set(items):
                return [self.value(item) for item in items]
            case ast.Attribute(attr="utc" | "UTC"):
                return UTC
            case ast.Call(callee):
                return self._call(_last_name(callee), node)
            case _:
                raise NotStaticError(f"{ast.unparse(node)} is known only when the code runs")

    def _both_assets(self, left: ast.expr, right: ast.expr) -> Assets:
        if all(isinstance(self.value(side), Assets) for side in (left, right)):
            return Assets()
        raise NotStaticError("only assets are joined by | and &")

    def _call(self, name: str, node: ast.Call) -> Any:
        if name in ASSETS:
            return Assets()
        if name in METHODS and isinstance(node.func, ast.Attribute):
            changed = self._changed(name, node)
            if changed is not None:
                return changed
        build = CALLS.get(name)
        if build is None:
            raise NotStaticError(f"{name or ast.unparse(node.func)}(...) is known only when the code runs")
        if any(isinstance(item, ast.Starred) for item in node.args) or any(
            keyword.arg is None for keyword in node.keywords
        ):
            raise NotStaticError(f"the arguments of {name} are known only when the code runs")
        arguments = [self.value(argument) for argument in node.args]
        keywords = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg}
        return build(self.now, *arguments, **keywords)

    def _changed(self, name: str, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Attribute)
        try:
            subject = self.value(node.func.value)
        except NotStaticError:
            return None
        if not isinstance(subject, datetime):
            return None
        arguments = [self.value(argument) for argument in node.args]
        keywords = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg}
        return METHODS[name](subject, *arguments, **keywords)


def _last_name(callee: ast.expr) -> str:
    if isinstance(callee, ast.Attribute):
        return callee.attr
    return callee.id if isinstance(callee, ast.Name) else ""
