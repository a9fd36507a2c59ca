"""Turn a regular expression of an .airflowignore file into glob patterns that may mean the same.

The expression has to be made of plain characters, `.`, `.*`, `.+`, simple sets and anchors. Whether a
candidate really means the same is decided by evaluating both on the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PIECE = re.compile(
    r"(?P<any>\.\*)|(?P<some>\.\+)|(?P<slash>/)|(?P<dot>\.)(?![*+?{])"
    r"|(?P<literal>\\[^\w\s]|[\w\- @,:=~%&;]+?)(?![*+?{])"
    r"|(?P<set>\[[\w-]+\])(?![*+?{])"
)
_SPECIAL = re.compile(r"([*?\[\]!\\ ])")


def candidates(pattern: str, *, at_root: bool) -> Iterator[str]:
    """Glob patterns worth trying, the plainest first; none when the expression is beyond them.

    Alternatives become lines of their own; an invalid expression, which Airflow 2 skips, a comment.
    `at_root` says that the ignore file is in the DAG folder itself, so that `^` can be kept.
    """
    if not _is_valid(pattern):
        yield f"# {pattern}"
        return
    parts = pattern.split("|")
    if len(parts) > 1 and not re.search(r"[()\[\\]", pattern):
        yield from _joined(parts, at_root=at_root)
        return
    pattern = re.sub(r"(?<=[\w.])/\*$", "", pattern)
    starts, body = pattern.startswith("^"), pattern.removeprefix("^")
    ends = body.endswith("$") and not body.endswith("\\$")
    body = body[:-1] if ends else body
    if starts and not at_root:
        return
    pieces = _pieces(body)
    if pieces is None:
        return
    starts, pieces = (False, pieces[1:]) if pieces[:1] == ["\0any"] else (starts, pieces)
    ends, pieces = (False, pieces[:-1]) if pieces[-1:] == ["\0any"] else (ends, pieces)
    for across in (False, True):
        yield from _spelled(pieces, starts=starts, ends=ends, across=across)


def _is_valid(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _joined(parts: list[str], *, at_root: bool) -> Iterator[str]:
    each = [list(candidates(part, at_root=at_root)) for part in parts]
    if all(each):
        yield "\n".join(options[0] for options in each)
        yield "\n".join(options[-1] for options in each)


def _pieces(body: str) -> list[str] | None:
    found, at = [], 0
    while at < len(body):
        match = _PIECE.match(body, at)
        if match is None:
            return None
        found.append(_piece(match))
        at = match.end()
    return found


def _piece(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "any":
            return "\0any"
        case "some":
            return "\0some"
        case "dot":
            return "?"
        case "literal":
            return _SPECIAL.sub(r"\\\1", match.group().removeprefix("\\"))
    return match.group()


def _spelled(pieces: list[str], *, starts: bool, ends: bool, across: bool) -> Iterator[str]:
    text = "".join(pieces)
    star = "/**/*" if across else "*"
    text = text.replace("/\0any", "/**/*" if across else "/*").replace("\0some", "?*").replace("\0any", star)
    text = re.sub(r"\*\*/\*(?=/)", "**", text)
    if not text:
        return
    folder = text.endswith("/") and not ends
    lead = "/" if starts else ("" if text.startswith(("*", "/")) else "*")
    if not starts and text.startswith("/"):
        lead = "**"
    tail = "" if ends or folder or text.endswith("*") else "*"
    body = f"{lead}{text}{tail}"
    if "/" in body.rstrip("/") and not starts and not body.startswith("**"):
        body = f"**/{body}"
    yield body
    if folder:
        yield f"{body}**"
