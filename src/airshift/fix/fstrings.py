"""What Python 3.12 reads inside f-strings and 3.11 does not: fixes may not depend on who runs airshift."""

from __future__ import annotations

import io
import re
import sys
import tokenize
from token import tok_name

_HAS_TOKENS = sys.version_info >= (3, 12)
_FSTRING = re.compile(rb"[fF][rR]?[\"']")


def needs_python_3_12(before: bytes, after: bytes) -> bool:
    """Whether a rewrite put something into an f-string that only Python 3.12 or newer can read (PEP 701).

    Python 3.11 answers by not parsing the result, so there this is always false.
    """
    if not _HAS_TOKENS or not _FSTRING.search(after):
        return False
    return len(_newer(after)) > len(_newer(before))


def _newer(utf8: bytes) -> list[str]:
    """Tokens in replacement fields that hold the quote of an f-string around them, a backslash or a comment."""
    found: list[str] = []
    around: list[str] = []
    for token in tokenize.tokenize(io.BytesIO(utf8).readline):
        kind = tok_name[token.type]
        if kind == "FSTRING_END":
            around.pop()
            continue
        inside = around[:-1] if kind == "FSTRING_MIDDLE" else around
        if inside and (kind == "COMMENT" or "\\" in token.string or any(q in token.string for q in inside)):
            found.append(token.string)
        if kind == "FSTRING_START":
            around.append(token.string.lstrip("rRfFtTbBuU"))
    return found
