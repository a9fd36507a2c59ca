"""Who looks after a path: CODEOWNERS, where the last matching line decides."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

LOCATIONS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may stand, relative to the repository; the first one found counts."""

OwnersOf = Callable[[str], tuple[str, ...]]


def code_owners(text: str) -> OwnersOf:
    """Read a CODEOWNERS file; the result gives the owners of a path, `()` when nobody owns it."""
    rules = [rule for line in text.splitlines() if (rule := _rule(line))]
    if not rules:
        return lambda path: ()
    from pathspec import GitIgnoreSpec

    compiled = [(GitIgnoreSpec.from_lines([pattern]), owners) for pattern, owners in reversed(rules)]

    @cache
    def owners_of(path: str) -> tuple[str, ...]:
        for spec, owners in compiled:
            if spec.match_file(path):
                return owners
        return ()

    return owners_of


def _rule(line: str) -> tuple[str, tuple[str, ...]] | None:
    words = line.split("#", 1)[0].replace("\\ ", "\0").split()
    if not words or words[0].startswith(("[", "^[", "!")):
        return None
    return words[0].replace("\0", "\\ "), tuple(word for word in words[1:] if "@" in word)
