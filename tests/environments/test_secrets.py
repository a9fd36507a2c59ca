"""A secret of blue shows up nowhere, and still arrives in green."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from airshift.cli.app import run
from airshift.cli.env import GreenFormat
from airshift.environments.command_line import script
from airshift.redact import is_secret, redact_value
from environments.blues import description, green

CANARY = "canary-7Q"
SENSITIVE = """
core.fernet_key core.dataset_manager_kwargs core.internal_api_secret_key database.sql_alchemy_conn
database.sql_alchemy_engine_args logging.remote_task_handler_kwargs secrets.backend_kwargs webserver.secret_key
smtp.smtp_password sentry.sentry_dsn core.asset_manager_kwargs database.sql_alchemy_conn_async api.secret_key
workers.secrets_backend_kwargs api_auth.jwt_secret celery.broker_url celery.result_backend celery.flower_basic_auth
atlas.password opensearch.password opensearch.username database.sql_alchemy_connect_args
database.sql_alchemy_conn_secret database.sql_alchemy_conn_cmd core.fernet_key_secret smtp.smtp_user
dag_processor.dag_bundle_config_list my_team.anything my_team.api_key kerberos.private_key
""".split()
"""Options that Airflow 2.10.3 or 3.3.1 calls sensitive, and others that hold secrets in practice."""
SHAPES = {
    "core.parallelism_url": CANARY,
    "logging.remote_base_log_folder": f"https://user:{CANARY}@host/logs",
    "api.base_url": f"https://host/?token={CANARY}",
    "core.hostname_callable": f"Bearer {CANARY}",
    "core.default_timezone": f"password={CANARY}",
    "email.from_email": f"AKIAABCDEFGHIJKL {CANARY}",
    "secrets.backend_kwargs": json.dumps({"connections_prefix": f"x?secret={CANARY}"}),
    "workers.secrets_backend_kwargs": json.dumps({"role_id": CANARY}),
}


def blue_with_canaries() -> list[dict[str, Any]]:
    tags = {"api-token": CANARY, "url": f"https://u:{CANARY}@h/x"}
    update = {"Status": "FAILED", "Error": {"ErrorCode": "X", "ErrorMessage": CANARY}}
    plain = dict.fromkeys(SENSITIVE, CANARY)
    json_like = {name: json.dumps({"x": {"y": [CANARY]}}) for name in SENSITIVE}
    return [
        description(AirflowConfigurationOptions=options, Tags=tags, LastUpdate=update, Unknown=CANARY)
        for options in (plain, json_like, SHAPES)
    ]


@pytest.mark.parametrize("blue", blue_with_canaries())
def test_no_canary_in_any_output_or_file(
    blue: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, scratch, out = tmp_path / "snapshot", tmp_path / "scratch", tmp_path / "out"
    snapshot.mkdir()
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    (snapshot / "environment.json").write_text(json.dumps({"Environment": blue}))
    command = ["env", "green", str(snapshot), "--name", "green", "--bucket", "green-bucket"]
    for target in ("mwaa-3.0.6", "mwaa-3.3.1"):
        for output_format in GreenFormat:
            code = run([*command, "--target", target, "--format", output_format])
            assert code == 1  # the unknown field has to be decided
            printed = capsys.readouterr()
            assert printed.out
            assert CANARY not in printed.out + printed.err
    assert run([*command, "--out", str(out)]) == 1
    written = [file for file in tmp_path.rglob("*") if file.is_file() and file.parent != snapshot]
    assert len(written) == 13
    assert not [file for file in written if CANARY in file.read_text()]


def test_no_canary_in_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "blue.json"
    cases = [
        json.dumps(description(AirflowConfigurationOptions={"smtp.smtp_host": f"\u00e4{CANARY}"})),
        json.dumps(description(AirflowConfigurationOptions={"smtp.smtp_host": [CANARY]})),
        json.dumps(description(Tags={"x": f";{CANARY}"})),
        json.dumps(
            description(
                IdentityCenterConfiguration={
                    "StartUrl": f"https://u:{CANARY}@h",
                    "IdentityStoreId": "d-1234567890",
                }
            )
        ),
        json.dumps([CANARY]),
        f'{{"Environment": {CANARY}',
    ]
    for text in cases:
        file.write_text(text)
        assert run(["env", "green", str(file), "--name", "green", "--bucket", "green-bucket"]) == 2
        printed = capsys.readouterr()
        assert printed.err.startswith("airshift: ")
        assert CANARY not in printed.out + printed.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parallelism", "32"),
        ("hide_sensitive_var_conn_fields", "True"),
        ("remote_log_conn_id", "aws_default"),
        (
            "backend",
            "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
        ),
        ("backend_kwargs", '{"connections_prefix": "prod/connections", "full_url_mode": false}'),
        ("default_timezone", "America/Argentina/Buenos_Aires"),
        ("remote_base_log_folder", "s3://logs-2024-bucket/airflow"),
        ("log_format", "[%(asctime)s] {%(filename)s:%(lineno)d} %(levelname)s - %(message)s"),
        ("metrics_allow_list", "scheduler,executor,dagrun"),
    ],
)
def test_harmless_values_are_shown(name: str, value: str) -> None:
    assert not is_secret(name, value, known=True)


@pytest.mark.parametrize("text", ["~", "/", " ", "a", "0", "aaaaaaaaaaaaaaaaaaaaa~", "aB", "\n ", "= "])
def test_the_longest_value_is_judged_at_once(text: str) -> None:
    value = (text * 65_536)[:65_536]
    started = process_time()
    is_secret("log_format", value, known=True)
    redact_value("log_format", f"password\n{value}")
    assert process_time() - started < 5


AWS = """#!/bin/sh
echo "$@" >> "$LOG/arguments"
case "$2" in
  get-environment) cat "$LOG/blue.json" ;;
  head-object) echo "version of $6" ;;
  head-bucket) exit 1 ;;
  create-environment) cat > "$LOG/request.json" ;;
