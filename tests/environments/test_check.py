"""`airshift env check`: an account in which all is fine, and everything that can be wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airshift.cli.app import run
from airshift.clients import running
from environments.blues import ACCOUNT, REGION
from environments.checked_account import (
    BUCKET,
    Checked,
    checked_account,
    execution_policy,
    opened,
    put_metrics,
)
from environments.fake_airflow import CANARY, dag

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/schemas/env-check.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BACKOFF", 0.001)


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Checked]:
    with checked_account(monkeypatch) as account:
        yield account


def judged(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[tuple[str, str], tuple[str, str]]]:
    capsys.readouterr()
    code = run(["env", "check", "mwaa:blue", "--format", "json"])
    said = capsys.readouterr()
    assert CANARY not in said.out + said.err
    assert "never to be seen" not in said.out + said.err
    document = json.loads(said.out)
    jsonschema.validate(document, SCHEMA)
    return code, {(one["topic"], one["name"]): (one["verdict"], one["text"]) for one in document["checks"]}


def test_nothing_is_wrong(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    code, points = judged(capsys)
    assert {name: said for name, said in points.items() if said[0] != "ok"} == {}
    assert code == 0
    assert {topic for topic, _ in points} == {
        "state", "airflow", "capacity", "queue", "logs", "files", "options", "network", "role", "key", "bucket",
    }  # fmt: skip
    assert run(["env", "check", "mwaa:blue"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"mwaa:blue: {len(points)} ok, 0 problem, 0 unknown\n")
    assert "\nnetwork\n  ok       subnets: two, in eu-central-1a and eu-central-1b\n" in text


Break = Callable[[Checked], Any]


def policy_without(action: str) -> Break:
    def change(one: Checked) -> None:
        policy = execution_policy(one.description)
        for statement in policy["Statement"]:
            actions = statement.get("Action", [])
            statement["Action"] = [name for name in actions if name != action] or ["none:none"]
        put_policy(policy)

    return change


def put_policy(policy: dict[str, Any], name: str = "inline") -> None:
    opened("iam").put_role_policy(
        RoleName="blue-execution", PolicyName=name, PolicyDocument=json.dumps(policy)
    )


def statement(effect: str, action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    one = {"Effect": effect, "Action": action, "Resource": resource} | more
    return {"Version": "2012-10-17", "Statement": [one]}


def replace_route(one: Checked, **target: str) -> None:
    ec2 = opened("ec2")
    ec2.delete_route(RouteTableId=one.tables[0], DestinationCidrBlock="0.0.0.0/0")
    if target:
        ec2.create_route(RouteTableId=one.tables[0], DestinationCidrBlock="0.0.0.0/0", **target)


def internet(one: Checked) -> None:
    ec2 = opened("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    replace_route(one, GatewayId=gateway)


def acl_rule(
    number: int, action: str, cidr: str, *, egress: bool = False, ports: tuple[int, int] = (0, 65535)
) -> Break:
    def change(one: Checked) -> None:
        opened("ec2").create_network_acl_entry(
            NetworkAclId=one.acl, RuleNumber=number, Protocol="6", RuleAction=action, CidrBlock=cidr,
            Egress=egress, PortRange={"From": ports[0], "To": ports[1]},
        )  # fmt: skip

    return change


def ingress(*rules: dict[str, Any]) -> Break:
    def change(one: Checked) -> None:
        ec2 = opened("ec2")
        old = ec2.describe_security_groups(GroupIds=[one.group])["SecurityGroups"][0]["IpPermissions"]
        ec2.revoke_security_group_ingress(GroupId=one.group, IpPermissions=old)
        if rules:
            ec2.authorize_security_group_ingress(GroupId=one.group, IpPermissions=list(rules))

    return change


def key_policy(*statements: dict[str, Any]) -> Break:
    def change(one: Checked) -> None:
        key = one.description["KmsKey"].rpartition("/")[2]
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        opened("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))

    return change


def described(**changes: Any) -> Break:
    return lambda one: one.description.update(changes)


def option(name: str, value: str) -> Break:
    return lambda one: one.description["AirflowConfigurationOptions"].update({name: value})


def encrypted(key: str) -> Break:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    return lambda one: one.account.s3.put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def many_dags(one: Checked) -> None:
    one.account.airflow.content["/dags"]["dags"] = [dag(f"dag_{number}", 2) for number in range(51)]


def sick(one: Checked) -> None:
    one.account.airflow.content["/health"]["scheduler"]["status"] = "unhealthy"


ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
LOGS = {
    "Effect": "Allow",
    "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
    "Action": "kms:*",
    "Resource": "*",
}
FROM_ADDRESS = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}


@pytest.mark.parametrize(
    ("change", "point", "verdict", "text"),
    [
        (described(Status="UPDATING"), ("state", "status"), "problem", "UPDATING"),
        (
            described(LastUpdate={"Status": "FAILED", "Error": {"ErrorCode": "X", "ErrorMessage": CANARY}}),
            ("state", "last update"), "problem", "failed: X",
        ),
        (sick, ("airflow", "scheduler"), "problem", "unhealthy"),
        (many_dags, ("capacity", "DAGs"), "problem", "51; mw1.small is meant for up to 50"),
        (described(EnvironmentClass="mw9.huge"), ("capacity", "DAGs"), "unknown", "mw9.huge"),
        (lambda one: put_metrics(2, 99, "CPUUtilization"), ("capacity", "Scheduler CPUUtilization"), "ok", "60 %"),
        (lambda one: put_metrics(2, 190, "CPUUtilization"), ("capacity", "Scheduler CPUUtilization"), "problem", "105 %"),
        (lambda one: opened("logs").delete_log_group(logGroupName="airflow-blue-Task"), ("logs", "TaskLogs"), "problem", "airflow-blue-Task"),
        (
            lambda one: one.description["LoggingConfiguration"]["TaskLogs"].update(Enabled=False),
            ("logs", "TaskLogs"), "problem", "off",
        ),
        (
            lambda one: one.account.s3.delete_object(Bucket=BUCKET, Key="dags/.airflowignore"),
            ("files", ".airflowignore"), "problem", "parsed as a DAG",
        ),
        (option("celery.worker_concurrency", "4"), ("options", "celery.worker_concurrency"), "problem", "worker_autoscale"),
        (option("core.lazy_load_plugins", "True"), ("options", "core.lazy_load_plugins"), "problem", "first use"),
        (replace_route, ("network", "way out of {subnet}"), "problem", "no VPC endpoint with private DNS for airflow.api"),
        (internet, ("network", "way out of {subnet}"), "problem", "public subnet"),
        (
            lambda one: replace_route(one, GatewayId=opened("ec2").create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]),
            ("network", "way out of {subnet}"), "unknown", "cannot be seen",
        ),
        (
            lambda one: one.description["NetworkConfiguration"].update(SubnetIds=one.subnets[:1]),
            ("network", "subnets"), "problem", "two in different zones",
        ),
        (acl_rule(50, "deny", "10.0.0.0/8"), ("network", "{acl}, port 5432"), "problem", "denies traffic from 10.0.0.0/24"),
        (acl_rule(50, "deny", "0.0.0.0/0", egress=True, ports=(5432, 5432)), ("network", "{acl}, port 5432"), "problem", "to 10.0.0.0/24"),
        (acl_rule(50, "deny", "10.0.0.128/25"), ("network", "{acl}, port 5432"), "unknown", "parts of 10.0.0.0/24"),
        (acl_rule(50, "deny", "0.0.0.0/0", ports=(22, 22)), ("network", "{acl}, port 5432"), "ok", "allowed"),
        (acl_rule(50, "deny", "192.168.0.0/16"), ("network", "{acl}, port 5432"), "ok", "allowed"),
        (ingress(), ("network", "security groups"), "problem", "no inbound rule at all"),
        (
            ingress({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
            ("network", "security groups"), "problem", "5432 and 443",
        ),
        (
            ingress({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 5432, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
            ("network", "security groups"), "unknown", "none the own group",
        ),
        (policy_without("airflow:PublishMetrics"), ("role", "metrics"), "problem", "airflow:PublishMetrics (not allowed)"),
        (policy_without("logs:PutLogEvents"), ("role", "logs"), "problem", "logs:PutLogEvents"),
        (policy_without("sqs:SendMessage"), ("role", "queue"), "problem", "sqs:SendMessage"),
        (policy_without("kms:GenerateDataKey*"), ("role", "key"), "problem", "kms:GenerateDataKey"),
        (lambda one: put_policy(statement("Deny", "s3:GetObject"), "more"), ("role", "objects"), "problem", "denied"),
        (lambda one: put_policy(statement("Deny", "s3:GetObject", **FROM_ADDRESS), "more"), ("role", "objects"), "unknown", "conditions"),
        (lambda one: put_policy(statement("Allow", "*")), ("role", "no list of all buckets"), "problem", "MWAA asks to deny it"),
        (
            lambda one: opened("iam").update_assume_role_policy(
                RoleName="blue-execution",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "airflow.amazonaws.com"}, "Action": "sts:AssumeRole"}]}),
            ),
            ("role", "trust"), "problem", "airflow-env.amazonaws.com may not",
        ),
        (key_policy(ROOT), ("key", "key policy, logs"), "problem", "CloudWatch Logs may not use the key"),
        (key_policy(LOGS), ("key", "key policy, role"), "problem", "the account or the execution role"),
        (key_policy(ROOT, LOGS | FROM_ADDRESS), ("key", "key policy, logs"), "unknown", "conditions"),
        (
            key_policy(ROOT, LOGS | {"Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:other-*"}}}),
            ("key", "key policy, logs"), "problem", "not allowed",
        ),
        (lambda one: one.account.s3.delete_public_access_block(Bucket=BUCKET), ("bucket", "public access"), "problem", "neither"),
        (
            lambda one: one.account.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}),
            ("bucket", "versioning"), "problem", "suspended",
        ),
        (encrypted(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/other"), ("bucket", "encryption"), "problem", "not the environment's key"),
        (encrypted("alias/blue"), ("bucket", "encryption"), "unknown", "not known"),
        (lambda one: encrypted(one.description["KmsKey"])(one), ("bucket", "encryption"), "ok", "with the environment's key"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    checked: Checked,
    capsys: pytest.CaptureFixture[str],
    change: Break,
    point: tuple[str, str],
    verdict: str,
    text: str,
) -> None:
    change(checked)
    code, points = judged(capsys)
    topic, name = point[0], point[1].format(subnet=checked.subnets[0], acl=checked.acl)
    said = points[topic, name]
    assert said[0] == verdict, points
    assert text in said[1]
    others = {key: one for key, one in points.items() if one[0] != "ok" and key != (topic, name)}
    assert {key[0] for key in others} <= {topic}, others
    assert code == {"ok": 0, "problem": 1, "unknown": 3}[verdict]


def test_a_private_network_needs_all_endpoints(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    replace_route(checked)
    ec2 = opened("ec2")
    vpc = ec2.describe_subnets(SubnetIds=checked.subnets)["Subnets"][0]["VpcId"]
    for service in (
        "airflow.api",
        "airflow.env",
        "airflow.ops",
        "ecr.api",
        "ecr.dkr",
        "kms",
        "logs",
        "monitoring",
        "sqs",
    ):
        ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType="Interface",
            SubnetIds=checked.subnets, PrivateDnsEnabled=True,
        )  # fmt: skip
    name = ("network", f"way out of {checked.subnets[0]}")
    assert judged(capsys)[1][name] == (
        "problem",
        "no default route, and no VPC endpoint with private DNS for s3",
    )
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[checked.tables[0]],
    )
    assert judged(capsys)[1][name] == ("ok", "VPC endpoints for all 10 services")


def test_what_may_not_be_read_is_unknown(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    checked.account.airflow.broken |= {"/dags": 403, "/health": 403}
    opened("iam").delete_role_policy(RoleName="blue-execution", PolicyName="inline")
    opened("iam").delete_role(RoleName="blue-execution")
    checked.description["NetworkConfiguration"] = {"SubnetIds": ["subnet-none"], "SecurityGroupIds": []}
    code, points = judged(capsys)
    assert code == 3
    for point in (
        ("role", "execution role"),
        ("network", "VPC"),
        ("airflow", "health"),
        ("capacity", "DAGs"),
    ):
        assert points[point][0] == "unknown"
    assert "NoSuchEntity" in points["role", "execution role"][1]


def test_an_environment_without_a_key_of_its_own(
    checked: Checked, capsys: pytest.CaptureFixture[str]
) -> None:
    del checked.description["KmsKey"]
    put_policy(execution_policy(checked.description))
    code, points = judged(capsys)
    assert code == 0, points
    assert "key" not in {topic for topic, _ in points}


def test_a_key_may_be_named_by_its_id(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    checked.description["KmsKey"] = checked.description["KmsKey"].rpartition("/")[2]
    code, points = judged(capsys)
    assert code == 0, points
    assert points["role", "key"][0] == "ok"


def test_an_account_that_blocks_public_access_is_enough(
    checked: Checked, capsys: pytest.CaptureFixture[str]
) -> None:
    checked.account.s3.delete_public_access_block(Bucket=BUCKET)
    block = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    opened("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=block)
    assert judged(capsys)[1]["bucket", "public access"] == ("ok", "blocked for the account")


def test_only_an_environment_of_mwaa_can_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "check", "https://airflow.example"]) == 2
    assert "mwaa:NAME" in capsys.readouterr().err
