"""Plain HTTP to a running Airflow: basic authentication on 2.x, a JSON web token on 3.x, or the caller's own token."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airshift.clients.transport import Answer, Call, NoAnswerError
from airshift.clients.wires import keep_quiet
from airshift.errors import UsageError
from airshift.redact import redact_url

if TYPE_CHECKING:
    import requests

TIMEOUT = (10.0, 60.0)
_REFUSED = frozenset({401, 403})
_APIS = {3: "v2", 2: "v1"}


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What the caller's environment offers: a bearer token, or a user with a password."""

    token: str = ""
    user: str = ""
    password: str = ""
    side: str = "live"

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ, side: str = "live") -> Credentials:
        """Read `AIRSHIFT_<SIDE>_TOKEN`, or `_USER` and `_PASSWORD`; without them, those of the side `live`."""
        for name in dict.fromkeys((side, "live")):
            prefix = f"AIRSHIFT_{name.upper()}"
            token, user, password = (environment.get(f"{prefix}_{what}", "") for what in _VARIABLES)
            if token or user:
                return cls(token, user, password, side)
        return cls(side=side)

    @property
    def variables(self) -> str:
        """The variables to set, for messages."""
        prefix = f"AIRSHIFT_{self.side.upper()}"
        return f"{prefix}_TOKEN, or {prefix}_USER and {prefix}_PASSWORD"


_VARIABLES = ("TOKEN", "USER", "PASSWORD")


class RestTransport:
    """One Airflow at an address; one attempt a call."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise UsageError(
                f"{redact_url(url)!r} is no address of an Airflow; write https://host or mwaa:NAME"
            )
        if "@" in parts.netloc:
            raise UsageError(f"no user or password in the address: set {credentials.variables}")
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._session = _session()
        self._token = credentials.token

    @property
    def label(self) -> str:
        """The address."""
        return redact_url(self._url)

    def find_major(self) -> Answer:
        """The API that answers: `/api/v2` of Airflow 3 before `/api/v1` of Airflow 2."""
        for major, api in _APIS.items():
            said = self._request("GET", f"/api/{api}/version")
            if said.status_code == 429 or said.status_code >= 500:
                return _answer(said)
            if said.status_code == 200 and "json" in said.headers.get("Content-Type", ""):
                return Answer(200, major)
        raise NoAnswerError("no REST API of Airflow 2 or 3 answers there", sent=True, passing=False)

    def send(self, call: Call, major: int) -> Answer:
        """Carry one call; a token that was got for a password and has expired is replaced once.

        Airflow 3 answers 403 to a token that it does not accept any more; a call that was refused had no effect.
        """
        logged_in = self._token
        said = self._carry(call, major)
        if said.status_code in _REFUSED and logged_in and self._logs_in(major):
            self._token = ""
            said = self._carry(call, major)
        return _answer(said)

    def advice(self, status: int) -> str:
        """How to be let in."""
        return f"not allowed; set {self._credentials.variables}" if status in _REFUSED else ""

    def _logs_in(self, major: int) -> bool:
        return major == 3 and bool(self._credentials.user) and not self._credentials.token

    def _carry(self, call: Call, major: int) -> requests.Response:
        if not self._token and self._logs_in(major):
            refusal = self._log_in()
            if refusal is not None:
                return refusal
        body = {} if call.body is None else {"json": dict(call.body)}
        path = f"/api/{_APIS[major]}/{call.path.lstrip('/')}"
        return self._request(call.method, path, params=call.query, auth=self._authentication(), **body)

    def _log_in(self) -> requests.Response | None:
        """Get a token; what the server said instead when it gives none."""
        given = self._credentials
        login = {"username": given.user, "password": given.password}
        said = self._request("POST", "/auth/token", json=login)
        token = said.status_code < 300 and _answer(said).content
        self._token = str(token.get("access_token") or "") if isinstance(token, dict) else ""
        return None if self._token else said

    def _authentication(self) -> Any:
        if self._token:
            return _Bearer(self._token)
        return (self._credentials.user, self._credentials.password) if self._credentials.user else None

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        import requests

        follow = method == "GET"
        try:
            return self._session.request(
                method, f"{self._url}{path}", timeout=TIMEOUT, allow_redirects=follow, **options
            )
        except requests.ConnectionError as error:
            raise NoAnswerError(type(error).__name__, sent=not _never_sent(error)) from None
        except requests.RequestException as error:
            raise NoAnswerError(
                type(error).__name__, sent=True, passing=isinstance(error, requests.Timeout)
            ) from None


@dataclass(frozen=True, slots=True, repr=False)
class _Bearer:
    """A callable because a plain header gives way to an entry of ~/.netrc."""

    token: str

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _answer(said: requests.Response) -> Answer:
    wait = said.headers.get("Retry-After", "")
    seconds = float(wait) if wait.isdecimal() else 0.0
    if said.status_code >= 300 or not said.content:
        return Answer(said.status_code, wait=seconds)
    try:
        return Answer(said.status_code, said.json())
    except ValueError:
        raise NoAnswerError("the answer is no JSON", sent=True, passing=False) from None


def _never_sent(error: requests.ConnectionError) -> bool:
    """Whether no connection was made, so that the call had no effect."""
    import requests
    from urllib3.exceptions import NewConnectionError

    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        getattr(cause, "reason", None), NewConnectionError
    )


def _session() -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter

    keep_quiet()
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=0))
    return session
