"""Calls of Airflow's REST API as shell commands, for MWAA and for anything that curl reaches."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two environments."""

    name: str
    word: str
    """`blue` or `green`; variables of commands are called after it."""
    third: bool
    mwaa: bool

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> str:
        """The command for one call; `$NAME` in path and body are variables of the shell."""
        return self._aws(method, path, body, query) if self.mwaa else self._curl(method, path, body, query)

    def _aws(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, Any] | None
    ) -> str:
        parts = ["aws mwaa invoke-rest-api", f"--name {shlex.quote(self.name)}", f"--method {method}"]
        parts.append(f"--path {quoted(path)}")
        if query:
            parts.append(f"--query-parameters {quoted(json.dumps(query))}")
        if body is not None:
            parts.append(f"--body {quoted(json.dumps(body))}")
        return " ".join([*parts, "--query RestApiResponse --output json"])

    def _curl(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, Any] | None
    ) -> str:
        variable = self.word.upper()
        login = f'-H "Authorization: Bearer ${variable}_TOKEN"' if self.third else f'-u "${variable}_LOGIN"'
        base = "/api/v2" if self.third else "/api/v1"
        address = f"${variable}_URL{base}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        parts = [f"curl -sS --fail-with-body -X {method}", login, quoted(address)]
        if body is not None:
            parts.append(f"-H 'Content-Type: application/json' --data {quoted(json.dumps(body))}")
        return " ".join(parts)


def quoted(text: str) -> str:
    """Text in double quotes in which only `$NAME` has a meaning."""
    for character in ("\\", '"', "`"):
        text = text.replace(character, "\\" + character)
    return f'"{text}"'
