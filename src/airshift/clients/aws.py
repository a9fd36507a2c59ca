"""Sessions of boto3, and what its exceptions mean in our words; their messages are never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from airshift.clients.wires import keep_quiet
from airshift.errors import ServiceError

_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
     "SlowDown", "RequestThrottled"}
)  # fmt: skip
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403"})
_LOGIN = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
     "InvalidSignatureException", "SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthFailure", "RequestExpired"}
)  # fmt: skip


class AwsError(ServiceError):
    """A call of AWS that did not succeed; `code` is AWS's name of the error, empty when no answer came."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_denied(self) -> bool:
        """Whether the caller may not."""
        return self.code in _DENIED


def client(service: str, region: str = "", **config: Any) -> Any:
    """A client of boto3 with the caller's credentials; raise AwsError when there is no region."""
    from botocore.config import Config

    keep_quiet()
    defaults = {
        "connect_timeout": 5,
        "read_timeout": 30,
        "retries": {"total_max_attempts": 5, "mode": "standard"},
    }
    with translated(service):
        return _session().client(service, region_name=region or None, config=Config(**(defaults | config)))


@cache
def _session() -> Any:
    """One session a process: it keeps the service models, which take long to read."""
    import boto3

    return boto3.Session()


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn exceptions of botocore into AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = code_of(error)
        raise AwsError(f"{what}: {reason_of(code)}", code) from None
    except BotoCoreError as error:
        raise AwsError(f"{what}: {unsent_reason(error)}") from None


def code_of(error: Any) -> str:
    """AWS's name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_throttled(code: str) -> bool:
    """Whether the call was refused for there being too many."""
    return code in _THROTTLED


def reason_of(code: str) -> str:
    """An error in words, by its name only: messages may repeat what was sent."""
    if code in _DENIED:
        return "not allowed for these AWS credentials"
    if code in _LOGIN:
        return f"AWS does not accept these credentials ({code})"
    return f"AWS answered {code or 'an error without a name'}"


def unsent_reason(error: Exception) -> str:
    """What kept a call from being made or answered."""
    name = type(error).__name__
    if name in {
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "CredentialRetrievalError",
    }:
        return f"no AWS credentials ({name})"
    if name == "NoRegionError":
        return "no AWS region: set AWS_REGION, or write mwaa:NAME@region"
    return f"no answer of AWS ({name})"
