"""May the environment do what it has to: execution role, key, bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from airshift.environments.evidence import Evidence, Role
from airshift.environments.model import Blue
from airshift.environments.parts import Unknown
from airshift.environments.policy import Decision, Policy, Request, decide
from airshift.environments.verdicts import Check, judged, ok, problem, unknown

_SERVICES = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")


@dataclass(frozen=True, slots=True)
class Need:
    """What the execution role has to be allowed, or (`denied`) must not be."""

    name: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: dict[str, str] = field(default_factory=dict)
    denied: bool = False


def check_access(found: Evidence) -> Iterator[Check]:
    """Every point about rights."""
    blue = found.blue
    yield from judged("role", "execution role", found.role, lambda role: _role(found, role))
    if blue.description.get("KmsKey"):
        yield from judged(
            "key",
            "key policy",
            found.key_policy or Unknown("no policy was read"),
            lambda one: _key(blue, one),
        )
    yield from _public_access(found)
    yield from judged("bucket", "versioning", found.versioning, _versioning)
    yield from judged(
        "bucket", "encryption", found.encryption, lambda rules: _encryption(rules, found.key_arn)
    )


def needs(blue: Blue, key: str) -> tuple[Need, ...]:
    """What MWAA's documentation asks of an execution role, with resources that stand for all of their kind."""
    bucket = f"arn:{blue.partition}:s3:::{blue.bucket}"
    start = f"arn:{blue.partition}:{{service}}:{blue.region}:{blue.account}"
    logs = f"{start.format(service='logs')}:log-group:airflow-{blue.name}-Task"
    domain = "amazonaws.com.cn" if blue.partition == "aws-cn" else "amazonaws.com"
    through = {"kms:ViaService": f"sqs.{blue.region}.{domain}"}
    return (
        Need("metrics", ("airflow:PublishMetrics",), (f"{start.format(service='airflow')}:environment/{blue.name}",)),
        Need("bucket", ("s3:GetBucketPublicAccessBlock", "s3:GetBucketLocation", "s3:ListBucket"), (bucket,)),
        Need("objects", ("s3:GetObject", "s3:GetObjectVersion"), (f"{bucket}/dags/any.py",)),
        Need("no list of all buckets", ("s3:ListAllMyBuckets",), ("*",), denied=True),
        Need("account block", ("s3:GetAccountPublicAccessBlock",), ("*",)),
        Need(
            "logs",
            ("logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents", "logs:GetLogEvents",
             "logs:GetLogRecord", "logs:GetLogGroupFields", "logs:GetQueryResults"),
            (logs, f"{logs}:log-stream:any"),
        ),
        Need("log groups", ("logs:DescribeLogGroups",), ("*",)),
        Need("figures", ("cloudwatch:PutMetricData",), ("*",)),
        Need(
            "queue",
            ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
             "sqs:ReceiveMessage", "sqs:SendMessage"),
            (f"arn:{blue.partition}:sqs:{blue.region}:000000000000:airflow-celery-any",),
        ),
        Need("key", _KEY_ACTIONS, (key,), through),
    )  # fmt: skip


def _role(found: Evidence, role: Role) -> Iterator[Check]:
    blue = found.blue
    for need in needs(blue, _key_arn(found)):
        yield _need(need, role)
    source = {"aws:SourceAccount": blue.account, "aws:SourceArn": str(blue.description["Arn"])}
    missing, unsure = [], []
    for service in _SERVICES:
        asked = Request("sts:AssumeRole", "", source, frozenset({service}))
        decision = decide([role.trust], asked)
        if decision is Decision.UNKNOWN:
            unsure.append(service)
        elif decision is not Decision.ALLOWED:
            missing.append(service)
    if missing:
        yield problem("role", "trust", f"{' and '.join(missing)} may not take the role")
    elif unsure:
        yield unknown("role", "trust", f"conditions decide whether {' and '.join(unsure)} may take the role")
    else:
        yield ok("role", "trust", "MWAA may take the role")


def _key_arn(found: Evidence) -> str:
    """The customer's key, or one that stands for the key of the queue in AWS's own account."""
    if isinstance(found.key_arn, str):
        return found.key_arn
    blue = found.blue
    given = str(blue.description.get("KmsKey") or "")
    account = blue.account if given else "000000000000"
    name = given.removeprefix("key/") or "mwaa"
    return (
        given if given.startswith("arn:") else f"arn:{blue.partition}:kms:{blue.region}:{account}:key/{name}"
    )


