"""Least-privilege IAM policies: what green's execution role needs, and what each step of the operator needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airshift.environments.model import OPTIONS, Green

Document = dict[str, Any]
_MODEL = "2012-10-17"
_SERVICES = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]


def policies(green: Green) -> dict[str, Document]:
    """Every policy by the name of its purpose."""
    return {
        "execution-role": _policy(_execution(green)),
        "execution-role-trust": trust(),
        "operator-assess": _policy(_assess(green)),
        "operator-create": _policy(_create(green)),
        "operator-migrate": _policy(_migrate(green)),
        "operator-retire-blue": _policy(_retire(green)),
    }


def trust() -> Document:
    """Who may take the execution role."""
    statement = {"Effect": "Allow", "Principal": {"Service": _SERVICES}, "Action": "sts:AssumeRole"}
    return {"Version": _MODEL, "Statement": [statement]}


def _execution(green: Green) -> Iterator[Document]:
    blue, bucket = green.blue, _bucket(green)
    logs = _arn(green, "logs", f"log-group:airflow-{green.name}-*")
    yield _allow(["airflow:PublishMetrics"], _environment(green, green.name))
    yield {"Effect": "Deny", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"}
    yield _allow(["s3:GetObject*", "s3:GetBucket*", "s3:List*"], [bucket, f"{bucket}/*"])
    yield _allow(
        ["s3:GetAccountPublicAccessBlock", "logs:DescribeLogGroups", "cloudwatch:PutMetricData"], "*"
    )
    yield _allow(
        [
            "logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents", "logs:GetLogEvents",
            "logs:GetLogRecord", "logs:GetLogGroupFields", "logs:GetQueryResults",
        ],
        [logs, f"{logs}:*"],
    )  # fmt: skip
    yield _allow(
        [
            "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
            "sqs:ReceiveMessage", "sqs:SendMessage",
        ],
        f"arn:{blue.partition}:sqs:{blue.region}:*:airflow-celery-*",
    )  # fmt: skip
    yield _key(green)
    yield from _secrets_backend(green)


def _key(green: Green) -> Document:
    """The customer's key, or the queue's key in AWS's account, which has no ARN that could be named."""
    key = green.request.get("KmsKey")
    domain = "amazonaws.com.cn" if green.blue.partition == "aws-cn" else "amazonaws.com"
    through = [f"{service}.{green.blue.region}.{domain}" for service in (("sqs", "s3") if key else ("sqs",))]
    actions = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"]
    statement: Document = {"Effect": "Allow", "Action": actions}
    conditions: Document = {"StringLike": {"kms:ViaService": through}}
    if not key:
        statement["NotResource"] = f"arn:{green.blue.partition}:kms:*:{green.blue.account}:key/*"
    else:
        alias = key.rpartition(":")[2]
        statement["Resource"] = _key_arn(green, key)
        if alias.startswith("alias/"):
            conditions["ForAnyValue:StringEquals"] = {"kms:ResourceAliases": alias}
    return statement | {"Condition": conditions}


def _key_arn(green: Green, key: str) -> str:
    if key.rpartition(":")[2].startswith("alias/"):
        return _arn(green, "kms", "key/*")
    return key if key.startswith("arn:") else _arn(green, "kms", f"key/{key.removeprefix('key/')}")


def _secrets_backend(green: Green) -> Iterator[Document]:
    """Reading rights on what the configured secrets backend looks up."""
    options = green.request.get(OPTIONS, {})
    backend = options.get("secrets.backend")
    if not isinstance(backend, str):
        return
    prefixes = _prefixes(options.get("secrets.backend_kwargs"))
    if not prefixes:
        return
    if backend.endswith("SecretsManagerBackend"):
        names = [_arn(green, "secretsmanager", f"secret:{prefix}") for prefix in prefixes]
        yield _allow(
            [
                "secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue",
                "secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds",
            ],
            names,
        )  # fmt: skip
        yield _allow(["secretsmanager:ListSecrets"], "*")
    elif backend.endswith("SystemsManagerParameterStoreBackend"):
        names = [_arn(green, "ssm", f"parameter/{prefix.lstrip('/')}") for prefix in prefixes]
        yield _allow(["ssm:GetParameter"], names)


