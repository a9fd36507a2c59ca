"""What is changed by a splice is exactly what libcst makes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.fix import calls, imports
from airshift.fix.changes import (
    CallChange,
    CannotRewrite,
    ItemChange,
    KeywordAddition,
    KeywordChange,
    change_call,
    change_dict,
)
from airshift.fix.new_imports import NewImport, change_import
from airshift.fix.plain_lists import change_plain_call, change_plain_dict

NAMES = st.sampled_from(["a", "B", "c_d", "E2", "ünï"])
MODULES = st.sampled_from(["airflow.x", "airflow.x.y", "m"])

IMPORT_LAYOUTS = [
    "{}",
    "\\\n    {}",
    "({})",
    "({},)",
    "( {} )",
    *["(\n    {},\n)"] * 3,
    "(\n    {}\n)",
    "{}  # why",
]


@st.composite
def rewritten_imports(draw: st.DrawFn) -> tuple[str, dict[int, NewImport | None], list[NewImport]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    aliases = [f"{n} as {n}_" if draw(st.booleans()) else n for n in names]
    layout = draw(st.sampled_from(IMPORT_LAYOUTS))
    bracketed = [", ", ",\n    ", ",\n    ", ",  # why\n    ", " , ", ", \\\n    "]
    joints = st.sampled_from(bracketed if "(" in layout else [", ", ", \\\n    ", ","])
    inner = aliases[0] + "".join(draw(joints) + alias for alias in aliases[1:])
    broken = draw(st.sampled_from([" ", " ", " \\\n    "]))
    text = f"from {draw(MODULES)}{broken}import {layout.format(inner)}"
    if draw(st.integers(0, 4)) == 0:
        text = f"import {', '.join(aliases)}"
    chosen = draw(st.sets(st.integers(0, len(names) - 1)))
    new = st.builds(NewImport, MODULES, NAMES, NAMES)
    moved = {index: draw(st.none() | new) for index in sorted(chosen)}
    return text, moved, draw(st.lists(new, max_size=2))


@given(rewritten_imports())
@settings(max_examples=300)
def test_imports(case: tuple[str, dict[int, NewImport | None], list[NewImport]]) -> None:
    text, moved, added = case
    assert change_import(text, moved, added) == imports.change_import(text, moved, added)


def _outcome(by: Callable[[], str]) -> str:
    try:
        return by()
    except CannotRewrite as error:
        return f"refused: {error}"


@pytest.mark.parametrize(
    "text",
    [
        "DAG('x', schedule_interval=None)",
        "DAG(\n    'x',  # id\n    schedule_interval = None,\n)",
        "f(ä='ö', schedule_interval=g(schedule_interval=1))",
        "f('ä', x=1,\n  schedule_interval=(2))",
        "f(schedule=1, schedule_interval=2)",
        "f(x=1)",
        "f(**schedule_interval)",
        "f(schedule_interval=1)(schedule_interval=2)",
        "f(\r\n  schedule_interval=1)",
    ],
)
def test_a_renamed_keyword(text: str) -> None:
    change = KeywordChange("schedule_interval", "schedule", None)

    assert _outcome(lambda: change_call(text, change)) == _outcome(lambda: calls.change_call(text, [change]))


VALUES = st.sampled_from(
    [
        "1",
        "'x, y'",
        "g(a=1)",
        "[\n    1,\n]",
        "(2)",
        "x if y else z",
        "lambda: 0",
        "ä",
        "{**k}",
        "[  # why\n    1]",
    ]
)
LAYOUTS = ["f({})", "f( {} )", "f(\n    {}\n)", "f(\n    {}\n    )", "f(\n  {})", "a.b({})(c)", "a[0]({})"]
JOINTS = [", ", ",", " , ", ",\n    ", ",\n\n    ", ",  # why\n    "]
CLOSINGS = ["", ",", ", ", ",\n", "\n    ", "  # end\n"]


@st.composite
def changed_calls(draw: st.DrawFn) -> tuple[str, CallChange]:
    names = draw(st.lists(st.sampled_from(["old", "new", "other", "one"]), max_size=3, unique=True))
    equal = draw(st.sampled_from(["=", "=", " = "]))
    first = draw(st.sampled_from([[], [], ["p"], ["*p"], ["i for i in p"]]))
    last = draw(st.sampled_from([[], [], ["**q"]]))
    arguments = [*first, *(f"{name}{equal}{draw(VALUES)}" for name in names), *last]
    inner = draw(st.sampled_from(JOINTS)).join(arguments) + (
        draw(st.sampled_from(CLOSINGS)) if arguments else ""
    )
    text = draw(st.sampled_from(LAYOUTS)).format(inner)
    change: CallChange = draw(
        st.builds(KeywordChange, st.just("old"), st.sampled_from([None, "new", "old"]), st.none() | VALUES)
        | st.builds(KeywordAddition, st.sampled_from(["added", "one"]), VALUES)
    )
    return text, change


@given(changed_calls())
@settings(max_examples=500)
def test_changed_calls(case: tuple[str, CallChange]) -> None:
    text, change = case
    assert _outcome(lambda: change_call(text, change)) == _outcome(lambda: calls.change_call(text, [change]))


@st.composite
def changed_dicts(draw: st.DrawFn) -> tuple[str, list[ItemChange]]:
    keys = draw(
        st.lists(
            st.sampled_from(["'a'", '"b"', "r'c'", "'d' 'e'", "'f\\''", "g", "('h')"]), min_size=1, max_size=4
        )
    )
    colon = draw(st.sampled_from([": ", ":", " : "]))
    items = [f"{key}{colon}{draw(VALUES)}" for key in keys]
    items += draw(st.sampled_from([[], [], ["**q"]]))
    inner = draw(st.sampled_from(JOINTS)).join(items) + draw(st.sampled_from(CLOSINGS))
    text = draw(st.sampled_from(["{%s}", "{ %s }", "{\n    %s\n}", "{\n    %s}"])) % inner
    chosen = draw(st.lists(st.integers(0, len(items) - 1), min_size=1, max_size=2, unique=True))
    change = st.tuples(st.sampled_from([None, "new", "a"]), st.none() | VALUES)
    return text, [ItemChange(index, *draw(change)) for index in chosen]


@given(changed_dicts())
@settings(max_examples=500)
def test_changed_dicts(case: tuple[str, list[ItemChange]]) -> None:
    text, changes = case
    assert _outcome(lambda: change_dict(text, changes)) == _outcome(lambda: calls.change_dict(text, changes))


def test_plain_dicts_do_without_libcst() -> None:
    for layout in ("{%s}", "{\n    %s,\n}"):
        text = layout % "'a': 1, 'b': 2"
        for change in (ItemChange(1, None, None), ItemChange(0, "c", None), ItemChange(1, "c", "3")):
            assert change_plain_dict(text, [change]) is not None


def test_plain_calls_do_without_libcst() -> None:
    for layout in ("f({})", "f(\n    {},\n)"):
        text = layout.format("a=1")
        assert change_plain_call(text, KeywordAddition("b", "2")) is not None
        assert change_plain_call(text, KeywordChange("a", None, None)) is not None
        assert change_plain_call(text, KeywordChange("a", "b", "2")) is not None
