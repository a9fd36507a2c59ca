"""MWAA's client against boto3 itself: a stubbed one, and one that talks to an endpoint on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from airshift.clients import running
from airshift.clients.api import ApiError, Method
from airshift.clients.connecting import connect
from airshift.clients.mwaa import LONGEST_PATH, MwaaTransport
from airshift.clients.paths import fits, joined, objection
from airshift.clients.running import RunningAirflow
from airshift.errors import UsageError
from environments.fake_mwaa import Airflow, FakeMwaa, fake_mwaa

CANARY = "canary-in-a-body"
LEAK = {"RestApiStatusCode": 409, "RestApiResponse": {"detail": f"INSERT INTO variable VALUES ({CANARY})"}}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BACKOFF", 0.001)


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client(
        "mwaa", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with Stubber(client) as stubber:
        yield stubber


def opened(stub: Stubber) -> RunningAirflow:
    return RunningAirflow(MwaaTransport("blue", "", stub.client))


def described(stub: Stubber, version: str = "2.10.3") -> None:
    stub.add_response("get_environment", {"Environment": {"AirflowVersion": version}}, {"Name": "blue"})


@pytest.mark.parametrize(("version", "major"), [("2.10.3", 2), ("2.11.0", 2), ("3.0.6", 3), ("3.3.1", 3)])
def test_the_version_is_asked_of_the_service_once(stub: Stubber, version: str, major: int) -> None:
    described(stub, version)
    airflow = opened(stub)
    assert (airflow.major, airflow.major, airflow.label) == (major, major, "mwaa:blue")
    stub.assert_no_pending_responses()


def test_who_may_not_describe_the_environment_asks_airflow(stub: Stubber) -> None:
    stub.add_client_error("get_environment", "AccessDeniedException", http_status_code=403)
    stub.add_response(
        "invoke_rest_api",
        {"RestApiStatusCode": 200, "RestApiResponse": {"version": "3.0.6"}},
        {"Name": "blue", "Path": "/version", "Method": "GET"},
    )
    assert opened(stub).major == 3


def test_path_query_and_body_go_through_as_they_are(stub: Stubber) -> None:
    described(stub)
    asked = {"Name": "blue", "Path": "/dags/x", "Method": "PATCH"}
    stub.add_response(
        "invoke_rest_api",
        {"RestApiStatusCode": 200, "RestApiResponse": {"is_paused": True}},
        {
            **asked,
            "QueryParameters": {"update_mask": ["is_paused"], "only": "true"},
            "Body": {"is_paused": True},
        },
    )
    said = opened(stub).call(
        Method.PATCH,
        "/dags/x",
        query={"update_mask": ["is_paused"], "only": True, "left_out": None},
        body={"is_paused": True},
    )
    assert said == {"is_paused": True}


@pytest.mark.parametrize("method", list(Method))
def test_airflows_refusal_has_its_status_and_no_body(stub: Stubber, method: Method) -> None:
    described(stub)
    stub.add_client_error(
        "invoke_rest_api", "RestApiClientException", CANARY, http_status_code=400, modeled_fields=LEAK
    )
    with pytest.raises(ApiError) as caught:
        opened(stub).call(method, "/variables")
    assert (caught.value.status, caught.value.uncertain) == (409, False)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("method", list(Method))
def test_a_failing_server_is_asked_again_only_when_nothing_can_change(stub: Stubber, method: Method) -> None:
    described(stub)
    failing = LEAK | {"RestApiStatusCode": 502}
    stub.add_client_error(
        "invoke_rest_api", "RestApiServerException", CANARY, http_status_code=400, modeled_fields=failing
    )
    airflow = opened(stub)
    if method is Method.GET:
        stub.add_response("invoke_rest_api", {"RestApiStatusCode": 200, "RestApiResponse": {"dags": []}})
        assert airflow.call(method, "/dags") == {"dags": []}
    else:
        with pytest.raises(ApiError) as caught:
            airflow.call(method, "/dags/x")
        assert (caught.value.status, caught.value.uncertain) == (502, True)
        assert CANARY not in str(caught.value)
    stub.assert_no_pending_responses()


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("throttled", ["by AWS", "by Airflow"])
def test_throttled_calls_are_repeated(stub: Stubber, method: Method, throttled: str) -> None:
    described(stub)
    if throttled == "by AWS":
        stub.add_client_error("invoke_rest_api", "ThrottlingException", http_status_code=429)
    else:
        many = {"RestApiStatusCode": 429, "RestApiResponse": {}}
        stub.add_client_error(
            "invoke_rest_api", "RestApiClientException", http_status_code=400, modeled_fields=many
        )
    stub.add_response("invoke_rest_api", {"RestApiStatusCode": 204})
    assert opened(stub).call(method, "/dags/x") is None


@pytest.mark.parametrize(
    ("code", "path", "said"),
    [
        ("AccessDeniedException", "/dags", "airflow:InvokeRestApi on role/blue/Op"),
        ("ResourceNotFoundException", "/dags", "no such environment"),
        ("ValidationException", "/dags", "2.4.3 or newer"),
        ("ExpiredTokenException", "/dags", "does not accept these credentials"),
    ],
)
def test_aws_own_refusals_say_what_to_do(stub: Stubber, code: str, path: str, said: str) -> None:
    described(stub)
    stub.add_client_error("invoke_rest_api", code, CANARY, http_status_code=400)
    with pytest.raises(ApiError, match=said) as caught:
        opened(stub).call(Method.POST, path)
    assert (caught.value.status, caught.value.uncertain) == (None, False)
    assert CANARY not in str(caught.value)


class Failing:
    """A client that never gets an answer."""

    def __init__(self, error: Exception) -> None:
        self.error, self.calls = error, 0

    def get_environment(self, **_: Any) -> dict[str, Any]:
        return {"Environment": {"AirflowVersion": "3.0.6"}}

    def invoke_rest_api(self, **_: Any) -> dict[str, Any]:
        self.calls += 1
        raise self.error


@pytest.mark.parametrize(
    ("error", "method", "calls", "uncertain"),
    [
        (ReadTimeoutError(endpoint_url="x"), Method.GET, 4, False),
        (ReadTimeoutError(endpoint_url="x"), Method.POST, 1, True),
        (ConnectTimeoutError(endpoint_url="x"), Method.POST, 4, False),
        (NoCredentialsError(), Method.GET, 1, False),
    ],
    ids=["read times out", "write times out", "no connection", "no credentials"],
)
def test_what_an_unanswered_call_leaves_behind(
    error: Exception, method: Method, calls: int, uncertain: bool
) -> None:
    client = Failing(error)
    with pytest.raises(ApiError) as caught:
        RunningAirflow(MwaaTransport("blue", "", client)).call(method, "/dags")
    assert (client.calls, caught.value.status, caught.value.uncertain) == (calls, None, uncertain)


@pytest.mark.parametrize("where", ["mwaa:", "mwaa:9x", "mwaa:a b", "mwaa:blue@", "mwaa:blue@here"])
def test_an_environment_has_a_name(where: str) -> None:
    with pytest.raises(UsageError, match="mwaa:NAME@region"):
        connect(where)


@pytest.fixture
def mwaa(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMwaa]:
    with fake_mwaa({"blue": Airflow("http://127.0.0.1:9", 2)}) as server:
        for name, value in server.settings().items():
            monkeypatch.setenv(name, value)
        yield server


def test_boto3_itself_repeats_nothing(mwaa: FakeMwaa) -> None:
    mwaa.failures = [(500, "InternalServerException", {"message": CANARY})] * 9
    airflow = connect("mwaa:blue@eu-central-1")
    with pytest.raises(ApiError, match="InternalServerException") as caught:
        airflow.call(Method.POST, "/variables", body={"key": "x", "value": CANARY})
    assert caught.value.uncertain
    assert CANARY not in str(caught.value)
    assert len(mwaa.asked) == 1


@pytest.mark.parametrize("method", Method)
def test_a_path_longer_than_the_model_allows_is_not_asked_for(mwaa: FakeMwaa, method: Method) -> None:
    airflow = connect("mwaa:blue")
    with pytest.raises(ApiError, match="paths of up to 64 characters, this one has 65") as caught:
        airflow.call(method, "/dags/" + "x" * 59)
    assert (caught.value.status, caught.value.uncertain) == (None, False)
    assert not mwaa.asked


def test_the_limit_is_that_of_the_service_model() -> None:
    model = boto3.client("mwaa", region_name="eu-central-1").meta.service_model
    assert model.operation_model("InvokeRestApi").input_shape.members["Path"].metadata["max"] == LONGEST_PATH


def test_who_has_an_id_asks_whether_its_path_fits(mwaa: FakeMwaa) -> None:
    airflow, plain = connect("mwaa:blue"), connect("http://127.0.0.1:9")
    assert fits(airflow, joined("dags", "x" * 58)) and not objection(airflow, joined("dags", "x" * 58))
    long = joined("dags", "x" * 59)
    assert not fits(airflow, long) and "64 characters" in objection(airflow, long)
    assert fits(plain, long) and not objection(plain, long)


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("scheduled__2026-11-20T06:00:00+00:00", "/dags/scheduled__2026-11-20T06:00:00+00:00"),
        ("a/b c?d#e%", "/dags/a%2Fb%20c%3Fd%23e%25"),
        ("\u00fc", "/dags/%C3%BC"),
        ("~", "/dags/~"),
    ],
)
def test_words_become_one_part_of_a_path(word: str, path: str) -> None:
    assert joined("dags", word) == path
