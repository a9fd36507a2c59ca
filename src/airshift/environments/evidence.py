"""Collect what `airshift env check` judges: read-only calls of AWS and Airflow, each answered or unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airshift.clients.api import AirflowApi
from airshift.clients.aws import AwsError, translated
from airshift.environments import airflow_facts
from airshift.environments.figures import Figure, figures
from airshift.environments.model import Blue
from airshift.environments.objects import key_of
from airshift.environments.parts import Unknown, asked

Record = dict[str, Any]
Records = list[Record]
Open = Callable[[str, str], Any]
"""Opens a client of boto3 for a service and a region."""


@dataclass(frozen=True, slots=True)
class Network:
    """The VPC as EC2 describes it."""

    subnets: Records
    route_tables: Records
    endpoints: Records
    acls: Records
    groups: Records


@dataclass(frozen=True, slots=True)
class Role:
    """The execution role: its policies, who may take it, and the boundary of what it may."""

    policies: Records
    trust: Record
    boundary: Record | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that could be collected of an environment."""

    blue: Blue
    network: Network | Unknown
    role: Role | Unknown
    key_policy: Record | Unknown | None
    """Of the customer's key; None without one."""
    key_arn: str | Unknown | None
    bucket_block: Record | Unknown
    account_block: Record | Unknown
    versioning: str | Unknown
    encryption: Records | Unknown
    ignore_file: bool | Unknown
    log_groups: frozenset[str] | Unknown
    figures: list[Figure] | Unknown
    dags: int | Unknown
    health: dict[str, str] | Unknown


def collect(blue: Blue, api: AirflowApi, aws: Open) -> Evidence:
    """Ask for all of it; nothing is changed."""
    here = blue.region
    s3 = aws("s3", here)
    key = str(blue.description.get("KmsKey") or "")
    described = asked(lambda: _key(aws("kms", here), key)) if key else None
    return Evidence(
        blue,
        asked(lambda: _network(blue, aws("ec2", here))),
        asked(lambda: _role(blue, aws("iam", here))),
        asked(lambda: _key_policy(aws("kms", here), key)) if key else None,
        described,
        asked(lambda: _block(s3.get_public_access_block, Bucket=blue.bucket)),
        asked(lambda: _block(aws("s3control", here).get_public_access_block, AccountId=blue.account)),
        asked(lambda: str(_said(s3.get_bucket_versioning, Bucket=blue.bucket).get("Status", "off"))),
        asked(lambda: _encryption(s3, blue.bucket)),
        asked(lambda: _has_ignore_file(blue, s3)),
        asked(lambda: _log_groups(aws("logs", here), f"airflow-{blue.name}-")),
        asked(lambda: figures(aws("cloudwatch", here), blue.name)),
        asked(lambda: _dag_count(api)),
        asked(lambda: airflow_facts.health(api)),
    )


def _said(call: Callable[..., Any], **asked_for: Any) -> Record:
    with translated(call.__name__):
        said: Record = call(**asked_for)
        return said


def _all(client: Any, operation: str, key: str, **asked_for: Any) -> Records:
    """Every record of a list, page by page."""
    with translated(operation):
        pages = client.get_paginator(operation).paginate(**asked_for)
        return [record for page in pages for record in page.get(key, ())]


def _network(blue: Blue, ec2: Any) -> Network:
    given = blue.description.get("NetworkConfiguration") or {}
    ids, groups = given.get("SubnetIds") or [], given.get("SecurityGroupIds") or []
    subnets = _all(ec2, "describe_subnets", "Subnets", SubnetIds=ids)
    vpc = [{"Name": "vpc-id", "Values": sorted({subnet["VpcId"] for subnet in subnets})}]
    return Network(
        subnets,
        _all(ec2, "describe_route_tables", "RouteTables", Filters=vpc),
        _all(ec2, "describe_vpc_endpoints", "VpcEndpoints", Filters=vpc),
        _all(
            ec2,
            "describe_network_acls",
            "NetworkAcls",
            Filters=[{"Name": "association.subnet-id", "Values": ids}],
        ),
        _all(ec2, "describe_security_groups", "SecurityGroups", GroupIds=groups),
    )


def _role(blue: Blue, iam: Any) -> Role:
    name = str(blue.description.get("ExecutionRoleArn", "")).rpartition("/")[2]
    role = _said(iam.get_role, RoleName=name)["Role"]
    attached = _all(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    inline = _all(iam, "list_role_policies", "PolicyNames", RoleName=name)
    policies = [_managed(iam, one["PolicyArn"]) for one in attached]
    policies += [
        _said(iam.get_role_policy, RoleName=name, PolicyName=one)["PolicyDocument"] for one in inline
    ]
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Role(policies, role["AssumeRolePolicyDocument"], _managed(iam, boundary) if boundary else None)


def _managed(iam: Any, arn: str) -> Record:
    version = _said(iam.get_policy, PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Record = _said(iam.get_policy_version, PolicyArn=arn, VersionId=version)["PolicyVersion"][
        "Document"
    ]
    return document


def _key(kms: Any, key: str) -> str:
    return str(_said(kms.describe_key, KeyId=key)["KeyMetadata"]["Arn"])


def _key_policy(kms: Any, key: str) -> Record:
    import json

    identifier = _key(kms, key).rpartition("/")[2]
    policy: Record = json.loads(_said(kms.get_key_policy, KeyId=identifier, PolicyName="default")["Policy"])
    return policy


def _block(call: Callable[..., Any], **asked_for: Any) -> Record:
    """The settings that block public access; none of them where nothing is configured."""
    try:
        return dict(_said(call, **asked_for)["PublicAccessBlockConfiguration"])
    except AwsError as error:
        if error.code == "NoSuchPublicAccessBlockConfiguration":
            return {}
        raise


def _encryption(s3: Any, bucket: str) -> Records:
    try:
        said = _said(s3.get_bucket_encryption, Bucket=bucket)
    except AwsError as error:
        if error.code == "ServerSideEncryptionConfigurationNotFoundError":
            return []
        raise
    return [
        rule.get("ApplyServerSideEncryptionByDefault", {})
        for rule in said["ServerSideEncryptionConfiguration"]["Rules"]
    ]


def _has_ignore_file(blue: Blue, s3: Any) -> bool:
    key = f"{key_of(blue.description.get('DagS3Path'), blue.bucket)}/.airflowignore"
    return any(
        one["Key"] == key for one in _all(s3, "list_objects_v2", "Contents", Bucket=blue.bucket, Prefix=key)
    )


def _log_groups(logs: Any, prefix: str) -> frozenset[str]:
    found = _all(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    return frozenset(str(group["logGroupName"]) for group in found)


def _dag_count(api: AirflowApi) -> int:
    from airshift.environments.survey import counts

    return counts(tuple(airflow_facts.dags(api)))["total"]
