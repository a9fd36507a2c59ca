"""Make foreign text showable: nothing in it may steer a terminal, a page or the reading direction."""

from __future__ import annotations

import re

from airshift.output.text import printable

_SPACE = re.compile(r"[\t\r\n\u2028\u2029]+")


def shown(text: str) -> str:
    """One line of text with control, direction and half characters spelled out."""
    return shown_lines(_SPACE.sub(" ", text))


def shown_lines(text: str) -> str:
    """The same for text of several lines."""
    return printable(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def link(reference: str) -> str:
    """The reference when it is a plain web address, else nothing."""
    if not reference.startswith(("https://", "http://")) or re.search(r"[\s<>\"'`\\]", reference):
        return ""
    return shown(reference)
