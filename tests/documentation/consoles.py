"""Console blocks of documents, run as a reader would run them: one shell a page, from the first to the last.

A block is a fence called `console`. A line that begins with `$ ` is a command (with its here-document), the lines
below it are what it prints: `...` stands for any lines, or within a line for any text. A command without such lines
may print what it likes. It has to end with 0, unless the next command is `echo $?`. A comment `<!-- not run: why -->`
before a block says that it needs something that tests do not have.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]+) -->\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S
)
_HERE = re.compile(r"<<\s*'?(\w+)'?")
_START, _END = "\x1e", "\x1f"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document."""

    kind: str
    body: str
    why_not_run: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command line with what a document says about its output."""

    text: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did."""

    command: Command
    code: int
    printed: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    for found in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield Block(found["kind"], found["body"], found["why"] or "")


def commands(page: Path) -> list[Command]:
    """The commands of a page that can be run, in order."""
    shown = (block.body for block in blocks(page) if block.kind == "console" and not block.why_not_run)
    return [command for body in shown for command in _commands(body)]


def _commands(body: str) -> Iterator[Command]:
    lines = iter(body.splitlines())
    text, expected = "", list[str]()
    for line in lines:
        if not line.startswith("$ "):
            expected.append(line)
            continue
        if text:
            yield Command(text, tuple(expected))
        text, expected = line[2:], []
        if here := _HERE.search(text):
            for more in lines:
                text += f"\n{more}"
                if more == here[1]:
                    break
    if text:
        yield Command(text, tuple(expected))


def _outside_of_make() -> dict[str, str]:
    """A `make` that knows it was started by another one prints more."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


def run(todo: list[Command], folder: Path, environment: Mapping[str, str]) -> list[Outcome]:
    """Run commands in one shell, which starts in `folder`."""
    done = subprocess.run(
        ["bash"],
        input="\n".join(_scripted(command) for command in todo),
        cwd=folder,
        env={**_outside_of_make(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    parts = done.stdout.split(_START)[1:]
    return [Outcome(command, *_outcome(part)) for command, part in zip(todo, parts, strict=True)]


def _scripted(command: Command) -> str:
    return f"printf '{_START}'; (exit ${{__code:-0}})\n{command.text}\n__code=$?; printf '{_END}%d' $__code"


def _outcome(part: str) -> tuple[int, str]:
    printed, _, code = part.rpartition(_END)
    return int(code), printed


def complaints(outcomes: list[Outcome]) -> Iterator[str]:
    """Where a page does not say what happens."""
    for outcome, following in zip(outcomes, [*outcomes[1:], None], strict=True):
        asked = following is not None and following.command.text == "echo $?"
        if outcome.code and not asked:
            yield f"$ {outcome.command.text}\nended with {outcome.code}:\n{outcome.printed}"
        elif not _agrees(outcome):
            told = "\n".join(outcome.command.expected)
            yield f"$ {outcome.command.text}\nprinted:\n{outcome.printed}\ninstead of:\n{told}"


def _agrees(outcome: Outcome) -> bool:
    expected = outcome.command.expected
    while expected and not expected[-1]:
        expected = expected[:-1]
    if not expected:
        return True
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else f"{_line(line)}\n" for line in expected)
    return re.fullmatch(pattern, outcome.printed.rstrip("\n") + "\n") is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("..."))
