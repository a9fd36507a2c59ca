"""What airshift asks of a running Airflow, whoever carries the call: plain HTTP or Amazon MWAA.

The differences between `/api/v1` of Airflow 2 and `/api/v2` of Airflow 3 are the caller's business; `major` tells
which one answers. Implementations are opened by `airshift.clients.connecting.connect`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Protocol

from airshift.errors import ServiceError

PAGE = 100
_SMALL = 10
_TOO_MUCH = frozenset({413, 500, 502, 503, 504})
"""What a page that takes too long or holds too much may end in; MWAA allows 10 seconds and 6 MB."""


class Method(StrEnum):
    """The methods of Airflow's REST API."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class ApiError(ServiceError):
    """A call that did not succeed; the message never holds a body, a token or SQL.

    `status` is Airflow's HTTP status, None when no answer came. `uncertain` says that a call which changes something
    may have had its effect all the same (no answer in time, connection lost, 5xx): read the state before repeating it.
    """

    def __init__(self, message: str, *, status: int | None = None, uncertain: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.uncertain = uncertain


class AirflowApi(Protocol):
    """One Airflow. GET calls are repeated on 429 and 5xx; changing calls only on 429, which has no effect."""

    @property
    def label(self) -> str:
        """`mwaa:NAME` or the address, safe to print and to keep."""

    @property
    def major(self) -> int:
        """2 for `/api/v1`, 3 for `/api/v2`; asks the server once."""

    def call(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded JSON answer (None when empty); `path` is relative to `/api/vN`, as `/dags/x`.

        Names in `path` are percent-encoded by the caller. MWAA takes paths of up to 64 characters; `query` and
        `body` have no such limit. A list in `query` is sent as a repeated parameter. Raises ApiError for every
        status from 300.
        """


def pages(
    api: AirflowApi, path: str, key: str, query: Mapping[str, Any] | None = None, most: int | None = None
) -> Iterator[dict[str, Any]]:
    """Every record of a list, page by page; `key` names the list in the answer.

    A page that the server cannot give is asked for in smaller pieces.
    """
    asked = {"limit": PAGE, **(query or {})}
    offset = 0
    while most is None or offset < most:
        try:
            answer = api.call(Method.GET, path, query={**asked, "offset": offset})
        except ApiError as error:
            if asked["limit"] < _SMALL or error.status not in _TOO_MUCH:
                raise
            asked["limit"] //= 4
            continue
        records = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(records, list):
            raise ApiError(f"{api.label}: the answer to {path} has no {key}")
        yield from records
        offset += len(records)
        if not records or offset >= int(answer.get("total_entries") or 0):
            return
