"""Regular expressions that are compiled when they are first used: a short run needs few of those that airshift has."""

from __future__ import annotations

import re
from typing import Any, cast


class _Late:
    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        pattern = re.compile(self._text, self._flags)
        self.__dict__.update(sub=pattern.sub, search=pattern.search, match=pattern.match)
        return getattr(pattern, name)


def late(text: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` returns, as far as callers of its methods can tell."""
    return cast("re.Pattern[str]", _Late(text, flags))
