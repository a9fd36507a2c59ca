"""Answers survive a kill in the middle of a line."""

from __future__ import annotations

from pathlib import Path

from airshift.verify.journal import Journal


def test_what_was_added_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "answers.jsonl")
    assert journal.read() == {}
    journal.add({"path": "a.py", "error": None})
    journal.add({"path": "b.py", "error": "x"})
    journal.add({"path": "a.py", "error": "newer"})
    assert {path: one["error"] for path, one in journal.read().items()} == {"a.py": "newer", "b.py": "x"}


def test_a_line_that_was_cut_off_is_not_read_and_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    journal = Journal(file)
    journal.add({"path": "a.py"})
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole + b'\n{"path": "b.py", "error": "' + whole[:length])
        journal.add({"path": "c.py"})
        assert set(journal.read()) >= {"a.py", "c.py"}
        assert set(journal.read()) <= {"a.py", "c.py"}