def _prefixes(text: object) -> list[str]:
    """How the names of secrets begin: as configured, else as the backend has it by default."""
    try:
        given = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        given = {}
    if not isinstance(given, dict):
        given = {}
    named = [
        given.get(f"{kind}_prefix", f"airflow/{kind}") for kind in ("connections", "variables", "config")
    ]
    return [f"{prefix}{given.get('sep', '/')}*" for prefix in named if isinstance(prefix, str) and prefix]


def _assess(green: Green) -> Iterator[Document]:
    blue = green.blue
    yield _allow(["airflow:ListEnvironments"], "*")
    both = [_environment(green, blue.name), _environment(green, green.name)]
    yield _allow(["airflow:GetEnvironment", "airflow:ListTagsForResource"], both)
    source = f"arn:{blue.partition}:s3:::{blue.bucket}"
    buckets = [source, f"{source}/*", _bucket(green), f"{_bucket(green)}/*"]
    yield _allow(
        [
            "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions",
            "s3:GetBucketVersioning", "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration",
        ],
        buckets,
    )  # fmt: skip
    yield _allow(
        ["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "logs:DescribeLogGroups"], "*"
    )
    groups = [_arn(green, "logs", f"log-group:airflow-{name}-*") for name in (blue.name, green.name)]
    yield _allow(["logs:FilterLogEvents"], groups)
    yield _allow(["airflow:InvokeRestApi"], _airflow_role(green, blue.name, "Viewer"))


def _create(green: Green) -> Iterator[Document]:
    blue, bucket = green.blue, _bucket(green)
    role = green.request["ExecutionRoleArn"]
    linked = "role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"
    yield _allow(
        [
            "s3:CreateBucket", "s3:PutBucketVersioning", "s3:GetBucketVersioning", "s3:PutBucketPublicAccessBlock",
            "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:ListBucket", "s3:ListBucketVersions",
        ],
        bucket,
    )  # fmt: skip
    yield _allow(["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject"], f"{bucket}/*")
    yield _allow(["airflow:CreateEnvironment", "airflow:TagResource"], _environment(green, green.name))
    names = [_environment(green, name) for name in (blue.name, green.name)]
    yield _allow(["airflow:GetEnvironment"], names)
    passed = {"StringEquals": {"iam:PassedToService": _SERVICES}}
    yield _allow(["iam:PassRole"], role) | {"Condition": passed}
    yield _allow(["iam:GetRole", "iam:CreateRole", "iam:PutRolePolicy", "iam:GetRolePolicy"], role)
    yield _allow(["iam:CreateServiceLinkedRole"], f"arn:{blue.partition}:iam::{blue.account}:{linked}") | {
        "Condition": {"StringEquals": {"iam:AWSServiceName": "airflow.amazonaws.com"}}
    }
    described = ["Subnets", "RouteTables", "SecurityGroups", "Vpcs", "VpcEndpoints"]
    yield _allow([f"ec2:Describe{what}" for what in described], "*")
    kinds = ("vpc-endpoint", "vpc", "subnet", "security-group", "network-interface")
    yield _allow(
        ["ec2:CreateVpcEndpoint", "ec2:CreateNetworkInterface"],
        [_arn(green, "ec2", f"{kind}/*") for kind in kinds],
    )
    if "KmsKey" in green.request:
        actions = "DescribeKey ListGrants CreateGrant RevokeGrant Decrypt Encrypt GenerateDataKey* ReEncrypt*".split()
        key = _key_arn(green, green.request["KmsKey"])
        yield _allow([f"kms:{action}" for action in actions], key)


def _migrate(green: Green) -> Iterator[Document]:
    roles = [_airflow_role(green, name, "Op") for name in (green.blue.name, green.name)]
    yield _allow(["airflow:InvokeRestApi"], roles)


def _retire(green: Green) -> Iterator[Document]:
    yield _allow(["airflow:DeleteEnvironment"], _environment(green, green.blue.name))


def _policy(statements: Iterator[Document]) -> Document:
    return {"Version": _MODEL, "Statement": list(statements)}


def _allow(actions: list[str], resource: str | list[str]) -> Document:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _bucket(green: Green) -> str:
    return f"arn:{green.blue.partition}:s3:::{green.bucket}"


def _environment(green: Green, name: str) -> str:
    return _arn(green, "airflow", f"environment/{name}")


def _airflow_role(green: Green, name: str, role: str) -> str:
    return _arn(green, "airflow", f"role/{name}/{role}")


def _arn(green: Green, service: str, resource: str) -> str:
    blue = green.blue
    return f"arn:{blue.partition}:{service}:{blue.region}:{blue.account}:{resource}"
