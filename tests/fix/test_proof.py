"""What is proven line by line holds for the whole file."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.engine.facts import ModuleFacts
from airshift.engine.source import Source
from airshift.fix import proof
from airshift.fix.edits import Splice, spliced

MODULES = (
    """\
from airflow import DAG
import os; import sys

with DAG("a", schedule_interval=None,
         tags=["x"]) as dag:  # head
    # above
    one = Op(task_id="one")
    if one:
        two = f(one.x, y=1)
    else: pass
    one >> two
""",
    """\
@dag(
    schedule=None,
)
def build(x, *, y=2):
    '''text
  of two lines'''
    try:
        return x \\
            + y
    except (A, b.C) as error:
        raise
    finally:
        done()
class Mine(Base):
\tname = "m"
\tdef run(self): return self.name
""",
    """\
x = {
    "a": 1,  # one
}
match x:
    case {"a": n} if n:
        print(f"{n!r} {x}")
    case _:
        y = lambda q: q
async def go():
    async with a as b:
        await b
for i in x: print(i)
last = 1""",
)
WORDS = [
    "",
    "pass",
    "x",
    "a.b",
    "lambda",
    "None",
    "(",
    ")",
    ":",
    "# c",
    "'",
    "y = 1",
    "else:",
    "x, y=1",
    "*",
    "f(1,\n2)",
    ";",
]
LINES = [
    "\n",
    "    ",
    "\t",
    "\\\n",
    "  y = 1\n",
    "import z\n",
    "a\n    b",
    "a\nb",
    "@deco\n",
    "if q:\n        pass\n",
    "\r",
    "\f",
]
TEXTS = st.sampled_from([*WORDS, *LINES])


@st.composite
def changed_modules(draw: st.DrawFn) -> tuple[ModuleFacts, list[Splice]]:
    text = draw(st.sampled_from(MODULES)).encode()
    lines = [0] + [at + 1 for at, byte in enumerate(text) if byte == 10]
    words = [at for at in range(1, len(text)) if text[at : at + 1].isalnum() != text[at - 1 : at].isalnum()]
    places = st.sampled_from([*lines, *words, *words, len(text)])
    count = draw(st.sampled_from([2, 2, 4]))
    ends = sorted(draw(st.lists(places, min_size=count, max_size=count)))
    pairs = zip(ends[::2], ends[1::2], strict=True)
    made = [Splice(start, end, draw(TEXTS).encode()) for start, end in pairs]
    return ModuleFacts(Source.from_bytes("dags/a.py", text)), made


@given(changed_modules())
@settings(max_examples=1500)
def test_pieces_never_promise_too_much(case: tuple[ModuleFacts, list[Splice]]) -> None:
    facts, made = case
    if proof._pieces_parse(facts, made):
        changed = spliced(facts.source.utf8, made)
        ast.parse(changed.decode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schedule_interval", "schedule"),
        ("Op(task_id=", "new.Op(task_id="),
        ("import DAG", "import (\n    DAG,\n)"),
        ('"a", schedule_interval=None', '"a"'),
        ("one.x", "g(one)"),
        ("from airflow import DAG\n", ""),
    ],
)
def test_usual_changes_are_proven_without_the_rest_of_the_file(old: str, new: str) -> None:
    facts = ModuleFacts(Source.from_bytes("dags/a.py", MODULES[0].encode()))
    start = MODULES[0].index(old)
    assert proof._pieces_parse(facts, [Splice(start, start + len(old), new.encode())])


@pytest.mark.parametrize(
    ("old", "new"), [("x", "f"), ("tags", "lambda"), ("one", "None"), ("DAG", "models.DAG")]
)
def test_a_name_is_no_proof_where_it_could_be_something_else(old: str, new: str) -> None:
    text = f'{old}"text"\n' if old == "x" else f"call({old}=1)\n"
    start = text.index(old)
    assert not proof._is_name_for_name(text.encode(), Splice(start, start + len(old), new.encode()))
