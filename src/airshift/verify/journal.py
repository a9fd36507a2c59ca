"""Answers kept from earlier or interrupted runs, one JSON line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Journal:
    """A file of answers that only grows; a line cut off by a kill is not read."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> dict[str, Mapping[str, Any]]:
        """Answers by path."""
        try:
            lines = self._file.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return {}
        answers = (_parsed(line) for line in lines)
        return {answer["path"]: answer for answer in answers if answer}

    def add(self, answer: Mapping[str, Any]) -> None:
        """Keep one more answer; the newline before it ends a line that a kill has cut off."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            file.write(b"\n" + json.dumps(answer).encode() + b"\n")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) and "path" in answer else {}
