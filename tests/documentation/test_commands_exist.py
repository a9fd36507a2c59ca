"""Every command line of README and documentation is one that airshift takes, also where it cannot be run here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from airshift.cli.app import app
from documentation.consoles import ROOT, blocks

GENERATED = {ROOT / "docs" / "cli.md", ROOT / "docs" / "rules.md"}
PAGES = sorted(
    {ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "howto").glob("*.md")} - GENERATED
)
_END = re.compile(r"\s(?:#|\||>|2>|&&|;)|[|;>]$")


def command_lines(page: Path) -> Iterator[str]:
    """What a page has typed after `airshift`, continued lines joined."""
    for block in blocks(page):
        if block.kind in {"", "sh", "console", "bash"}:
            for line in block.body.replace("\\\n", " ").splitlines():
                found = re.match(r"\$ airshift (.+)" if block.kind == "console" else r"airshift (.+)", line)
                if found:
                    yield _END.split(f"{found[1]} ")[0].strip()


def wrong(line: str) -> str:
    """What airshift has against a command line, without running it."""
    words = shlex.split(line)
    if "..." in words:
        return ""
    command: Any = typer.main.get_command(app)
    context = typer.Context(command)
    try:
        while hasattr(command, "resolve_command") and words[:1] != ["--version"]:
            _, command, words = command.resolve_command(context, words)
            context = typer.Context(command, context)
        command.make_context("", words, context.parent)
    except typer.Exit:
        return ""
    except Exception as error:
        if not hasattr(error, "exit_code"):
            raise
        return str(error)
    return ""


def test_pages_show_commands() -> None:
    assert len([line for page in PAGES for line in command_lines(page)]) > 80


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_a_page_exist(page: Path) -> None:
    assert [(line, told) for line in command_lines(page) if (told := wrong(line))] == []


@pytest.mark.parametrize(
    "line",
    ["chek .", "check . --taget 3.3.1", "env sho", "check", "check . --format jsn", "config show --jobs 2"],
)
def test_what_airshift_does_not_take_is_noticed(line: str) -> None:
    assert wrong(line)


@pytest.mark.parametrize("line", ["check .", "--version", "wave run 1 --blue mwaa:a --green mwaa:b"])
def test_what_airshift_takes_is_fine(line: str) -> None:
    assert wrong(line) == ""
