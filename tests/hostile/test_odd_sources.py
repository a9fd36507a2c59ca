"""Files that are deep, cut off or in odd encodings get an answer, and what is fixed still parses."""

from __future__ import annotations

import ast

import pytest

from airshift.checking import rule_context
from airshift.fix.files import fix_file
from airshift.judge import check_file
from airshift.targets import parse_target, parse_version
from airshift_dev.odd_sources import odd_sources

CONTEXT = rule_context(parse_target("3.3.1"), parse_version("2.10.3"))
SMALL = [(name, raw) for name, raw in odd_sources() if len(raw) < 150_000]


@pytest.mark.parametrize(("name", "raw"), SMALL, ids=[name for name, _ in SMALL])
def test_an_odd_file_is_answered(name: str, raw: bytes) -> None:
    problem = check_file("dags/a.py", raw, CONTEXT).problem
    fixed = fix_file("dags/a.py", raw, CONTEXT, unsafe=True)
    for reason in (problem.reason if problem else "", fixed.refused):
        assert not reason.startswith(("internal error", "gave up"))
    if fixed.changed:
        ast.parse(fixed.after)


def test_there_are_odd_files_of_every_sort() -> None:
    names = {name for name, _ in SMALL}
    assert {"parentheses", "nested calls", "a nul byte", "UTF-16", "coding rot13", "Python 2"} <= names
    assert max(len(raw) for _, raw in odd_sources()) > 5_000_000


def test_what_python_reads_is_checked_in_other_encodings_too() -> None:
    raw = dict(odd_sources())["coding latin-1"]
    assert check_file("dags/a.py", raw, CONTEXT).problem is None
