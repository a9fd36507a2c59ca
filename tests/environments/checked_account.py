"""An AWS account in which nothing is wrong with blue, made of moto's EC2, IAM, KMS, S3, CloudWatch and logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from airshift.clients.aws import client
from airshift.environments.iam import policies, trust
from airshift.environments.model import Blue
from environments.blue_account import BUCKET, Account, blue_account
from environments.blues import ACCOUNT, REGION, green

LOG_KINDS = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")
METRICS = {
    "Celery": ("TaskQueued", "TaskPulled", "TaskExecuted", "CeleryWorkerHeartbeat"),
    "BaseWorker": ("CPUUtilization", "MemoryUtilization"),
    "Scheduler": ("CPUUtilization", "MemoryUtilization"),
    "WebServer": ("CPUUtilization", "MemoryUtilization"),
}
BLOCK = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


@dataclass(frozen=True)
class Checked:
    """The account, and the ids a test needs to break something."""

    account: Account
    subnets: list[str]
    group: str
    acl: str
    tables: list[str]
    nat: str

    @property
    def description(self) -> dict[str, Any]:
        return self.account.description


@cache
def opened(service: str) -> Any:
    """A client for the tests' own calls; making one takes longer than a call."""
    return client(service, REGION)


def _network() -> tuple[list[str], str, str, list[str], str]:
    ec2 = opened("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets, tables = [], []
    public = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}a")["Subnet"][
        "SubnetId"
    ]
    nat = ec2.create_nat_gateway(SubnetId=public)["NatGateway"]["NatGatewayId"]
    for number, zone in enumerate("ab"):
        made = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )
        subnets.append(made["Subnet"]["SubnetId"])
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[-1])
        tables.append(table)
    group = ec2.create_security_group(GroupName="blue", Description="blue", VpcId=vpc)["GroupId"]
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[itself])
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    return subnets, group, acls[0]["NetworkAclId"], tables, nat


def _key() -> str:
    kms = opened("kms")
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}
        },
    }
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root, logs]})
    return str(kms.create_key(Policy=policy)["KeyMetadata"]["Arn"])


def execution_policy(said: dict[str, Any]) -> dict[str, Any]:
    """What `env green` writes for an environment, with blue's names in it."""
    policy = policies(green(said, name="xgreenx", bucket="xgreenx-bucket"))["execution-role"]
    made: dict[str, Any] = json.loads(json.dumps(policy).replace("xgreenx", "blue"))
    return made


def put_metrics(hours: float = 1, value: float = 20.0, only: str = "") -> None:
    for of, names in METRICS.items():
        dimension = "Function" if of == "Celery" else "Cluster"
        for name in names:
            if only in (name, ""):
                datum = {
                    "MetricName": name,
                    "Dimensions": [
                        {"Name": dimension, "Value": of},
                        {"Name": "Environment", "Value": "blue"},
                    ],
                    "Timestamp": datetime.now(UTC) - timedelta(hours=hours),
                    "Value": value,
                }
                namespace = "AmazonMWAA" if of == "Celery" else "AWS/MWAA"
                opened("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


@contextmanager
def checked_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Checked]:
    """Blue in an account where every point is fine."""
    with blue_account(monkeypatch) as account:
        subnets, group, acl, tables, nat = _network()
        said = account.description
        said["NetworkConfiguration"] = {"SubnetIds": subnets, "SecurityGroupIds": [group]}
        said["KmsKey"] = _key()
        said["AirflowConfigurationOptions"] |= {"core.lazy_load_plugins": "False"}
        for field in ("DagProcessing", "Scheduler", "Task", "Webserver", "Worker"):
            said["LoggingConfiguration"][f"{field}Logs"].pop("CloudWatchLogGroupArn")
        iam = opened("iam")
        role = iam.create_role(
            RoleName="blue-execution", AssumeRolePolicyDocument=json.dumps(trust()), Path="/service-role/"
        )
        said["ExecutionRoleArn"] = role["Role"]["Arn"]
        assert Blue.of(said).account == ACCOUNT
        document = json.dumps(execution_policy(said))
        iam.put_role_policy(RoleName="blue-execution", PolicyName="inline", PolicyDocument=document)
        account.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=BLOCK)
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        account.s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
        for kind in LOG_KINDS:
            opened("logs").create_log_group(logGroupName=f"airflow-blue-{kind}")
        put_metrics()
        health = account.airflow.content["/health"]
        health["scheduler"]["status"] = "healthy"
        yield Checked(account, subnets, group, acl, tables, nat)
