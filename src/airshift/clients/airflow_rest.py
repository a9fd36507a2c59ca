"""Reads DAGs and their runs from a running Airflow: `/api/v1` of Airflow 2, `/api/v2` of Airflow 3."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airshift.errors import ServiceError, UsageError
from airshift.redact import redact_url

if TYPE_CHECKING:
    import requests

TIMEOUT = (10.0, 60.0)
PAGE = 100
MOST_RUNS = 5000
"""Latest runs that are read, over all DAGs."""
BACKOFF = 0.5
"""Seconds before the second try, doubled each time."""
_RETRIED = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What the caller's environment offers: a bearer token, or a user with a password."""

    token: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Credentials:
        """Read `AIRSHIFT_LIVE_TOKEN`, or `AIRSHIFT_LIVE_USER` and `AIRSHIFT_LIVE_PASSWORD`."""
        names = ("TOKEN", "USER", "PASSWORD")
        return cls(*(environment.get(f"AIRSHIFT_LIVE_{name}", "") for name in names))


class AirflowRest:
    """One Airflow; raises ServiceError, which never carries a body or a secret."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise UsageError(f"{redact_url(url)!r} is no address of an Airflow; write https://host")
        if "@" in parts.netloc:
            raise UsageError(
                "no user or password in the address: set AIRSHIFT_LIVE_USER and AIRSHIFT_LIVE_PASSWORD"
            )
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._session = _session()
        self._api = ""

    def dags(self) -> list[dict[str, Any]]:
        """Every DAG that Airflow lists, as the API writes it."""
        return list(self._all("dags", "dags", {"limit": PAGE}))

    def dag_runs(self) -> list[dict[str, Any]]:
        """The latest runs of all DAGs, newest first."""
        wanted = {"limit": PAGE, "order_by": "-start_date"}
        return list(self._all("dags/~/dagRuns", "dag_runs", wanted, MOST_RUNS))

    def _all(
        self, path: str, key: str, parameters: Mapping[str, Any], most: int | None = None
    ) -> Iterator[dict[str, Any]]:
        offset = 0
        while most is None or offset < most:
            answer = self._get(path, {**parameters, "offset": offset})
            records = answer.get(key)
            if not isinstance(records, list):
                raise ServiceError(f"{self._url}: the answer to {path} has no {key}")
            yield from records
            offset += len(records)
            if not records or offset >= int(answer.get("total_entries") or 0):
                return

    def _get(self, path: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self._log_in()
        return self._answer("GET", f"/api/{self._api}/{path}", params=dict(parameters))

    def _log_in(self) -> None:
        """Find out which API there is, and how it wants to be asked."""
        if self._api:
            return
        self._api = next((api for api in ("v2", "v1") if self._has(api)), "")
        if not self._api:
            raise ServiceError(f"{self._url}: no REST API of Airflow 2 or 3 answers there")
        given = self._credentials
        if given.token:
            self._session.headers["Authorization"] = f"Bearer {given.token}"
        elif given.user and self._api == "v1":
            self._session.auth = (given.user, given.password)
        elif given.user:
            said = self._answer(
                "POST", "/auth/token", json={"username": given.user, "password": given.password}
            )
            self._session.headers["Authorization"] = f"Bearer {said.get('access_token', '')}"

    def _has(self, api: str) -> bool:
        import requests

        try:
            answer = self._session.get(f"{self._url}/api/{api}/version", timeout=TIMEOUT)
        except requests.RequestException as error:
            raise ServiceError(f"{self._url}: {type(error).__name__}") from None
        return answer.status_code == 200 and "json" in answer.headers.get("Content-Type", "")

    def _answer(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        import requests

        try:
            answer = self._session.request(method, f"{self._url}{path}", timeout=TIMEOUT, **options)
        except requests.RequestException as error:
            raise ServiceError(f"{self._url}{path}: {type(error).__name__}") from None
        if answer.status_code in {401, 403}:
            raise ServiceError(
                f"{self._url}{path}: not allowed ({answer.status_code}); set AIRSHIFT_LIVE_TOKEN, or "
                "AIRSHIFT_LIVE_USER and AIRSHIFT_LIVE_PASSWORD"
            )
        if not answer.ok:
            raise ServiceError(f"{self._url}{path}: status {answer.status_code}")
        try:
            return dict(answer.json())
        except (ValueError, TypeError):
            raise ServiceError(f"{self._url}{path}: the answer is no JSON object") from None


def _session() -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    retry = Retry(total=3, backoff_factor=BACKOFF, status_forcelist=_RETRIED, raise_on_status=False)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session
