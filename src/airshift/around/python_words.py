"""Whether a Python file can concern anything but its Python code, by its bytes; most files need no more of `around`."""

from __future__ import annotations

import re
from functools import cache

_WORDS = (
    b"AIRFLOW__",
    b"api/v1",
    b"api/v2",
    b"api/experimental",
    b"airflow_client",
    b"invoke_rest_api",
    b"/health",
)
_OPTIONS = re.compile(rb"irflow_?[cC]onfiguration_?[oO]ptions")
_AFTER = rb"airflow[\"'\s\\,]+"
_LIKE_COMMAND = re.compile(_AFTER + rb"(?!import\b)[\w-]")
"""What every command of Airflow looks like; no command is called `import`, which most files have there."""


def concerns_python(data: bytes) -> bool:
    """Whether a Python file can set an option, run a command or call an API."""
    if any(word in data for word in _WORDS):
        return True
    if _LIKE_COMMAND.search(data) and _command().search(data):
        return True
    return b"onfiguration" in data and _OPTIONS.search(data) is not None


@cache
def _command() -> re.Pattern[bytes]:
    from airshift.around.commands import CommandLine

    words = "|".join(sorted(re.escape(word) for word in CommandLine.load().first_words)).encode()
    return re.compile(_AFTER + rb"(?:" + words + rb")\b")
