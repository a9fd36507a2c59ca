"""Upgrade strategies, IAM policies, layout, and the command as a whole."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airshift.cli.app import run
from airshift.environments.iam import policies
from airshift.environments.layout import layout
from airshift.environments.strategy import advise, in_place_path
from airshift.targets import parse_target
from environments.blues import CLASSES, description, green


@pytest.mark.parametrize(
    ("source", "target", "path"),
    [
        ("2.10.3", "mwaa-3.3.1", ("2.10.3", "2.11.2", "3.3.1")),
        ("2.4.3", "mwaa-3.0.6", ("2.4.3", "2.11.2", "3.0.6")),
        ("2.11.0", "mwaa-3.3.1", ("2.11.0", "3.3.1")),
        ("3.0.6", "mwaa-3.3.1", ("3.0.6", "3.3.1")),
        ("1.10.12", "mwaa-3.3.1", ()),
        ("", "mwaa-3.3.1", ()),
        ("3.3.1", "mwaa-3.0.6", ()),
    ],
)
def test_the_way_in_place(source: str, target: str, path: tuple[str, ...]) -> None:
    assert in_place_path(source, parse_target(target)) == path


def test_both_strategies_say_what_they_cost_and_where_that_was_read() -> None:
    advice = advise("2.10.3", parse_target("mwaa-3.3.1"))
    assert [one.id for one in advice.strategies] == ["blue-green", "in-place"]
    for one in advice.strategies:
        assert all((one.downtime, one.history, one.rollback, one.cost, one.address, one.choose, one.path))
    assert date.fromisoformat(advice.read).year == 2026
    assert all(url.startswith("https://") for _, url in advice.sources)
    assert "2.11.2" in advice.reason
    assert "not open" in advise("1.10.12", parse_target("mwaa-3.3.1")).reason


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    assert policy["Version"] == "2012-10-17"
    return list(policy["Statement"])


def allowed(policy: dict[str, Any], action: str) -> dict[str, Any]:
    found = [one for one in statements(policy) if action in one["Action"]]
    assert len(found) == 1
    return found[0]


def test_the_execution_role_reaches_green_and_nothing_of_blue() -> None:
    documents = policies(green())
    role = documents["execution-role"]
    text = json.dumps(role)
    assert "blue" not in text
    assert allowed(role, "airflow:PublishMetrics")["Resource"].endswith(":environment/green")
    assert allowed(role, "s3:GetObject*")["Resource"] == [
        "arn:aws:s3:::green-bucket",
        "arn:aws:s3:::green-bucket/*",
    ]
    assert allowed(role, "logs:PutLogEvents")["Resource"][0].endswith(":log-group:airflow-green-*")
    assert allowed(role, "s3:ListAllMyBuckets")["Effect"] == "Deny"
    everything = [one for one in statements(role) if one.get("Resource") == "*" and one["Effect"] == "Allow"]
    assert sorted(action for one in everything for action in one["Action"]) == [
        "cloudwatch:PutMetricData", "logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "secretsmanager:ListSecrets",
    ]  # fmt: skip
    assert set(statements(documents["execution-role-trust"])[0]["Principal"]["Service"]) == {
        "airflow.amazonaws.com", "airflow-env.amazonaws.com",
    }  # fmt: skip


def test_the_secrets_backend_decides_what_may_be_read() -> None:
    role = policies(green())["execution-role"]
    assert [one.rpartition(":")[2] for one in allowed(role, "secretsmanager:GetSecretValue")["Resource"]] == [
        "prod/connections/*", "prod/variables/*", "airflow/config/*",
    ]  # fmt: skip
    store = "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend"
    options = {
        "secrets.backend": store,
        "secrets.backend_kwargs": '{"connections_prefix": "/a/c", "variables_prefix": null}',
    }
    role = policies(green(description(AirflowConfigurationOptions=options)))["execution-role"]
    arn = "arn:aws:ssm:eu-central-1:123456789012:parameter"
    assert allowed(role, "ssm:GetParameter")["Resource"] == [f"{arn}/a/c/*", f"{arn}/airflow/config/*"]
    role = policies(green(description(AirflowConfigurationOptions=None)))["execution-role"]
    assert "secretsmanager" not in json.dumps(role)


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("12345678-1234-1234-1234-123456789012", "key/12345678-1234-1234-1234-123456789012"),
        ("key/12345678-1234-1234-1234-123456789012", "key/12345678-1234-1234-1234-123456789012"),
        ("alias/airflow", "key/*"),
        ("arn:aws:kms:eu-central-1:123456789012:alias/airflow", "key/*"),
    ],
)
def test_the_key_of_the_environment(key: str, resource: str) -> None:
    documents = policies(green(description(KmsKey=key)))
    statement = allowed(documents["execution-role"], "kms:Decrypt")
    assert statement["Resource"] == f"arn:aws:kms:eu-central-1:123456789012:{resource}"
    assert ("ForAnyValue:StringEquals" in statement["Condition"]) == ("alias" in key)
    assert allowed(documents["operator-create"], "kms:CreateGrant")["Resource"] == statement["Resource"]


def test_without_a_key_the_queue_key_of_aws_is_meant() -> None:
    documents = policies(green(description(KmsKey=None)))
    statement = allowed(documents["execution-role"], "kms:Decrypt")
    assert statement["NotResource"] == "arn:aws:kms:*:123456789012:key/*"
    assert statement["Condition"]["StringLike"]["kms:ViaService"] == ["sqs.eu-central-1.amazonaws.com"]
    assert "kms:" not in json.dumps(documents["operator-create"])


def test_the_operator_gets_one_policy_a_step() -> None:
    documents = policies(green())
    prefix = "arn:aws:airflow:eu-central-1:123456789012"
    rest = "airflow:InvokeRestApi"
    assert allowed(documents["operator-assess"], rest)["Resource"] == f"{prefix}:role/blue/Viewer"
    assert allowed(documents["operator-migrate"], rest)["Resource"] == [
        f"{prefix}:role/blue/Op",
        f"{prefix}:role/green/Op",
    ]
    passed = allowed(documents["operator-create"], "iam:PassRole")
    assert passed["Resource"] == green().request["ExecutionRoleArn"]
    assert passed["Condition"]["StringEquals"]["iam:PassedToService"] == [
        "airflow.amazonaws.com",
        "airflow-env.amazonaws.com",
    ]
    delete = "airflow:DeleteEnvironment"
    holders = [name for name, one in documents.items() if delete in json.dumps(one)]
    assert holders == ["operator-retire-blue"]
    assert allowed(documents["operator-retire-blue"], delete)["Resource"] == f"{prefix}:environment/blue"
    for name, document in documents.items():
        for statement in statements(document):
            assert all(
                re.fullmatch(r"[a-z0-9-]+:[A-Za-z*]+", action) for action in _listed(statement["Action"])
            ), name


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_layout_of_the_bucket() -> None:
    assert [(place.local, place.key) for place in layout(green())] == [
        ("dags", "dags"), ("plugins.zip", "plugins.zip"), ("requirements.txt", "config/requirements.txt"), ("startup.sh", "startup.sh"),
    ]  # fmt: skip


def command(path: Path, *more: str) -> int:
    return run(["env", "green", str(path), "--name", "green", "--bucket", "green-bucket", *more])


def test_the_command_reads_a_snapshot_folder_and_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"core.parallelism": "32"}
    text = json.dumps({"Environment": description(AirflowConfigurationOptions=options)})
    (tmp_path / "environment.json").write_text(text)
    assert command(tmp_path) == 0
    table = capsys.readouterr().out
    assert "blue (Airflow 2.10.3) to green (Airflow 3.3.1): 0 to decide" in table
    assert "2.10.3 -> 2.11.2 -> 3.3.1" in table
    assert command(tmp_path / "environment.json", "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema_version"] == 1
    assert document["request"]["AirflowVersion"] == "3.3.1"
    assert document["strategy"]["recommended"] == "blue-green"
    assert [row["placeholder"] for row in document["fill_in"]] == [
        "AIRSHIFT-VERSION(plugins.zip)", "AIRSHIFT-VERSION(config/requirements.txt)", "AIRSHIFT-VERSION(startup.sh)",
    ]  # fmt: skip
    assert {row["outcome"] for row in document["changes"]} == {"kept", "changed", "dropped"}


def test_what_has_to_be_decided_gives_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "blue.json"
    file.write_text(json.dumps(description()))
    assert command(file) == 1
    assert "To decide\n  AirflowConfigurationOptions" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        ("nothing", (), "not JSON"),
        ("[]", (), "not the output of"),
        ('{"Name": "x"}', (), "Arn: not the ARN"),
        (json.dumps(description(Schedulers=9)), (), "Schedulers: has to be at most 5"),
        (json.dumps(description()), ("--target", "3.3.1"), "name mwaa-3.3.1"),
        (json.dumps(description()), ("--target", "mwaa-2.11.0"), "airshift migrates to Airflow 3"),
    ],
)
def test_usage(
    content: str, more: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "blue.json"
    file.write_text(content)
    assert command(file, *more) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path / "none.json") == 2
    assert command(tmp_path) == 2
    assert "environment.json: cannot be read" in capsys.readouterr().err


def test_everything_is_written_to_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "blue.json"
    file.write_text(json.dumps(description(CLASSES[0], AirflowConfigurationOptions=None)))
    assert command(file, "--out", str(tmp_path / "out")) == 0
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert names == [
        "create-environment.json", "create.sh", "green.json", "green.tf", "green.txt", "green.yaml", "green_stack.py",
        "policies/execution-role-trust.json", "policies/execution-role.json", "policies/operator-assess.json",
        "policies/operator-create.json", "policies/operator-migrate.json", "policies/operator-retire-blue.json",
    ]  # fmt: skip
    assert (tmp_path / "out" / "green.txt").read_text() == capsys.readouterr().out
    assert command(file, "--out", str(file)) == 2
