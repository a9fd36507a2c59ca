"""Files that import real names of Airflow 1.10 and 2 in every style Python knows (hypothesis strategies)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from airshift.catalogue import Catalogue
from airshift.index import Index, NameStatus
from airshift.rules.moves import move_table

SOURCE = "2.10.3"
KEPT = (
    'TEXT = """from airflow.operators.bash_operator import BashOperator\n  DummyOperator"""',
    "# from airflow.operators.dummy_operator import DummyOperator",
    "value   =  {'schedule_interval' :1 , }   # odd   spacing\t",
    "été = 'ünïcode — 日本'",
    "long = 1 + \\\n    2",
    "\x0c",
    "def plain(context, ds=None,   dag = None): return   ds",
    "if len :\n\tvalue = 'DummyOperator of mine'",
    "lambda_ = lambda execution_date : execution_date",
)
"""Lines that concern no rule: they must come out as they went in."""


@dataclass(frozen=True, slots=True)
class Old:
    """A name and the module it was imported from."""

    module: str
    name: str


@cache
def old_names() -> tuple[Old, ...]:
    """Every (module, name) of the tables of moved names, modules filled by the index of the source version."""
    index, found = Index.load(), set()
    for row in move_table(Catalogue.load()).rows:
        if not row.module.startswith("airflow"):
            continue
        if row.name:
            found.add(Old(row.module, row.name))
            continue
        found.update(Old(row.module, name) for name in row.renamed)
        for name in index.names(row.module, SOURCE):
            if index.status(row.module, name, SOURCE) is not NameStatus.MISSING:
                found.add(Old(row.module, name))
    found = {old for old in found if old.name.isidentifier() and not old.name.startswith("_")}
    return tuple(sorted(found, key=lambda old: (old.module, old.name)))


@cache
def by_module() -> dict[str, tuple[str, ...]]:
    """The names of each old module."""
    found: dict[str, list[str]] = {}
    for old in old_names():
        found.setdefault(old.module, []).append(old.name)
    return {module: tuple(names) for module, names in found.items()}


@st.composite
def statements(draw: st.DrawFn, number: int) -> tuple[str, list[str]]:
    """An import statement in some style, and expressions that use what it binds."""
    module = draw(st.sampled_from(sorted(by_module())))
    names = draw(st.lists(st.sampled_from(by_module()[module]), min_size=1, max_size=3, unique=True))
    style = draw(st.sampled_from(list(STYLES)))
    return STYLES[style](module, names, number)


def _from(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    return f"from {module} import {', '.join(names)}", names


def _aliased(module: str, names: list[str], number: int) -> tuple[str, list[str]]:
    local = [f"{name}_{number}" for name in names]
    pairs = (f"{name} as {alias}" for name, alias in zip(names, local, strict=True))
    return f"from {module} import {', '.join(pairs)}", local


def _parenthesised(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    lines = "".join(f"    # above {name}\n    {name},  # beside {name}\n" for name in names)
    return f"from {module} import (  # first\n{lines}    # last\n)", names


def _backslash(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    joined = ", \\\n        ".join(names)
    return f"from {module} \\\n    import {joined}", names


def _semicolons(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    return "; ".join(["import json", *(f"from {module} import {name}" for name in names), "json"]), names


def _dotted(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    return f"import {module}", [f"{module}.{name}" for name in names]


def _two_dotted(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    return f"import os, {module}, sys", [f"{module}.{name}" for name in names]


def _module_as(module: str, names: list[str], number: int) -> tuple[str, list[str]]:
    return f"import {module} as m{number}", [f"m{number}.{name}" for name in names]


def _module_from(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    package, _dot, last = module.rpartition(".")
    if not package:
        return f"import {module}", [f"{module}.{name}" for name in names]
    return f"from {package} import {last}", [f"{last}.{name}" for name in names]


def _star(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    return f"from {module} import *", names


def _conditional(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    return f"if len('x'):\n    from {module} import {', '.join(names)}", names


def _caught(module: str, names: list[str], _: int) -> tuple[str, list[str]]:
    return f"try:\n    import json\nfinally:\n    from {module} import {', '.join(names)}", names


def _in_function(module: str, names: list[str], number: int) -> tuple[str, list[str]]:
    body = "".join(f"    from {module} import {name}\n" for name in names)
    return f"def f{number}():\n{body}    return {', '.join(names)}", []


def _nested(module: str, names: list[str], number: int) -> tuple[str, list[str]]:
    inner = f"from {module} import ({', '.join(names)},)"
    used = ", ".join(names)
    return f"class C{number}:\n  def m(self):\n\n    def g(): {inner}; return {used}\n    return g", []


STYLES = {
    function.__name__: function
    for function in (
        _from, _aliased, _parenthesised, _backslash, _semicolons, _dotted, _two_dotted, _module_as,
        _module_from, _star, _conditional, _caught, _in_function, _nested,
    )
}  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file with one to four import statements among other lines; returns it and those other lines."""
    count = draw(st.integers(1, 4))
    parts: list[str] = []
    kept: list[str] = []
    used: list[str] = []
    for number in range(count):
        if draw(st.booleans()):
            line = draw(st.sampled_from(KEPT))
            parts.append(line)
            kept.append(line)
        statement, uses = draw(statements(number))
        parts.append(statement)
        used += uses
    for number, use in enumerate(used):
        shape = draw(st.sampled_from(["{0}", "x{1} = [{0}]", "def u{1}(): return {0}", "print({0}, {0})"]))
        parts.append(shape.format(use, number))
    line = draw(st.sampled_from(KEPT))
    parts.append(line)
    kept.append(line)
    return "\n".join(parts) + draw(st.sampled_from(["\n", ""])), kept
