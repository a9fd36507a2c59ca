"""A running Airflow behind any transport: the pace of calls, which ones are repeated, and errors without bodies."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from airshift.clients.api import ApiError, Method
from airshift.clients.pace import Pace
from airshift.clients.transport import Answer, Call, NoAnswerError, Transport

TRIES = 4
BACKOFF = 0.5
"""Seconds before the second try, doubled each time."""
LONGEST_WAIT = 30.0
TOO_MANY = 429
_REDIRECT = 300
_SERVER_ERROR = 500


class RunningAirflow:
    """An `AirflowApi`; see there what is repeated and what is raised."""

    def __init__(
        self, transport: Transport, *, pace: Pace | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        self._pace = pace or Pace(sleep=sleep)
        self._major = 0

    @property
    def label(self) -> str:
        """`mwaa:NAME` or the address, safe to print and to keep."""
        return self._transport.label

    @property
    def major(self) -> int:
        """2 for `/api/v1`, 3 for `/api/v2`; asks the server once."""
        if not self._major:
            self._major = self._answer(Method.GET, "its version", self._transport.find_major).content
        return self._major

    def call(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded JSON answer, None when it is empty; raises ApiError for every status from 300."""
        call, major = Call(method, path, _texts(query), body), self.major
        return self._answer(method, str(call), lambda: self._transport.send(call, major)).content

    def _answer(self, method: Method, what: str, attempt: Callable[[], Answer]) -> Answer:
        """The first good answer within the tries that the method allows."""
        for left in range(TRIES - 1, -1, -1):
            self._pace.wait()
            pause = BACKOFF * 2 ** (TRIES - 1 - left)
            try:
                answer = attempt()
            except NoAnswerError as error:
                if not left or not error.passing or (error.sent and method is not Method.GET):
                    raise self._unanswered(method, what, error) from None
            else:
                if answer.status < _REDIRECT:
                    return answer
                if not left or not _passes(method, answer.status):
                    raise self._refused(method, what, answer.status)
                pause = max(pause, min(answer.wait, LONGEST_WAIT))
            self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _unanswered(self, method: Method, what: str, error: NoAnswerError) -> ApiError:
        uncertain = error.sent and method is not Method.GET
        return ApiError(f"{self.label}: {what}: {error.reason}", uncertain=uncertain)

    def _refused(self, method: Method, what: str, status: int) -> ApiError:
        advice = self._transport.advice(status)
        message = f"{self.label}: {what}: status {status}" + (f", {advice}" if advice else "")
        uncertain = status >= _SERVER_ERROR and method is not Method.GET
        return ApiError(message, status=status, uncertain=uncertain)


def _passes(method: Method, status: int) -> bool:
    return status == TOO_MANY or (method is Method.GET and status >= _SERVER_ERROR)


def _texts(query: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Query values as Airflow reads them: booleans in lower case, and none for None."""
    if query is None:
        return None
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None
    }
