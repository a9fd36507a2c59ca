"""Every command of the how-tos runs and prints what they say."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from documentation.consoles import ROOT, Command, Outcome, blocks, commands, complaints, run

HOW_TOS = sorted((ROOT / "docs" / "howto").glob("*.md"))
TUTORIAL = ROOT / "docs" / "tutorial.md"
SHELLS = {"sh", "bash", "shell", ""}


def surroundings(home: Path) -> dict[str, str]:
    """What the shell of a reader has: airshift, a name for git, and no settings of this machine."""
    person = {"NAME": "A reader", "EMAIL": "reader@example.com"}
    git = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()}
    return git | {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "NO_COLOR": "1",
    }


@pytest.mark.oracle
@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.stem)
def test_how_tos_do_what_they_say(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    outcomes = run(commands(page), folder, surroundings(tmp_path))
    assert len(outcomes) > 4
    assert "\n\n".join(complaints(outcomes)) == ""


@pytest.mark.parametrize("page", [*HOW_TOS, TUTORIAL], ids=lambda page: page.stem)
def test_every_command_of_a_page_is_run_or_says_why_not(page: Path) -> None:
    hidden = [block.body for block in blocks(page) if block.kind in SHELLS]
    assert hidden == [], "commands belong into a console block"
    for block in blocks(page):
        if block.kind == "console":
            assert block.body.startswith("$ ")
            assert not block.why_not_run or len(block.why_not_run) > 10


def said(text: str, expected: str, code: int = 0) -> list[str]:
    """What is wrong with a command that prints a text where a page expects another."""
    return list(complaints([Outcome(Command("x", tuple(expected.splitlines())), code, text)]))


def test_a_page_that_lies_is_noticed() -> None:
    assert said("a\nb\nc\n", "a\n...") == said("a\nb\nc\n", "...\nc") == said("a b c\n", "a...c") == []
    assert said("whatever\n", "") == []
    assert said("a\nb\n", "a") != []
    assert said("b\n", "a") != []
    assert said("a\n", "a", code=1) != []


def test_commands_are_read_with_what_they_print(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ cat > f <<'END'\n$ in a file\nEND\n$ cat f\n...in a file\n```\n\n"
        "<!-- not run: needs a friend -->\n```console\n$ ask\n```\n\n```console\n$ false\n$ echo $?\n1\n$ false\n```\n"
    )
    found = commands(page)
    assert [command.text for command in found] == [
        "cat > f <<'END'\n$ in a file\nEND",
        "cat f",
        "false",
        "echo $?",
        "false",
    ]
    assert found[1].expected == ("...in a file",)
    outcomes = run(found, tmp_path, {})
    assert [outcome.code for outcome in outcomes] == [0, 0, 1, 0, 1]
    assert [text.split("\n")[0] for text in complaints(outcomes)] == ["$ false"]