def _need(need: Need, role: Role) -> Check:
    decisions = {action: _best(need, action, role) for action in need.actions}
    if need.denied:
        decision = decisions[need.actions[0]]
        if decision is Decision.ALLOWED:
            return problem("role", need.name, f"{need.actions[0]} is allowed; MWAA asks to deny it")
        return ok("role", need.name, f"{need.actions[0]} is not allowed")
    refused = [f"{one} ({decision})" for one, decision in decisions.items() if decision in _REFUSED]
    if refused:
        return problem("role", need.name, f"{', '.join(refused)} on {need.resources[0]}")
    unsure = [one for one, decision in decisions.items() if decision is Decision.UNKNOWN]
    if unsure:
        return unknown("role", need.name, f"conditions or variables decide about {', '.join(unsure)}")
    return ok("role", need.name, f"{', '.join(need.actions)}")


_REFUSED = (Decision.DENIED, Decision.NOT_ALLOWED)
_ORDER = (Decision.ALLOWED, Decision.UNKNOWN, Decision.DENIED, Decision.NOT_ALLOWED)


def _best(need: Need, action: str, role: Role) -> Decision:
    """The best decision over the forms that a resource may be asked in."""
    return _first(
        decide(role.policies, Request(action, one, need.context), role.boundary) for one in need.resources
    )


def _first(decisions: Iterable[Decision]) -> Decision:
    return min(decisions, key=_ORDER.index)


def _key(blue: Blue, policy: Policy) -> Iterator[Check]:
    account = frozenset({f"arn:{blue.partition}:iam::{blue.account}:root", blue.account})
    role = frozenset({str(blue.description.get("ExecutionRoleArn"))})
    own = _first(_key_decision(policy, who, {}) for who in (account, role))
    yield _key_check("key policy, role", own, "the account or the execution role")
    logs = frozenset({f"logs.{blue.region}.amazonaws.com", "logs.amazonaws.com"})
    group = f"arn:{blue.partition}:logs:{blue.region}:{blue.account}:log-group:airflow-{blue.name}-Task"
    decision = _key_decision(policy, logs, {"kms:EncryptionContext:aws:logs:arn": group})
    yield _key_check("key policy, logs", decision, "CloudWatch Logs")


def _key_decision(policy: Policy, who: frozenset[str], context: dict[str, str]) -> Decision:
    asked = [Request(action, "*", context, who) for action in _KEY_ACTIONS if action != "kms:DescribeKey"]
    return max((decide([policy], one) for one in asked), key=_ORDER.index)


def _key_check(name: str, decision: Decision, who: str) -> Check:
    if decision is Decision.ALLOWED:
        return ok("key", name, f"{who} may use the key")
    if decision is Decision.UNKNOWN:
        return unknown("key", name, f"conditions decide whether {who} may use the key")
    return problem("key", name, f"{who} may not use the key ({decision})")


def _public_access(found: Evidence) -> Iterator[Check]:
    """The bucket or the whole account has to block public access."""
    name = "public access"
    blocks = {"bucket": found.bucket_block, "account": found.account_block}
    for whose, block in blocks.items():
        if isinstance(block, dict) and all(block.get(one) for one in _BLOCKS):
            yield ok("bucket", name, f"blocked for the {whose}")
            return
    missing = [block.reason for block in blocks.values() if isinstance(block, Unknown)]
    if missing:
        yield unknown("bucket", name, "; ".join(dict.fromkeys(missing)))
    else:
        yield problem(
            "bucket", name, "blocked neither for the bucket nor for the account; MWAA refuses such a bucket"
        )


def _versioning(status: str) -> Check:
    if status == "Enabled":
        return ok("bucket", "versioning", "enabled")
    return problem("bucket", "versioning", f"{status.lower()}; MWAA needs it")


def _encryption(rules: list[dict[str, Any]], key: str | Unknown | None) -> Check:
    if not rules:
        return problem("bucket", "encryption", "no default encryption")
    algorithm, used = str(rules[0].get("SSEAlgorithm", "")), str(rules[0].get("KMSMasterKeyID") or "")
    if not used or not algorithm.startswith("aws:kms"):
        return ok("bucket", "encryption", algorithm)
    if isinstance(key, Unknown) or ":alias/" in used or used.startswith("alias/"):
        return unknown(
            "bucket",
            "encryption",
            f"{algorithm} with {used}; whether that is the environment's key is not known",
        )
    if key is None or key.rpartition("/")[2] != used.rpartition("/")[2]:
        return problem("bucket", "encryption", f"{algorithm} with {used}, which is not the environment's key")
    return ok("bucket", "encryption", f"{algorithm} with the environment's key")
