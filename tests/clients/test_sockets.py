"""The suite's own guard: sockets lead to loopback only, and AWS finds nobody's credentials."""

from __future__ import annotations

import socket

import boto3
import pytest
import requests
from botocore.exceptions import HTTPClientError


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "airflow.example.org", "2001:db8::1", "10.0.0.1", "127x.example.org"]
)
def test_other_machines_are_out_of_reach(host: str) -> None:
    with pytest.raises(AssertionError, match="not on loopback"):
        socket.create_connection((host, 80), timeout=1)


def test_a_session_of_requests_and_of_boto3_too() -> None:
    with pytest.raises(AssertionError, match="not on loopback"):
        requests.get("https://airflow.example.org/api/v2/version", timeout=1)
    client = boto3.client(
        "mwaa", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with pytest.raises(HTTPClientError, match="not on loopback"):
        client.list_environments()


def test_loopback_is_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as here,
    ):
        assert here.getpeername() == server.getsockname()
    assert socket.getaddrinfo("localhost", 80)


def test_no_credentials_are_found() -> None:
    assert boto3.Session().get_credentials() is None
