"""Fetch what the probe wrote, from a variable or from S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airshift.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from airshift.clients.api import AirflowApi


def of_airflow(where: str, variable: str) -> str:
    """The value of the variable in a running Airflow."""
    from airshift.clients.connecting import connect

    api = connect(where, side="blue")
    value = _value(api, variable)
    if value is None:
        raise UsageError(f"{api.label}: no variable {variable}; has the probe run there?")
    return value


def _value(api: AirflowApi, variable: str) -> str | None:
    """A variable's value; MWAA takes no long paths, then it is looked for in the list of all."""
    from airshift.clients.api import ApiError, Method, pages
    from airshift.clients.paths import fits, joined

    path = joined("variables", variable)
    if not fits(api, path):
        found = (one for one in pages(api, "/variables", "variables") if one["key"] == variable)
        return next((str(one["value"]) for one in found), None)
    try:
        return str(api.call(Method.GET, path).get("value"))
    except ApiError as error:
        if error.status != 404:
            raise
        return None


def of_s3(bucket: str, key: str) -> str:
    """The object that the probe wrote."""
    from airshift.clients.aws import client, translated

    with translated(f"s3://{bucket}/{key}"):
        data: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ServiceError(f"s3://{bucket}/{key}: not a result of the probe") from None
