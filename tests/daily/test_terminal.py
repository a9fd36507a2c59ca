"""At a terminal: colours, width, progress, completion, and answers to mistyped words."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from airshift.catalogue import Catalogue
from airshift.cli.app import run
from airshift.cli.bars import new_bar
from airshift.output import columns as output_columns
from airshift.output.terminal import Look, look_of

OLD = "from airflow.operators.bash_operator import BashOperator\n"


def at_a_terminal(*command: str, columns: int = 80, **environment: str) -> str:
    """What a command prints when both its outputs are a terminal."""
    import fcntl
    import struct
    import termios

    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    own = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")}
    settings = {**own, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment}
    process = subprocess.Popen(command, stdout=writer, stderr=writer, stdin=writer, env=settings)
    os.close(writer)
    found = b""
    while True:
        try:
            read = os.read(reader, 65536)
        except OSError:
            break
        if not read:
            break
        found += read
    process.wait(60)
    os.close(reader)
    return found.decode()


@pytest.fixture
def old(tmp_path: Path) -> str:
    (tmp_path / "old.py").write_text(OLD)
    return str(tmp_path / "old.py")


CHECK = (sys.executable, "-m", "airshift", "check")


def test_a_terminal_gets_colours_unless_it_wants_none(old: str) -> None:
    assert "\x1b[1;31mAS104 error:\x1b[0m" in at_a_terminal(*CHECK, old)
    assert "\x1b" not in at_a_terminal(*CHECK, old, NO_COLOR="1")
    assert "\x1b" not in at_a_terminal(*CHECK, old, TERM="dumb")


def test_lines_fit_the_terminal(old: str) -> None:
    for columns in (60, 100):
        plain = at_a_terminal(*CHECK, old, columns=columns, NO_COLOR="1").replace("\r", "")
        lines = [line for line in plain.splitlines() if not line.startswith(("Found", "  -->"))]
        assert max(map(len, lines)) <= columns
        assert any(len(line) > columns * 0.7 for line in lines)


@pytest.mark.parametrize(
    ("terminal", "environment", "colour"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_who_decides_about_colours(terminal: bool, environment: dict[str, str], colour: bool) -> None:
    class Stream(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return terminal

    look = look_of(Stream(), environment)
    assert (look.colour, bool(look.width)) == (colour, terminal)


def test_a_file_gets_no_colours(old: str, tmp_path: Path) -> None:
    at_a_terminal(*CHECK, old, "--output", str(tmp_path / "out.txt"))
    assert "\x1b" not in (tmp_path / "out.txt").read_text()


def test_nothing_is_painted_without_colours() -> None:
    from airshift.output.terminal import Shade

    assert Look().paint("x", Shade.ERROR) == "x"


# Progress


BAR = """
import time
from airshift.cli.progress import progress_bar
with progress_bar("Checking", few=1) as show:
    for done in range(1, 31):
        time.sleep(0.05)
        show(done, 30)
"""


def test_a_terminal_gets_a_bar_with_rate_and_remaining_time() -> None:
    text = at_a_terminal(sys.executable, "-c", BAR, columns=100)
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", text)
    assert re.search(r"Checking .*\d+/30 +\d+/s +0:00:0\d", plain), plain


def test_nothing_else_gets_a_bar() -> None:
    done = subprocess.run([sys.executable, "-c", BAR], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""


def test_the_rate_is_left_out_until_it_is_known() -> None:
    bar = new_bar(Console(file=io.StringIO(), width=80))
    bar.add_task("Checking", total=9)
    console = Console(file=io.StringIO(), width=80)
    console.print(bar.get_renderable())
    output = console.file
    assert isinstance(output, io.StringIO)
    assert "/s" not in output.getvalue()


# Completion


def completed(*words: str) -> list[str]:
    """What bash would offer for the last word."""
    environment = {
        **os.environ,
        "_AIRSHIFT_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["airshift", *words]),
        "COMP_CWORD": str(len(words)),
    }
    command = str(Path(sys.executable).parent / "airshift")
    done = subprocess.run([command], capture_output=True, text=True, check=False, env=environment)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("che",), ["check"]),
        (("check", "--stat"), ["--statistics"]),
        (("check", "--format", "gi"), ["github", "gitlab"]),
        (("check", "--target", "mwaa-3.3"), ["mwaa-3.3.1"]),
        (("config", "s"), ["show"]),
    ],
)
def test_the_shell_completes(words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(*words) == offered


@pytest.mark.parametrize("words", [("explain", "AS10"), ("check", "--select", "AS10")])
def test_the_shell_completes_rule_codes(words: tuple[str, ...]) -> None:
    assert completed(*words) == [code for code in Catalogue.load().rules if code.startswith("AS10")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_can_be_shown(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**os.environ, "_AIRSHIFT_COMPLETE": f"source_{shell}"}
    command = str(Path(sys.executable).parent / "airshift")
    done = subprocess.run([command], capture_output=True, text=True, check=True, env=environment)
    assert "_AIRSHIFT_COMPLETE=complete_" in done.stdout


# Mistyped words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chekc", "."], "Did you mean 'check'"),
        (["verfy"], "Did you mean 'verify'?"),
        (["config", "shwo"], "Did you mean 'show'?"),
        (["check", ".", "--staistics"], "--statistics"),
        (["check", ".", "--format", "gitlub"], "gitlab"),
        (["explain", "AS1O4"], "did you mean AS104?"),
        (["explain", "AS10"], "those that begin so: AS101, AS102"),
        (["explain", "AIR301"], "no rule 'AIR301'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "said",
)
def test_a_mistyped_word_is_answered_with_the_right_one(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(arguments) == 2
    assert said in capsys.readouterr().err


CELLS = st.lists(
    st.tuples(*[st.text(st.characters(categories=("L", "N")), max_size=70)] * 4), min_size=1, max_size=5
)


@given(rows=CELLS, width=st.integers(60, 200))
def test_rows_fit_the_terminal_and_are_whole_in_a_file(rows: list[tuple[str, ...]], width: int) -> None:
    assert all(len(line) <= width for line in output_columns.columns(rows, Look(width=width)))
    for row, line in zip(rows, output_columns.columns(rows), strict=True):
        assert line.startswith(row[0])
        assert line.endswith(row[-1])


def test_what_is_cut_says_so() -> None:
    row = ("a_dag_with_a_rather_long_name_that_matters", "x" * 50, "dags/some/where.py:1")
    assert list(output_columns.columns([row])) == [f"{row[0]}  {'x' * 39}…  {row[2]}"]
    (narrow,) = output_columns.columns([row], Look(width=60))
    assert len(narrow) == 60
    assert narrow.count("…") >= 2


def test_the_inventory_names_whole_dags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a_dag_whose_name_says_everything_about_what_it_does"
    (tmp_path / "dag.py").write_text(f"from airflow import DAG\nDAG('{name}', schedule=None)\n")
    assert run(["inventory", str(tmp_path)]) == 0
    assert name in capsys.readouterr().out
    assert run(["simulate", str(tmp_path)]) in (0, 1)
    assert name in capsys.readouterr().out
