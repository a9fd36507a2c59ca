"""Amazon MWAA's way to Airflow's REST API: `invoke_rest_api`, with its limits of 10 seconds, 6 MB and 64 characters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airshift.clients.api import Method
from airshift.clients.aws import client, code_of, is_throttled, reason_of, unsent_reason
from airshift.clients.transport import Answer, Call, NoAnswerError
from airshift.errors import UsageError

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

PREFIX = "mwaa:"
LONGEST_PATH = 64
"""Characters that the service model grants a path; botocore does not check it, `airshift.clients.paths` does."""
_WHERE = re.compile(r"mwaa:(?P<name>[a-zA-Z][0-9a-zA-Z_-]{0,79})(?:@(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?")
_FROM_AIRFLOW = frozenset({"RestApiClientException", "RestApiServerException"})


def parse_where(where: str) -> tuple[str, str]:
    """Name and region (or nothing) of `mwaa:NAME` or `mwaa:NAME@region`."""
    match = _WHERE.fullmatch(where)
    if match is None:
        raise UsageError(f"{where!r} names no environment; write mwaa:NAME or mwaa:NAME@region")
    return match["name"], match["region"] or ""


def too_long(path: str) -> str:
    """Why MWAA does not take a path."""
    return f"MWAA takes paths of up to {LONGEST_PATH} characters, this one has {len(path)}"


def mwaa_client(region: str) -> Any:
    """A client whose calls are never repeated behind our back: a changing call may have had its effect."""
    once = {"total_max_attempts": 1, "mode": "standard"}
    return client("mwaa", region, read_timeout=20, retries=once)


class MwaaTransport:
    """One environment; `client` is boto3's of `mwaa`."""

    def __init__(self, name: str, region: str, client: Any) -> None:
        self._name = name
        self._region = region
        self._client = client

    @property
    def label(self) -> str:
        """`mwaa:NAME`, with the region if it was given."""
        return f"{PREFIX}{self._name}" + (f"@{self._region}" if self._region else "")

    def find_major(self) -> Answer:
        """The major version by GetEnvironment; by Airflow itself where the caller may not ask that."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            said = self._client.get_environment(Name=self._name)
        except ClientError as error:
            if code_of(error) == "AccessDeniedException":
                said = self.send(_VERSION, 0)
                return _major(said.content.get("version")) if isinstance(said.content, dict) else said
            return self._refusal(error)
        except BotoCoreError as error:
            raise _unanswered(error) from None
        return _major(said["Environment"].get("AirflowVersion"))

    def send(self, call: Call, major: int) -> Answer:
        """Carry one call; the path is relative to `/api/v1` or `/api/v2`, MWAA knows which."""
        from botocore.exceptions import BotoCoreError, ClientError

        if len(call.path) > LONGEST_PATH:
            raise NoAnswerError(too_long(call.path), sent=False, passing=False)
        asked: dict[str, Any] = {"Name": self._name, "Path": call.path, "Method": call.method.value}
        if call.query:
            asked["QueryParameters"] = dict(call.query)
        if call.body is not None:
            asked["Body"] = dict(call.body)
        try:
            said = self._client.invoke_rest_api(**asked)
        except ClientError as error:
            return self._refusal(error)
        except BotoCoreError as error:
            raise _unanswered(error) from None
        return Answer(int(said.get("RestApiStatusCode") or 200), said.get("RestApiResponse") or None)

    def advice(self, status: int) -> str:
        """Why Airflow itself refuses: the role in the IAM resource decides what the caller may."""
        if status in {401, 403}:
            return f"not allowed: the IAM policy needs airflow:InvokeRestApi on role/{self._name}/Op or .../Admin"
        return ""

    def _refusal(self, error: ClientError) -> Answer:
        """Airflow's own refusal, or a throttled call, as an answer; raise NoAnswerError for what AWS itself says."""
        code, response = code_of(error), error.response
        if code in _FROM_AIRFLOW:
            return Answer(int(response.get("RestApiStatusCode") or 500))
        if is_throttled(code):
            return Answer(429)
        reason, passing = self._reason(code), response["ResponseMetadata"]["HTTPStatusCode"] >= 500
        raise NoAnswerError(reason, sent=passing, passing=passing)

    def _reason(self, code: str) -> str:
        if code == "AccessDeniedException":
            return f"not allowed: the IAM policy needs airflow:InvokeRestApi on role/{self._name}/Op"
        if code == "ResourceNotFoundException":
            return "there is no such environment in this account and region"
        if code == "ValidationException":
            return "MWAA refused the call as invalid; InvokeRestApi needs an available environment of 2.4.3 or newer"
        return reason_of(code)


_VERSION = Call(Method.GET, "/version")


def _major(version: Any) -> Answer:
    number = str(version or "").partition(".")[0]
    if number not in {"2", "3"}:
        raise NoAnswerError("its Airflow version is neither 2 nor 3", sent=True, passing=False)
    return Answer(200, int(number))


def _unanswered(error: BotoCoreError) -> NoAnswerError:
    from botocore.exceptions import ConnectionError as NeverConnected
    from botocore.exceptions import HTTPClientError
    from botocore.parsers import ResponseParserError

    sent = isinstance(error, HTTPClientError | ResponseParserError)
    return NoAnswerError(unsent_reason(error), sent=sent, passing=sent or isinstance(error, NeverConnected))
