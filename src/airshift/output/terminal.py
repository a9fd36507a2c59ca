"""How text looks where it is printed: with or without colours, and how wide."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping
from enum import StrEnum
from typing import TextIO

from airshift.records import dataclass

_NARROWEST = 40


class Shade(StrEnum):
    """What a piece of text is, of which its colour follows."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    CARET = "caret"
    ADDED = "added"
    REMOVED = "removed"


_CODES = {
    Shade.ERROR: "1;31", Shade.WARNING: "1;33", Shade.INFO: "1;36", Shade.CARET: "31", Shade.ADDED: "32",
    Shade.REMOVED: "31",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """Whether there are colours, and how many columns there are; 0 for as many as are needed."""

    colour: bool = False
    width: int = 0

    def paint(self, text: str, shade: Shade) -> str:
        """The text in its colour."""
        return f"\x1b[{_CODES[shade]}m{text}\x1b[0m" if self.colour and text else text

    def wrapped(self, text: str) -> list[str]:
        """Prose in lines that fit, the later ones indented."""
        if not self.width:
            return [text]
        lines = textwrap.wrap(
            text, self.width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        return lines or [text]

    def clipped(self, text: str) -> str:
        """A line of code that fits; what is cut off is marked."""
        return text if not self.width or len(text) <= self.width else text[: self.width - 1] + "…"


PLAIN = Look()


def look_of(stream: TextIO, environment: Mapping[str, str]) -> Look:
    """How to print to a stream: colours on a terminal only, unless NO_COLOR or FORCE_COLOR decide."""
    terminal = stream.isatty()
    wanted = terminal and environment.get("TERM") != "dumb"
    if environment.get("NO_COLOR"):
        wanted = False
    elif environment.get("FORCE_COLOR"):
        wanted = True
    width = max(_NARROWEST, shutil.get_terminal_size().columns) if terminal else 0
    unicode = (stream.encoding or "").lower().replace("-", "") == "utf8"
    return Look(wanted, width if unicode else 0)
