"""Everything that is checked in shell text: airflow commands and REST requests."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.around.commands import check_command
from airshift.around.curl import check_shell_requests
from airshift.around.matches import Match
from airshift.targets import Target


def check_shell(text: str, target: Target) -> Iterator[Match]:
    """Yield matches at offsets of the text."""
    yield from check_command(text, target)
    yield from check_shell_requests(text)
