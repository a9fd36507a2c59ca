"""One file that takes too long is given up, and the others get their results."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from airshift import patience
from airshift.checking import rule_context
from airshift.estate.inventory import build_inventory
from airshift.files import EstateFile, Listing
from airshift.fix.files import fix_file
from airshift.judge import check_file
from airshift.patience import GaveUpError, at_most
from airshift.rules.base import RuleContext
from airshift.targets import parse_target, parse_version

RAW = b"from airflow import DAG\n" + b"a = 1\n" * 50


@pytest.fixture
def context() -> RuleContext:
    return rule_context(parse_target("3.3.1"), parse_version("2.10.3"))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on one file spins, and little is waited for."""

    def spin(*_: object, **__: object) -> None:
        deadline = time.process_time() + 5
        while time.process_time() < deadline:
            pass
        raise AssertionError("nobody gave up")

    monkeypatch.setattr(patience.at_most.__wrapped__, "__defaults__", (0.05,))
    monkeypatch.setattr("airshift.judge.judge", spin)
    monkeypatch.setattr("airshift.fix.files.judge", spin)
    monkeypatch.setattr("airshift.estate.reading.Interpreter", spin)


@pytest.mark.usefixtures("slow")
def test_check_gives_up_and_says_so(context: RuleContext) -> None:
    problem = check_file("dags/a.py", RAW, context).problem
    assert problem is not None
    assert problem.reason == "gave up after 0.05 s of processor time"


@pytest.mark.usefixtures("slow")
def test_fix_gives_up_and_changes_nothing(context: RuleContext) -> None:
    found = fix_file("dags/a.py", RAW, context)
    assert (found.refused, found.after) == ("gave up after 0.05 s of processor time", RAW)


@pytest.mark.usefixtures("slow")
def test_the_inventory_gives_up_on_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(RAW)
    listing = Listing(tmp_path, (EstateFile(tmp_path / "a.py", "a.py"),), ())
    _, problems = build_inventory(listing, jobs=1)
    assert [problem.reason for problem in problems] == ["gave up after 0.05 s of processor time"]


def test_an_except_clause_on_the_way_does_not_keep_it() -> None:
    with pytest.raises(GaveUpError), at_most(0.05):
        for _ in range(10_000_000):
            try:
                sum(range(100))
            except Exception:
                raise AssertionError from None


def test_waiting_is_not_working() -> None:
    with at_most(0.05):
        time.sleep(0.15)


def test_the_outer_bound_counts() -> None:
    with pytest.raises(GaveUpError, match=r"after 0\.05 s"), at_most(0.05), at_most(60):
        for _ in range(100_000_000):
            pass


def test_afterwards_nothing_is_bounded() -> None:
    with at_most(0.02):
        pass
    deadline = time.process_time() + 0.05
    while time.process_time() < deadline:
        pass
