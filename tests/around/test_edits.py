"""Laws of fixes: apply twice is apply once, nothing else changes; and input that would harm."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.around.document import Document
from airshift.around.edits import apply_fixes
from airshift.around.examine import Examined, examine
from airshift.around.fix import fix_file
from airshift.around.nodes import read_nodes, walk
from airshift.around.options import Options
from airshift.errors import SourceError
from airshift.findings import Applicability, Edit, Fix
from airshift.targets import parse_target

TARGET = parse_target("3.3.1")
NAMES = sorted(Options.load().rows)
KEEP = [
    "",
    "# a comment",
    "; another é",
    "[core]",
    "[scheduler]",
    "[webserver]",
    "[api]",
    "own = 1",
    "  more",
    "x: y",
]


def _cfg_line(name: tuple[str, str]) -> str:
    return f"[{name[0]}]\n{name[1]} = a value"


cfg_lines = st.lists(st.one_of(st.sampled_from(KEEP), st.sampled_from(NAMES).map(_cfg_line)), max_size=12)
env_lines = st.lists(
    st.one_of(
        st.sampled_from(["", "# AIRFLOW", "OTHER=é", "AIRFLOW__CORE__PARALLELISM=4", "broken line $X"]),
        st.sampled_from(NAMES).map(lambda name: f"AIRFLOW__{name[0].upper()}__{name[1].upper()}='a # b'"),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(cfg_lines, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_fixing_a_cfg_converges_and_keeps_every_other_line(
    lines: list[str], newline: str, last: bool
) -> None:
    text = newline.join("\n".join(lines).split("\n")) + (newline if last else "")
    once = fix_file("airflow.cfg", text.encode(), TARGET, unsafe=True).after
    assert fix_file("airflow.cfg", once, TARGET, unsafe=True).after == once
    kept = [line for line in text.split(newline) if line.startswith(("#", ";", "["))]
    after = once.decode().split(newline)
    assert not Counter(kept) - Counter(after)


@settings(max_examples=150, deadline=None)
@given(env_lines)
def test_fixing_an_env_file_converges_and_keeps_every_other_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    once = fix_file(".env", text.encode(), TARGET).after
    assert fix_file(".env", once, TARGET).after == once
    others = [line for line in lines if "=" not in line or line.startswith(("OTHER", "#"))]
    after = [line for line in once.decode().split("\n") if line]
    assert [line for line in after if line in others] == [line for line in others if line]


@settings(max_examples=150, deadline=None)
@given(cfg_lines)
def test_bytes_outside_of_the_edits_are_identical(lines: list[str]) -> None:
    text = "\n".join(lines)
    utf8 = text.encode()
    for finding in examine("airflow.cfg", utf8, TARGET).findings:
        if finding.fix is None:
            continue
        after, made = apply_fixes(utf8, [finding.fix])
        assert made == (finding.fix,)
        rest = utf8
        for edit in sorted(finding.fix.edits, reverse=True):
            assert rest[edit.start : edit.end] == edit.expected
            rest = rest[: edit.start] + edit.text + rest[edit.end :]
        assert after == rest


def test_a_fix_is_made_whole_or_not_at_all() -> None:
    first = Fix((Edit(0, 2, b"ab", b"X"),), Applicability.SAFE)
    overlapping = Fix((Edit(1, 3, b"bc", b"Y"), Edit(4, 5, b"e", b"Z")), Applicability.SAFE)
    stale = Fix((Edit(5, 6, b"?", b"!"),), Applicability.SAFE)
    assert apply_fixes(b"abcdef", [first, overlapping, stale]) == (b"Xcdef", (first,))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        ["airflow.cfg", ".env", "Dockerfile", "x.sh", "Makefile", "Procfile", "a.yaml", "a.json", "a.tf", "a.py",
         "requirements.txt", "a.conf"]
    ),
    st.text(alphabet="airflowAIRFLOW__CORE__X=:-[]{}()<>|&;'\"`$#\\\n\t é/v1", max_size=80).map(lambda text: f"airflow {text}"),
)  # fmt: skip
def test_no_text_makes_it_fail(path: str, text: str) -> None:
    examine(path, text.encode(), TARGET)
    fix_file(path, text.encode(), TARGET, unsafe=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="open brackets"),
        pytest.param("[" * 50_000 + "]" * 50_000, id="nested lists"),
        pytest.param("- " * 50_000, id="nested block lists"),
        pytest.param(
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{n}: &{n} [{','.join(['*a'] * 9)}]\n" for n in "bcdefghi"),
            id="aliases of aliases",
        ),
        pytest.param("? " * 20_000, id="nested keys"),
        pytest.param("{{" * 50_000, id="template braces"),
        pytest.param("$(" * 20_000, id="substitutions"),
        pytest.param("'" * 50_001, id="quotes"),
    ],
)
def test_hostile_yaml_takes_no_time(text: str) -> None:
    started = time.process_time()
    for path in ("airflow.yaml", "airflow.json", "airflow.sh", "Dockerfile", "airflow.tf"):
        examine(path, f"# airflow api/v1\n{text}".encode(), TARGET)
    assert time.process_time() - started < 20


def test_a_file_that_is_no_yaml_is_a_problem_with_its_line() -> None:
    problem = examine("airflow.yaml", b"airflow: 1\nconfig: [\n", TARGET).problem
    assert problem is not None
    assert (problem.path, problem.line) == ("airflow.yaml", 3)
    assert examine("airflow.yaml", b"airflow: {{ x }}\nconfig:\n  - b: c\n  d", TARGET).problem is None
    assert examine("airflow.yaml", b"airflow: 1\nnothing: [\n", TARGET) == Examined(
        Document.from_bytes("airflow.yaml", b"airflow: 1\nnothing: [\n")
    )
    assert examine("airflow.cfg", b"\0\1", TARGET).problem is not None


def test_aliases_are_leaves() -> None:
    roots = read_nodes(Document.from_bytes("a.yaml", b"a: &x [1]\nb: *x\n"))
    assert len(list(walk(roots))) == 6
    with pytest.raises(SourceError):
        read_nodes(Document.from_bytes("a.yaml", b"a: ["))
