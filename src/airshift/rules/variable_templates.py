"""`Variable.get` of a DAG file as a template, where its value only ever becomes a rendered field of an operator.

https://airflow.apache.org/docs/apache-airflow/stable/templates-ref.html#airflow-variables-in-templates
"""

from __future__ import annotations

import ast
import json
import re

from airshift.engine.facts import Call, ModuleFacts
from airshift.fix.rewrites import ReplaceExpression, Rewrite
from airshift.records import dataclass
from airshift.rules.base import RuleContext
from airshift.rules.rendered_only import RenderedOnly

LATER = "the Variable is read when the task runs, and a value that is a template itself is no longer rendered"

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_KEY = re.compile(r"[\w.\-/:@ ]+", re.ASCII)
_DEFAULT = re.compile(r"[\w.\-/:@ ,;=+*?&$#()\[\]<>|~^!]*", re.ASCII)
_FILE = re.compile(r"\.[A-Za-z]\w*\s*$")
_OWN = frozenset({"get", "var"})
"""Attributes that `var.value` itself has."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A look-up, the expression that a template can stand for, and the template."""

    node: ast.expr
    path: str
    is_text: bool
    """Whether Python's value certainly is a text; a value of JSON may be anything."""


def as_template(facts: ModuleFacts, context: RuleContext, call: Call) -> tuple[Rewrite, ...]:
    """The template in the place of `Variable.get(...)`; nothing where anything but rendering needs the value."""
    look = _look(facts, call.node)
    if (
        look is None
        or not call.certain
        or _has_comment(facts, look)
        or not facts.once(RenderedOnly, context).has(look.node, look.is_text)
    ):
        return ()
    return (ReplaceExpression(look.node, json.dumps(f"{{{{ {look.path} }}}}")),)


def _has_comment(facts: ModuleFacts, look: _Look) -> bool:
    """Whether a comment would go with the call."""
    return facts.source.segment(look.node).count("#") > look.path.count("#")


def _look(facts: ModuleFacts, call: ast.Call) -> _Look | None:
    given = _given(call)
    key = _plain(given.get("key"), _KEY)
    default = _plain(given.get("default"), _DEFAULT)
    is_json = _flag(given.get("deserialize_json"))
    if key is None or is_json is None or ("default" in given and (default is None or is_json)):
        return None
    look = _Look(call, _path("json" if is_json else "value", key, default), not is_json)
    return _as_text(facts, _into(facts, look) if is_json else look)


def _given(call: ast.Call) -> dict[str, ast.expr]:
    """The arguments by the names of the Task SDK; none of an argument that no release knows, and of the old name.

    `default_var` is renamed by a fix of its own first.
    """
    names = ("key", "default", "deserialize_json")
    if len(call.args) > len(names) or any(isinstance(one, ast.Starred) for one in call.args):
        return {}
    found = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg not in names:
            return {}
        found[keyword.arg] = keyword.value
    return found


def _plain(node: ast.expr | None, allowed: re.Pattern[str]) -> str | None:
    """A text that means the same inside of a template, and names no template file."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    is_file = allowed is _DEFAULT and _FILE.search(node.value)
    return node.value if allowed.fullmatch(node.value) and not is_file else None


def _flag(node: ast.expr | None) -> bool | None:
    """The value of a flag that is off by default; None where it is not written out."""
    if node is None:
        return False
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None


def _path(accessor: str, key: str, default: str | None) -> str:
    if default is not None:
        return f"var.{accessor}.get('{key}', '{default}')"
    if _IDENTIFIER.fullmatch(key) and key not in _OWN:
        return f"var.{accessor}.{key}"
    return f"var.{accessor}.get('{key}')"


def _into(facts: ModuleFacts, look: _Look) -> _Look:
    """With the items that are read off a value of JSON."""
    parent = facts.parents.get(id(look.node))
    match parent:
        case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Load()) if _KEY.fullmatch(key):
            return _into(facts, _Look(parent, f"{look.path}['{key}']", is_text=False))
        case ast.Subscript(slice=ast.Constant(value=int(number)), ctx=ast.Load()) if number is not True:
            return _into(facts, _Look(parent, f"{look.path}[{number:d}]", is_text=False))
    return look


def _as_text(facts: ModuleFacts, look: _Look) -> _Look:
    parent = facts.parents.get(id(look.node))
    match parent:
        case ast.Call(func=ast.Name(id="str"), args=[only], keywords=[]) if only is look.node:
            if not facts.names.bindings_of(parent.func):
                return _Look(parent, look.path, is_text=True)
    return look
