"""Find airflow commands and flags that the target no longer has, in shell text and argument lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from airshift._data import data_folder
from airshift.around.matches import Match
from airshift.around.shellwords import Word, commands
from airshift.findings import Applicability
from airshift.records import dataclass
from airshift.tables import read_table
from airshift.targets import Target

_SKIPPED = frozenset(
    [
        "then",
        "do",
        "else",
        "elif",
        "if",
        "while",
        "until",
        "!",
        "{",
        "exec",
        "time",
        "nohup",
        "command",
        "eval",
        "builtin",
    ]
)
_WRAPPERS = frozenset(
    [
        "sudo",
        "env",
        "gosu",
        "su-exec",
        "timeout",
        "nice",
        "docker",
        "docker-compose",
        "podman",
        "podman-compose",
        "kubectl",
        "oc",
        "xargs",
        "poetry",
        "uv",
        "pipenv",
        "hatch",
        "pdm",
        "tini",
        "dumb-init",
        "watch",
        "retry",
        "stdbuf",
        "coverage",
        "./run.sh",
        "/entrypoint",
        "/usr/bin/dumb-init",
    ]
)
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ash"})


@dataclass(frozen=True, slots=True)
class _Command:
    words: tuple[str, ...]
    since: tuple[int, int]
    to: str
    keep: frozenset[str] | None
    why: str


@dataclass(frozen=True, slots=True)
class _Flag:
    commands: frozenset[tuple[str, ...]]
    names: frozenset[str]
    since: tuple[int, int]
    until: tuple[int, int]
    to: str
    drop: str
    why: str


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of commands that was one command of Airflow 1.10."""

    name: str
    to: str
    arguments: bool
    """Whether the old command took arguments besides flags."""

    def is_old(self, following: str) -> bool:
        """Whether the word behind the group's name is what only Airflow 1.10 takes there."""
        if following in ("-h", "--help", "create") or following.startswith("$"):
            return False
        return following.startswith("-") or self.arguments


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The table of rules/cli.toml."""

    commands: tuple[_Command, ...]
    flags: tuple[_Flag, ...]
    groups: tuple[_Group, ...]
    fab: frozenset[str]
    top: frozenset[str]

    @classmethod
    @cache
    def load(cls) -> CommandLine:
        """The table that ships with airshift, read once a process."""
        table = read_table(data_folder("rules") / "cli.toml")
        return cls(
            tuple(sorted((_command(row) for row in table["command"]), key=lambda row: -len(row.words))),
            tuple(_flag(row) for row in table["flag"]),
            tuple(_Group(row["name"], row["to"], row.get("arguments", False)) for row in table["group"]),
            frozenset(table["fab"]["commands"]),
            frozenset(table["top"]["commands"]),
        )

    @property
    def first_words(self) -> frozenset[str]:
        """What the command lines that matter begin with."""
        flags = (words[0] for row in self.flags for words in row.commands)
        return self.fab | {row.words[0] for row in self.commands} | frozenset(flags)


def check_command(text: str, target: Target) -> Iterator[Match]:
    """Check shell text; offsets are those of the text."""
    for words in commands(text):
        yield from check_words(words, text, target)


def check_words(words: Sequence[Word], text: str, target: Target) -> Iterator[Match]:
    """Check one command given as words of a text; the script given to `sh -c` is looked into."""
    start = _first(words)
    if start >= len(words):
        return
    if _base(words[start].text) in _SHELLS:
        yield from _script(words[start + 1 :], text, target)
        return
    at = airflow_at(words)
    if at is not None:
        yield from check_arguments(words[at + 1 :], target)


def airflow_at(words: Sequence[Word]) -> int | None:
    """Index of the word that runs airflow in a simple command, if it does."""
    start = _first(words)
    if start >= len(words):
        return None
    first = _base(words[start].text)
    if first == "airflow":
        return start
    if first.startswith("python") and len(words) > start + 2 and words[start + 1].text == "-m":
        return start + 2 if words[start + 2].text == "airflow" else None
    if first in _WRAPPERS or words[start].text in _WRAPPERS:
        named = [
            at for at in range(start + 1, len(words)) if _base(words[at].text.partition(":")[0]) == "airflow"
        ]
        return next((at for at in named if at + 1 not in named), None)
    return None


def check_arguments(arguments: Sequence[Word], target: Target) -> Iterator[Match]:
    """Check what follows the word `airflow`."""
    table = CommandLine.load()
    names = [word.text for word in arguments]
    minor = target.release[:2]
    for row in table.commands:
        if row.since <= minor and tuple(names[: len(row.words)]) == row.words:
            yield _gone(row, arguments)
            return
    for group in table.groups:
        if names[:1] == [group.name] and len(names) > 1 and group.is_old(names[1]):
            yield _old_group(group, arguments)
            return
    if names and names[0] in table.fab and target.platform != "mwaa":
        word = arguments[0]
        message = (
            f"`airflow {names[0]}` exists only with the FAB auth manager, which is no longer the default"
        )
        yield Match("AS832", (word.start, word.end), message, names[0])
    for flag in table.flags:
        if flag.since <= minor < flag.until:
            yield from _flags(flag, arguments, target)


def _gone(row: _Command, arguments: Sequence[Word]) -> Match:
    old = " ".join(row.words)
    words, rest = arguments[: len(row.words)], arguments[len(row.words) :]
    span = (words[0].start, words[-1].end)
    instead = f"use `airflow {row.to}`" if row.to else ""
    message = "; ".join(part for part in (f"`airflow {old}` is gone", instead, row.why) if part)
    used = {word.text.partition("=")[0] for word in rest if word.text.startswith("-")}
    if not row.to or row.keep is None or used - row.keep:
        return Match("AS830", span, message, old)
    edits = _renamed(words, row.to)
    return Match("AS830", span, message, old, edits, Applicability.SAFE if edits else Applicability.MANUAL)


def _old_group(group: _Group, arguments: Sequence[Word]) -> Match:
    span = (arguments[0].start, arguments[0].end)
    message = f"`airflow {group.name}` with these arguments is Airflow 1.10's; use `airflow {group.to}`"
    return Match("AS830", span, message, group.name)


def _renamed(words: Sequence[Word], to: str) -> tuple[tuple[tuple[int, int], str], ...]:
    """Edits that put the new words in; items of an argument list are replaced one by one or not at all."""
    new = to.split()
    if any(word.end - word.start != len(word.text) for word in words):
        return ()
    if len(new) == len(words):
        pairs = zip(words, new, strict=True)
        return tuple(((word.start, word.end), text) for word, text in pairs if word.text != text)
    if any(word.quoted for word in words):
        return ()
    return (((words[0].start, words[-1].end), to),)


def _flags(flag: _Flag, arguments: Sequence[Word], target: Target) -> Iterator[Match]:
    command = next(
        (row for row in flag.commands if tuple(word.text for word in arguments[: len(row)]) == row), None
    )
    if command is None:
        return
    rest = arguments[len(command) :]
    for at, word in enumerate(rest):
        name = word.text.partition("=")[0]
        if name not in flag.names:
            continue
        called = " ".join(command)
        advice = f"use {flag.to}" if flag.to else flag.why
        message = "; ".join(part for part in (f"`airflow {called}` no longer takes {name}", advice) if part)
        edits = _flag_edits(flag, word, rest[at + 1] if at + 1 < len(rest) else None)
        applicability = Applicability.SAFE if edits else Applicability.MANUAL
        yield Match("AS831", (word.start, word.start + len(name)), message, name, edits, applicability)


def _flag_edits(flag: _Flag, word: Word, following: Word | None) -> tuple[tuple[tuple[int, int], str], ...]:
    name = word.text.partition("=")[0]
    if word.end - word.start != len(word.text):
        return ()
    if word.quoted and not flag.to:
        return ()
    if flag.to:
        return (((word.start, word.start + len(name)), flag.to),)
    if flag.drop == "flag" and following is not None and "=" not in word.text:
        return (((word.start, following.start), ""),)
    if flag.drop == "all":
        return (((word.start, following.start if following else word.end), ""),)
    return ()


def _script(words: Sequence[Word], text: str, target: Target) -> Iterator[Match]:
    for at, word in enumerate(words[:-1]):
        flagged = word.text.startswith("-") and word.text.endswith("c")
        if not flagged:
            continue
        script = words[at + 1]
        for start, end in script.quoted:
            yield from (match.moved(start) for match in check_command(text[start:end], target))
        return


def _first(words: Sequence[Word]) -> int:
    at = 0
    while at < len(words) and (words[at].text in _SKIPPED or _is_assignment(words[at].text)):
        at += 1
    return at


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _base(word: str) -> str:
    return word.rpartition("/")[2]


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _command(row: dict[str, object]) -> _Command:
    keep = row.get("keep")
    flags = frozenset(str(flag) for flag in keep) if isinstance(keep, Iterable) else None
    words = tuple(str(row["name"]).split())
    return _Command(words, _minor(str(row["since"])), str(row.get("to", "")), flags, str(row.get("why", "")))


def _flag(row: dict[str, object]) -> _Flag:
    listed, names = row["commands"], row["names"]
    assert isinstance(listed, list) and isinstance(names, list)
    return _Flag(
        frozenset(tuple(str(name).split()) for name in listed),
        frozenset(str(name) for name in names),
        _minor(str(row["since"])),
        _minor(str(row.get("until", "99.0"))),
        str(row.get("to", "")),
        str(row.get("drop", "")),
        str(row.get("why", "")),
    )
