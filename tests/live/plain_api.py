"""The smallest client of a running Airflow, so that tests do not judge one piece of airshift by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from airshift.clients.api import ApiError, Method


class PlainApi:
    """An `AirflowApi` that repeats nothing; `calls` has every call that was made."""

    def __init__(self, url: str, major: int) -> None:
        self.label = url
        self.major = major
        self.calls: list[tuple[str, str]] = []
        self._session = requests.Session()
        if major == 2:
            self._session.auth = ("admin", "admin")
        else:
            login = {"username": "admin", "password": "admin"}
            token = self._session.post(f"{url}/auth/token", json=login, timeout=60).json()["access_token"]
            self._session.headers["Authorization"] = f"Bearer {token}"

    def call(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        self.calls.append((method.value, path))
        answer = self._session.request(
            method.value, f"{self.label}/api/v{self.major - 1}{path}", params=query, json=body, timeout=60
        )
        if answer.status_code >= 400:
            raise ApiError(f"{path}: {answer.status_code} {answer.text[:500]}", status=answer.status_code)
        return answer.json() if answer.content else None
