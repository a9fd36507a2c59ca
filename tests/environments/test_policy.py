"""The evaluator of IAM policies: what it says, and the laws that hold for every policy."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.environments.policy import Decision, Request, decide

GET = Request(
    "s3:GetObject", "arn:aws:s3:::blue-bucket/dags/x.py", {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
)
ALLOWED, DENIED, NOT_ALLOWED, UNKNOWN = (
    Decision.ALLOWED,
    Decision.DENIED,
    Decision.NOT_ALLOWED,
    Decision.UNKNOWN,
)


def allow(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | changes


def deny(**changes: Any) -> dict[str, Any]:
    return allow(**changes) | {"Effect": "Deny"}


def without(statement: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name}


def condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


VIA = "kms:ViaService"


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([], NOT_ALLOWED),
        ([allow()], ALLOWED),
        ([allow(Action="*")], ALLOWED),
        ([allow(Action="S3:getobject")], ALLOWED),
        ([allow(Action="s3:GetObjec?")], ALLOWED),
        ([allow(Action=["sqs:*", "s3:Get*"])], ALLOWED),
        ([allow(Action="s3:GetObjectVersion")], NOT_ALLOWED),
        ([allow(Action="s3:Get")], NOT_ALLOWED),
        ([without(allow(NotAction="s3:Put*"), "Action")], ALLOWED),
        ([without(allow(NotAction=["s3:*"]), "Action")], NOT_ALLOWED),
        ([allow(Resource="arn:aws:s3:::blue-bucket/*")], ALLOWED),
        ([allow(Resource=["arn:aws:s3:::other", "arn:aws:s3:::blue-*"])], ALLOWED),
        ([allow(Resource="arn:aws:s3:::Blue-bucket/*")], NOT_ALLOWED),
        ([allow(Resource="arn:aws:s3:::blue-bucket")], NOT_ALLOWED),
        ([allow(Resource="arn:aws:s3:::[a-z]*")], NOT_ALLOWED),
        ([without(allow(NotResource="arn:aws:s3:::other/*"), "Resource")], ALLOWED),
        ([without(allow(NotResource="arn:aws:s3:::blue-*"), "Resource")], NOT_ALLOWED),
        ([allow(Resource="arn:aws:s3:::${aws:username}/*")], UNKNOWN),
        ([without(allow(NotResource="arn:aws:s3:::${aws:username}/*"), "Resource")], UNKNOWN),
        ([allow(), deny()], DENIED),
        ([deny()], DENIED),
        ([allow(), deny(Action="s3:Put*")], ALLOWED),
        ([allow(), deny(Resource="arn:aws:s3:::${aws:username}/*")], UNKNOWN),
        ([deny(Resource="arn:aws:s3:::${aws:username}/*")], NOT_ALLOWED),
        ([allow(**condition("StringEquals", VIA, "s3.eu-central-1.amazonaws.com"))], ALLOWED),
        ([allow(**condition("StringLike", VIA, ["sqs.*", "s3.*.amazonaws.com"]))], ALLOWED),
        ([allow(**condition("StringEquals", VIA, "s3.*.amazonaws.com"))], NOT_ALLOWED),
        (
            [allow(**condition("StringEqualsIgnoreCase", "KMS:viaservice", "S3.EU-central-1.amazonaws.com"))],
            ALLOWED,
        ),
        ([allow(**condition("StringNotEquals", VIA, "sqs.eu-central-1.amazonaws.com"))], ALLOWED),
        ([allow(**condition("StringNotLike", VIA, "s3.*"))], NOT_ALLOWED),
        ([allow(**condition("StringEqualsIfExists", VIA, "s3.eu-central-1.amazonaws.com"))], ALLOWED),
        ([allow(**condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"))], UNKNOWN),
        ([allow(**condition("IpAddress", VIA, "10.0.0.0/8"))], UNKNOWN),
        ([allow(**condition("StringEquals", VIA, "${aws:x}"))], UNKNOWN),
        ([allow(), deny(**condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"))], UNKNOWN),
        ([allow(), deny(**condition("StringEquals", VIA, "sqs.eu-central-1.amazonaws.com"))], ALLOWED),
        ([allow(), allow(**condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"))], ALLOWED),
    ],
)
def test_decisions(statements: list[dict[str, Any]], decision: Decision) -> None:
    assert decide([{"Statement": statements}], GET) is decision
    assert decide([{"Statement": one} for one in statements], GET) is decision


@pytest.mark.parametrize(
    ("principal", "decision"),
    [
        ({"Principal": "*"}, ALLOWED),
        ({"Principal": {"AWS": "*"}}, ALLOWED),
        ({"Principal": {"Service": ["logs.amazonaws.com", "airflow.amazonaws.com"]}}, ALLOWED),
        ({"Principal": {"Service": "logs.amazonaws.com"}}, NOT_ALLOWED),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}, UNKNOWN),
        ({}, NOT_ALLOWED),
    ],
)
def test_policies_of_resources_name_who_may(principal: dict[str, Any], decision: Decision) -> None:
    request = Request("sts:AssumeRole", "", {}, frozenset({"airflow.amazonaws.com"}))
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole"} | principal
    assert decide([{"Statement": [statement]}], request) is decision


def test_a_boundary_has_to_allow_it_too() -> None:
    policy = {"Statement": [allow()]}
    assert decide([policy], GET, {"Statement": [allow(Action="sqs:*")]}) is NOT_ALLOWED
    assert decide([policy], GET, policy) is ALLOWED


actions = st.sampled_from(["s3:*", "*", "s3:GetObject", "s3:Put*", "sqs:*", "S3:Get?bject"])
resources = st.sampled_from(
    ["*", "arn:aws:s3:::blue-bucket/*", "arn:aws:s3:::other", "arn:aws:s3:::${aws:username}"]
)
conditions = st.sampled_from(
    [{}, condition("StringLike", VIA, "s3*"), condition("IpAddress", "aws:SourceIp", "::/0")]
)
some = st.builds(
    lambda effect, action, resource, when: {"Effect": effect, "Action": action, "Resource": resource} | when,
    st.sampled_from(["Allow", "Deny"]), actions, resources, conditions,
)  # fmt: skip
policies = st.lists(some, max_size=5)


@given(policies)
def test_a_plain_deny_wins_over_everything(found: list[dict[str, Any]]) -> None:
    assert decide([{"Statement": [*found, deny(Action="*")]}], GET) is DENIED


@given(policies, some)
def test_another_allow_takes_nothing_away(found: list[dict[str, Any]], one: dict[str, Any]) -> None:
    before = decide([{"Statement": found}], GET)
    after = decide([{"Statement": [*found, one | {"Effect": "Allow"}]}], GET)
    assert after is before or before in (NOT_ALLOWED, UNKNOWN)


@given(policies, some)
def test_another_deny_gives_nothing(found: list[dict[str, Any]], one: dict[str, Any]) -> None:
    after = decide([{"Statement": [*found, one | {"Effect": "Deny"}]}], GET)
    assert after is not ALLOWED or decide([{"Statement": found}], GET) is ALLOWED


@given(st.permutations([allow(), deny(Action="s3:Put*"), allow(Action="sqs:*"), deny(Resource="${x}")]))
def test_the_order_of_statements_does_not_matter(found: list[dict[str, Any]]) -> None:
    assert decide([{"Statement": found}], GET) is UNKNOWN


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=6))
def test_wildcards_are_those_of_file_names(pattern: str, text: str) -> None:
    statement = allow(Resource=f"arn:{pattern}")
    said = decide([{"Statement": [statement]}], Request("s3:GetObject", f"arn:{text}"))
    assert (said is ALLOWED) == fnmatchcase(text, pattern)
