"""What is changed by a splice is exactly what libcst makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.fix import calls, imports
from airshift.fix.changes import CallChange, CannotRewrite, KeywordChange, change_call
from airshift.fix.new_imports import NewImport, change_import

NAMES = st.sampled_from(["a", "B", "c_d", "E2", "ünï"])
MODULES = st.sampled_from(["airflow.x", "airflow.x.y", "m"])


@st.composite
def rewritten_imports(draw: st.DrawFn) -> tuple[str, dict[int, NewImport | None], list[NewImport]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    aliases = [f"{n} as {n}_" if draw(st.booleans()) else n for n in names]
    layout = draw(st.sampled_from(["{}", "({})", "(\n    {},\n)", "{}  # why"]))
    text = f"from {draw(MODULES)} import {layout.format(', '.join(aliases))}"
    chosen = draw(st.sets(st.integers(0, len(names) - 1)))
    new = st.builds(NewImport, MODULES, NAMES, NAMES)
    moved = {index: draw(st.none() | new) for index in sorted(chosen)}
    return text, moved, draw(st.lists(new, max_size=2))


@given(rewritten_imports())
def test_imports(case: tuple[str, dict[int, NewImport | None], list[NewImport]]) -> None:
    text, moved, added = case
    assert change_import(text, moved, added) == imports.change_import(text, moved, added)


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

    def outcome(by: object) -> str:
        try:
            return by()  # type: ignore[operator, no-any-return]
        except CannotRewrite as error:
            return f"refused: {error}"

    changes: list[CallChange] = [change]
    assert outcome(lambda: change_call(text, change)) == outcome(lambda: calls.change_call(text, changes))