esac
"""


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_the_script_creates_green_with_blues_secrets(tmp_path: Path) -> None:
    options = {"my_team.api": 'it\'s $HOME "quoted" \\', "scheduler.file_parsing_sort_mode": "alphabetical"}
    blue = description(
        AirflowConfigurationOptions=options, Tags={"api token": "the tags secret", "team": "data"}
    )
    made = green(blue, role="arn:aws:iam::123456789012:role/green-execution")
    arguments, request = _executed(script(made), blue, tmp_path)
    assert request["AirflowConfigurationOptions"] == {
        "my_team.api": options["my_team.api"],
        "dag_processor.file_parsing_sort_mode": "alphabetical",
    }
    assert request["Tags"] == {"api token": "the tags secret", "team": "data"}
    assert request["RequirementsS3ObjectVersion"] == "version of config/requirements.txt"
    assert request["PluginsS3ObjectVersion"] == "version of plugins.zip"
    assert "AIRSHIFT-" not in json.dumps(request)
    assert "secret" not in arguments and "quoted" not in arguments
    steps = [line.split()[1] for line in arguments.splitlines()]
    assert steps[:4] == ["head-bucket", "create-bucket", "put-public-access-block", "put-bucket-versioning"]
    assert steps[4:] == [
        "sync", "cp", "head-object", "cp", "head-object", "cp", "head-object",
        "get-role", "put-role-policy", *sorted(["get-environment", "create-environment"], key=steps.index), "get-environment",
    ]  # fmt: skip


def test_without_secrets_blue_is_not_asked(tmp_path: Path) -> None:
    blue = description(AirflowConfigurationOptions=None)
    arguments, request = _executed(script(green(blue)), blue, tmp_path)
    assert "get-environment --name blue" not in arguments
    assert request["Name"] == "green"


def _executed(text: str, blue: dict[str, Any], folder: Path) -> tuple[str, dict[str, Any]]:
    (folder / "aws").write_text(AWS)
    (folder / "aws").chmod(0o755)
    (folder / "blue.json").write_text(json.dumps({"Environment": blue}))
    places = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "LOG": str(folder),
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }
    done = subprocess.run(["sh"], input=text, text=True, capture_output=True, env=places, check=False)
    assert done.returncode == 0, done.stderr
    assert {file.name for file in folder.iterdir()} == {"aws", "blue.json", "arguments", "request.json"}
    return (folder / "arguments").read_text(), json.loads((folder / "request.json").read_text())
