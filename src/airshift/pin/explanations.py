"""Reads what a resolver says when nothing fits: whom it blames, and which pins stand against whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from airshift.pin.grammar import Package
from airshift.pin.pins import canonical
from airshift.redact import redact_text

_LONGEST = 2400
"""Characters of an explanation; both ends are kept, since the last sentence names the culprits."""

_NOISE = (
    "Using Python",
    "warning:",
    "hint:",
    "Resolved ",
    "Traceback",
    "File ",
    "WARNING",
    "error: No solution",
)
_BUILD = re.compile(r"(?:Failed to build|Failed building wheel for) `?(?P<what>[A-Za-z0-9][\w.=+-]*)`?")
_INCLUDED = re.compile(r"was included because (?P<chain>[^\n]+)")
_DEPENDS = re.compile(
    r"(?P<who>[A-Za-z0-9][\w.-]*(?:\[[\w,-]*\])?(?:[<>=!~][^\s,]*(?:,[<>=!~]\S*)*)?(?: \d[\w.]*)?)"
    r" depends? on (?P<what>[A-Za-z0-9][\w.-]*)(?:\[[\w,-]*\])?(?P<bound>[<>=!~][^\s;]*)"
)
_IMPOSSIBLE = re.compile(r"resolvers\.ResolutionImpossible: \[(?P<parts>.*)\]")
_PART = re.compile(
    r"Requirement\((?P<quote>['\"])(?P<bound>.+?)(?P=quote)\), "
    r"parent=(?:None|(?:\w+\(base=)?\w+\('(?:[^'/\s]*/)*(?P<file>[^'/#?\s]+))"
)
_FILE = re.compile(r"(?P<name>.+?)-(?P<version>\d[\w.+!]*?)(?:-.*|\.tar.*|\.zip)?\Z")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Clash:
    """One dependency that a pin stands against."""

    who: str
    """The dependant with its versions, as the resolver spells it."""
    name: str
    bound: str
    pinned: str

    def __str__(self) -> str:
        return f"{self.who} needs {self.name}{self.bound}, pinned is {self.pinned}"


def explain(stderr: str) -> str:
    """Return what the resolver said as one line without secrets, paths of its folder or colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stderr)
    built = _BUILD.search(plain)
    if built:
        chain = _INCLUDED.search(plain)
        because = f" ({redact_text(chain['chain'].replace('`', ''))})" if chain else ""
        return f"{built['what'].strip('.')} cannot be built from source{because}"
    impossible = _IMPOSSIBLE.search(plain)
    if impossible:
        return redact_text("; ".join(dict.fromkeys(map(_said, _PART.finditer(impossible["parts"])))))
    lines = [line.strip(" │├╰─▶╭×·|") for line in plain.splitlines()]
    kept = [line.removeprefix("cause: ") for line in lines if line and not line.startswith(_NOISE)]
    text = redact_text(" ".join(kept))
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} [...] {text[-_LONGEST // 2 :]}"
    return text or "the resolver gave no reason"


def clashes(explanation: str, pins: Mapping[str, str]) -> tuple[Clash, ...]:
    """Return the bounds in an explanation that a pin does not meet: for each pin, those of the newest dependant."""
    found: dict[str, Clash] = {}
    for match in _DEPENDS.finditer(explanation):
        name, bound = canonical(match["what"]), match["bound"].rstrip(".,")
        pinned = pins.get(name, "")
        if not pinned or _meets(pinned, bound):
            continue
        known = found.get(name)
        if known is None or _newest(known.who) < _newest(match["who"]):
            found[name] = Clash(match["who"], name, bound, pinned)
    return tuple(found.values())


def blamed_for(explanation: str, packages: Sequence[Package]) -> list[Package]:
    """Return whom the resolver's last sentence names, else whom the explanation names at all."""
    last = re.split(r"(?<=\.)\s+(?=And because|Because)", explanation)[-1]
    for text in (last, explanation):
        names = {canonical(word) for word in _WORD.findall(text)}
        found = [package for package in packages if package.key in names]
        if found:
            return found
    return []


def short(explanation: str, width: int = 300) -> str:
    """Return the end of an explanation, where the conclusion stands."""
    return explanation if len(explanation) <= width else f"[...] {explanation[-width:].partition(' ')[2]}"


def _said(part: re.Match[str]) -> str:
    """Spell out one of the requirements that pip could not bring together."""
    bound = part["bound"].partition(";")[0].replace(" ", "")
    if not part["file"]:
        return f"you require {bound}"
    parent = _FILE.match(part["file"])
    who = f"{canonical(parent['name'])} {parent['version']}" if parent else part["file"]
    return f"{who} depends on {bound}"


def _meets(version: str, bound: str) -> bool:
    from packaging.specifiers import InvalidSpecifier

    from airshift.pin.versions import admits

    try:
        return admits(bound, version)
    except InvalidSpecifier:
        return True


def _newest(who: str) -> tuple[int, ...]:
    """Order dependants by the highest version they mention; one without versions stands for all."""
    numbers: Iterable[str] = re.findall(r"\d+(?:\.\d+)*", _NAME.sub("", who, count=1))
    return max((tuple(map(int, number.split("."))) for number in numbers), default=())
