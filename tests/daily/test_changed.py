"""Changed files only, standard input, and checking again when files change."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.watching import states, watch

OLD = "from airflow.operators.bash_operator import BashOperator\n"


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On branch `work`, with `committed.py` committed since main, and one file of each other kind."""
    root = tmp_path / "repository"
    (root / "dags").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    for name in ("old", "edited", "staged", "deleted", "wrapped"):
        (root / "dags" / f"{name}.py").write_text(OLD)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    git(root, "checkout", "-q", "-b", "work")
    (root / "dags" / "committed.py").write_text(OLD)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "two")
    git(root, "checkout", "-q", "main")
    (root / "dags" / "elsewhere.py").write_text(OLD)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "three")
    git(root, "checkout", "-q", "work")
    (root / "dags" / "edited.py").write_text("\n" + OLD)
    (root / "dags" / "staged.py").write_text("\n" + OLD)
    git(root, "add", "dags/staged.py")
    (root / "dags" / "deleted.py").unlink()
    (root / "dags" / "ünknown file.py").write_text(OLD)
    (root / ".gitignore").write_text("ignored.py\n")
    (root / "dags" / "ignored.py").write_text(OLD)
    monkeypatch.chdir(root)
    return root


def reported(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    capsys.readouterr()
    assert run(["check", *arguments, "--format", "json"]) in (0, 1)
    return [found["path"] for found in json.loads(capsys.readouterr().out)["findings"]]


UNCOMMITTED = ["edited.py", "staged.py", "ünknown file.py"]


def test_changed_alone_is_what_is_not_committed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reported(capsys, "--changed", "dags") == UNCOMMITTED
    assert reported(capsys, "dags", "--changed") == UNCOMMITTED
    assert reported(capsys, "dags", "--changed", "--select", "AS1") == UNCOMMITTED


def test_changed_since_a_branch_counts_from_where_they_parted(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reported(capsys, "dags", "--changed", "main") == ["committed.py", *UNCOMMITTED]
    assert reported(capsys, "--changed=main", ".") == [
        f"dags/{name}" for name in ["committed.py", *UNCOMMITTED]
    ]


def test_unchanged_files_are_taken_into_account(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`edited.py` gets its operator through a module that has not changed."""
    (repository / "dags" / "wrapped.py").write_text(
        "from airflow.operators.bash_operator import BashOperator as B\n"
    )
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "four")
    (repository / "dags" / "edited.py").write_text(
        "from wrapped import B\nB(task_id='a', bash_command='b', sla=1)\n"
    )
    assert reported(capsys, "dags", "--changed") == ["edited.py"]
    (repository / "dags" / "wrapped.py").write_text("B = print\n")
    assert reported(capsys, "dags", "--changed", "HEAD") == []


def test_a_file_that_cannot_be_read_matters_when_it_changed(repository: Path) -> None:
    (repository / "dags" / "old.py").write_text("import airflow\nprint 'x'\n")
    assert run(["check", "dags", "--changed"]) == 3
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "four")
    assert run(["check", "dags", "--changed"]) == 0


@pytest.mark.parametrize("base", ["no-such-branch", "--output=x", "HEAD:dags", ""])
def test_a_base_that_is_no_commit_is_a_usage_error(
    repository: Path, capsys: pytest.CaptureFixture[str], base: str
) -> None:
    assert run(["check", "dags", f"--changed={base}"]) == (2 if base else 1)
    assert not base or f"--changed {base}" in capsys.readouterr().err


def test_without_a_repository_there_is_nothing_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text(OLD)
    assert run(["check", str(tmp_path), "--changed"]) == 2
    assert "git says: " in capsys.readouterr().err


# Standard input


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    raw = io.BytesIO(OLD.encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw))
    return raw


def test_standard_input_is_checked(stdin: io.BytesIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                   capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["check", "-", "--format", "concise"]) == 1
    assert capsys.readouterr().out.startswith("stdin.py:1:45: AS104 error [*]")


def test_the_name_of_standard_input_decides_about_settings(
    stdin: io.BytesIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "airshift.toml").write_text('[per-file-ignores]\n"dags/legacy/" = ["AS1"]')
    monkeypatch.chdir(tmp_path)
    assert run(["check", "-", "--stdin-filename", "dags/new.py"]) == 1
    assert "dags/new.py:1:45" in capsys.readouterr().out
    stdin.seek(0)
    assert run(["check", "-", "--stdin-filename", "dags/legacy/new.py"]) == 0


@pytest.mark.parametrize(("name", "code"), [("airflow.cfg", "AS80"), ("a.py", "")])
def test_the_name_of_standard_input_says_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[core]\ndag_concurrency = 3\n")))
    run(["check", "-", "--stdin-filename", name, "--format", "concise", "--quiet"])
    assert (code in capsys.readouterr().out) == bool(code) or not code


def test_an_excluded_name_is_left_alone_when_forced(
    stdin: io.BytesIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["check", "-", "--stdin-filename", "vendored/a.py", "--extend-exclude", "vendored/"]
    assert run(arguments) == 1
    stdin.seek(0)
    assert run([*arguments, "--force-exclude"]) == 0


@pytest.mark.parametrize("option", ["--changed", "--ruff", "--report-unused", "--watch"])
def test_standard_input_refuses_what_needs_files(stdin: io.BytesIO, option: str) -> None:
    assert run(["check", "-", option]) == 2


# Watching


def test_watching_checks_once_and_after_each_change(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("1")
    seen: list[str] = []
    changes = iter(["", "22", "", "", "333"])

    def wait() -> bool:
        text = next(changes, None)
        if text:
            file.write_text(text)
        return text is not None

    watch(lambda: seen.append(file.read_text()), lambda: states([file, tmp_path / "gone"]), wait)
    assert seen == ["1", "22", "333"]


def test_a_change_while_checking_is_not_missed(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("1")
    seen: list[str] = []

    def check() -> None:
        seen.append(file.read_text())
        if len(seen) == 1:
            file.write_text("22")

    turns = iter([True, True, False])
    watch(check, lambda: states([file]), lambda: next(turns))
    assert seen == ["1", "22"]


def watching(root: Path, terminal: bool) -> str:
    """What `check --watch` prints while a file is repaired."""
    command = [sys.executable, "-m", "airshift", "check", str(root), "--watch", "--format", "concise"]
    reader, writer = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        command, stdout=writer, stderr=subprocess.STDOUT, env={**os.environ, "NO_COLOR": "1"}
    )
    os.close(writer)
    text = ""
    try:
        for wanted, then in (("AS104", "x = 1\n"), ("No findings", None)):
            deadline = time.monotonic() + 60
            while wanted not in text.rpartition("AS104")[2] + ("AS104" if "AS104" in text else ""):
                assert time.monotonic() < deadline, text
                text += os.read(reader, 65536).decode()
            if then is not None:
                while "Watching" not in text:
                    text += os.read(reader, 65536).decode()
                (root / "a.py").write_text(then)
    finally:
        process.send_signal(2)
        assert process.wait(30) == 0
        os.close(reader)
    return text


@pytest.mark.parametrize("terminal", [False, True])
def test_watching_clears_the_screen_on_a_terminal_only(tmp_path: Path, terminal: bool) -> None:
    (tmp_path / "a.py").write_text(OLD)
    assert ("\x1b[2J" in watching(tmp_path, terminal)) == terminal
