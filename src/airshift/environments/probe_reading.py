"""Fetch what the probe wrote, from a variable or from S3."""

from __future__ import annotations

from urllib.parse import quote

from airshift.errors import ServiceError, UsageError


def of_airflow(where: str, variable: str) -> str:
    """The value of the variable in a running Airflow."""
    from airshift.clients.api import ApiError, Method
    from airshift.clients.connecting import connect

    api = connect(where, side="blue")
    try:
        answer = api.call(Method.GET, f"/variables/{quote(variable, safe='')}")
    except ApiError as error:
        if error.status != 404:
            raise
        raise UsageError(f"{api.label}: no variable {variable}; has the probe run there?") from None
    return str(answer.get("value"))


def of_s3(bucket: str, key: str) -> str:
    """The object that the probe wrote."""
    from airshift.clients.aws import client, translated

    with translated(f"s3://{bucket}/{key}"):
        data: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ServiceError(f"s3://{bucket}/{key}: not a result of the probe") from None
