"""Blue environments for the tests, as `aws mwaa get-environment` describes them."""

from __future__ import annotations

import copy
from typing import Any

from airshift.environments.mapping import define
from airshift.environments.model import Blue, Green, Wish
from airshift.targets import parse_target

ACCOUNT, REGION = "123456789012", "eu-central-1"
CLASSES = ("mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge")
TARGETS = ("mwaa-3.0.6", "mwaa-3.2.1", "mwaa-3.3.1")
OPTIONS = {
    "celery.worker_autoscale": "5,5",
    "core.dag_concurrency": "16",
    "core.fernet_key": "never to be seen",
    "core.parallelism": "32",
    "core.max_num_rendered_ti_fields_per_task": "30",
    "my_team.api": "never to be seen",
    "scheduler.min_file_process_interval": "60",
    "secrets.backend": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
    "secrets.backend_kwargs": '{"connections_prefix": "prod/connections", "variables_prefix": "prod/variables"}',
    "webserver.default_ui_timezone": "Europe/Berlin",
    "webserver.instance_name": "Blue",
    "webserver.secret_key": "never to be seen",
}
_MODULES = ("DagProcessing", "Scheduler", "Task", "Webserver", "Worker")


def description(environment_class: str = "mw1.small", **changes: Any) -> dict[str, Any]:
    """A blue environment of a class, every field set; None removes a field."""
    micro = environment_class == "mw1.micro"
    arn = f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/blue"
    found: dict[str, Any] = {
        "AirflowConfigurationOptions": dict(OPTIONS),
        "AirflowVersion": "2.10.3",
        "Arn": arn,
        "CeleryExecutorQueue": f"arn:aws:sqs:{REGION}:211111111111:airflow-celery-blue",
        "CreatedAt": "2025-03-01T08:00:00+00:00",
        "DagS3Path": "dags",
        "DatabaseVpcEndpointService": "com.amazonaws.vpce.database",
        "EndpointManagement": "SERVICE",
        "EnvironmentClass": environment_class,
        "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/service-role/blue-execution",
        "KmsKey": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012",
        "LastUpdate": {"Status": "SUCCESS", "CreatedAt": "2026-01-01T00:00:00+00:00"},
        "LoggingConfiguration": {
            f"{module}Logs": {
                "Enabled": True,
                "LogLevel": "INFO",
                "CloudWatchLogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:airflow-blue-{module}",
            }
            for module in _MODULES
        },
        "MaxWebservers": 1 if micro else 3,
        "MaxWorkers": 1 if micro else 10,
        "MinWebservers": 1 if micro else 2,
        "MinWorkers": 1,
        "Name": "blue",
        "NetworkConfiguration": {"SubnetIds": ["subnet-aa", "subnet-bb"], "SecurityGroupIds": ["sg-aa"]},
        "PluginsS3ObjectVersion": "p1",
        "PluginsS3Path": "plugins.zip",
        "RequirementsS3ObjectVersion": "r1",
        "RequirementsS3Path": "config/requirements.txt",
        "Schedulers": 1 if micro else 2,
        "ServiceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA",
        "SourceBucketArn": "arn:aws:s3:::blue-bucket",
        "StartupScriptS3ObjectVersion": "s1",
        "StartupScriptS3Path": "startup.sh",
        "Status": "AVAILABLE",
        "Tags": {"team": "data", "aws:cloudformation:stack-name": "airflow"},
        "WebserverAccessMode": "PRIVATE_ONLY",
        "WebserverUrl": "blue.c1.eu-central-1.airflow.amazonaws.com",
        "WebserverVpcEndpointService": "com.amazonaws.vpce.webserver",
        "WeeklyMaintenanceWindowStart": "TUE:03:30",
    }
    found |= changes
    return copy.deepcopy({name: value for name, value in found.items() if value is not None})


def green(blue: dict[str, Any] | None = None, target: str = "mwaa-3.3.1", **wish: str) -> Green:
    """Green of a description."""
    asked = {"name": "green", "bucket": "green-bucket"} | wish
    return define(Blue.of(blue or description()), Wish(**asked), parse_target(target))
