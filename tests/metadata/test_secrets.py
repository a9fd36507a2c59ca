"""A secret shows up nowhere: not in output, logs, exports, journals, temporary files, or what is said about errors."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from airshift.cli.app import run
from airshift.clients.aws import client
from environments.fake_mwaa import Airflow, FakeMwaa, fake_mwaa
from metadata.fake_airflow import FakeAirflow
from metadata.serving import served

CANARY = "canary-7Q"
JSON = json.dumps({"nested": {"token": CANARY}, "plain": CANARY})
BLUE: dict[str, list[dict[str, Any]]] = {
    "pools": [{"name": "etl", "slots": 5, "description": f"password={CANARY}"}],
    "variables": [
        {"key": "plain", "value": CANARY, "description": f"Bearer {CANARY}"},
        {"key": "api_key", "value": CANARY},
        {"key": "json", "value": JSON},
    ],
    "connections": [
        {
            "connection_id": f"c{number}", "conn_type": "http", "login": CANARY, "password": CANARY, "extra": JSON,
            "host": host, "schema": f"s?token={CANARY}", "description": f"https://u:{CANARY}@h",
        }
        for number, host in enumerate(
            [f"https://u:{CANARY}@host", f"https://hooks.example.org/T0/{CANARY}", f"host?sig={CANARY}", f"postgres://{CANARY}@h"]
        )
    ],
}  # fmt: skip
"""A secret in every field that can hold one."""
EXPORTED = {
    connection["connection_id"]: {
        name: value for name, value in connection.items() if name != "connection_id"
    }
    for connection in BLUE["connections"]
}
CONFIG = {
    "AirflowConfigurationOptions": {
        "secrets.backend": "my.Backend",
        "secrets.backend_kwargs": json.dumps({"role_id": CANARY}),
    }
}


class Stage:
    """Blue and green behind a fake MWAA, files with secrets, and folders that are searched afterwards."""

    def __init__(self, mwaa: FakeMwaa, blue: FakeAirflow, green: FakeAirflow, folder: Path) -> None:
        self.mwaa, self.blue, self.green = mwaa, blue, green
        self.out = folder / "out"
        self.given = folder / "given"
        for path in (self.out, self.given):
            path.mkdir()
        self.files = {
            "connections.json": EXPORTED,
            "variables.json": {one["key"]: one["value"] for one in BLUE["variables"]},
            "masked.json": {name: {**fields, "password": "***"} for name, fields in EXPORTED.items()},
            "broken.json": {"c0": f"{CANARY}://u:{CANARY}@[", "c1": {"conn_type": "x"}},
        }
        for name, content in self.files.items():
            (self.given / name).write_text(json.dumps(content))
        (self.given / "no.json").write_text(CANARY)

    def secrets(self, *names: str) -> list[str]:
        return [part for name in names for part in ("--secrets", f"{self.given / name}")]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    blue, green = FakeAirflow("2.10.3", **BLUE), FakeAirflow("3.0.6")
    monkeypatch.setattr("airshift.clients.running.BACKOFF", 0.0)
    monkeypatch.setattr("environments.fake_mwaa._Handler.disable_nagle_algorithm", True)
    monkeypatch.setattr("airshift.clients.pace.Pace.wait", lambda self: None)
    with ExitStack() as stack:
        airflows = {
            "blue": Airflow(stack.enter_context(served(blue)), 2, description=CONFIG),
            "green": Airflow(stack.enter_context(served(green)), 3),
        }
        mwaa = stack.enter_context(fake_mwaa(airflows))
        for name, value in mwaa.settings().items():
            monkeypatch.setenv(name, value)
        one = client("mwaa", retries={"total_max_attempts": 1})
        monkeypatch.setattr("airshift.clients.mwaa.client", lambda *_, **__: one)
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        monkeypatch.setenv("TMPDIR", str(scratch))
        monkeypatch.chdir(scratch)
        yield Stage(mwaa, blue, green, tmp_path)


def leaks(stage: Stage, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Where the secret is found."""
    printed = capsys.readouterr()
    found = [
        name
        for name, text in (("stdout", printed.out), ("stderr", printed.err), ("log", caplog.text))
        if CANARY in text
    ]
    found += [record.name for record in caplog.records if CANARY in repr(record.__dict__)]
    files = [
        file for file in stage.out.parent.rglob("*") if file.is_file() and stage.given not in file.parents
    ]
    return found + [str(file) for file in files if CANARY in file.read_text(errors="replace")]


def attempts(stage: Stage) -> list[tuple[list[str], int]]:
    """Command lines with the exit codes they have to have."""
    out = str(stage.out / "export.json")
    whole = stage.secrets("connections.json", "variables.json")
    move = ["metadata", "import", "mwaa:blue", "mwaa:green"]
    return [
        (["metadata", "export", "mwaa:blue", "--out", out], 0),
        (["metadata", "export", "mwaa:blue", "--out", out, *whole], 0),
        (["metadata", "export", "mwaa:blue", "--out", out, "--secrets", "secretsmanager:airflow"], 0),
        (["metadata", "diff", "mwaa:blue", "mwaa:green"], 1),
        (["metadata", "diff", "mwaa:blue", "mwaa:blue", "--format", "json"], 3),
        (["metadata", "diff", out, "mwaa:blue", *whole, "--only", "pools,variables,connections"], 3),
        (move, 3),
        ([*move, "--execute", "--yes"], 3),
        ([*move, *stage.secrets("masked.json")], 3),
        ([*move, *stage.secrets("masked.json"), "--execute", "--yes"], 2),
        ([*move, *stage.secrets("broken.json")], 2),
        ([*move, *stage.secrets("no.json")], 2),
        ([*move, *whole], 1),
        ([*move, *whole, "--format", "json"], 1),
        ([*move, *whole, "--execute", "--yes"], 0),
        ([*move, *whole, "--execute", "--yes", "--on-conflict", "overwrite", "--format", "json"], 0),
        (["metadata", "diff", "mwaa:blue", "mwaa:green", *whole], 3),
        (
            [
                "metadata",
                "import",
                "mwaa:green",
                "mwaa:blue",
                "--execute",
                "--yes",
                "--on-conflict",
                "overwrite",
            ],
            3,
        ),
        (["metadata", "export", "mwaa:green", "--out", out], 0),
    ]


def test_no_command_shows_a_secret(
    stage: Stage, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for command, code in attempts(stage):
        assert run(command) == code, command
        assert not leaks(stage, capsys, caplog), command
    assert stage.green.tables["connections"]["c0"]["password"] == CANARY
    assert stage.green.tables["variables"]["json"]["value"] == JSON


FAILURES = [
    (400, "RestApiClientException", {"RestApiStatusCode": status, "RestApiResponse": {"detail": f"INSERT ({CANARY})"}})
    for status in (400, 401, 403, 404, 409, 422)
] + [
    (400, "RestApiServerException", {"RestApiStatusCode": 500, "RestApiResponse": CANARY}),
    (403, "AccessDeniedException", {"message": CANARY}),
    (400, "ValidationException", {"message": CANARY}),
    (500, "InternalServerException", {"message": CANARY}),
]  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
def test_no_error_shows_what_the_server_said(
    failure: tuple[int, str, dict[str, Any]],
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    command = [
        "metadata",
        "import",
        "mwaa:blue",
        "mwaa:green",
        *stage.secrets("connections.json", "variables.json"),
        "--execute",
        "--yes",
    ]
    for kind in ("reading", "writing"):
        if kind == "writing":
            stage.green.interfere = lambda number: stage.mwaa.failures.extend([failure] * 8)
        else:
            stage.mwaa.failures.extend([failure] * 8)
        run([*command, "--journal", str(stage.out / f"{kind}.jsonl")])
        assert not leaks(stage, capsys, caplog)
        stage.mwaa.failures.clear()


def test_with_plaintext_ok_the_file_is_private(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    out = stage.out / "full.json"
    out.write_text("older")
    out.chmod(0o644)
    secrets = stage.secrets("connections.json")
    assert run(["metadata", "export", "mwaa:blue", "--out", str(out), "--plaintext-ok", *secrets]) == 0
    assert out.stat().st_mode & 0o777 == 0o600
    assert json.loads(out.read_text())["connections"][0]["password"] == CANARY
    printed = capsys.readouterr()
    assert CANARY not in printed.out + printed.err
    assert "my.Backend" in printed.err
    assert run(["metadata", "import", str(out), "mwaa:green", "--execute", "--yes"]) == 0
    assert stage.green.tables["connections"]["c3"]["host"] == BLUE["connections"][3]["host"]
    assert os.listdir(stage.out) == ["full.json"]  # noqa: PTH208


def test_secrets_manager_is_read_when_the_import_needs_it(
    stage: Stage, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    command = [
        "metadata",
        "import",
        "mwaa:blue",
        "mwaa:green",
        "--secrets",
        "secretsmanager:airflow",
        "--execute",
        "--yes",
    ]
    with mock_aws():
        store = boto3.client("secretsmanager", region_name="eu-central-1")
        for number, name in enumerate(EXPORTED):
            uri = f"http://u:{CANARY}@h"
            secret = (
                json.dumps({"conn_type": "http", "user": "u", "pass": CANARY, "extra": JSON})
                if number
                else uri
            )
            store.create_secret(Name=f"airflow/connections/{name}", SecretString=secret)
        caplog.clear()
        assert run(command) == 0
        assert not leaks(stage, capsys, caplog)
        store.delete_secret(SecretId="airflow/connections/c1", ForceDeleteWithoutRecovery=True)
        stage.green.tables["connections"].clear()
        caplog.clear()
        assert run(command) == 3
        assert "incomplete: connection c1 (needs a value: password, extra)" in capsys.readouterr().out
        assert not stage.green.tables["connections"]
        assert run([*command, "--skip-incomplete"]) == 3
    found = stage.green.tables["connections"]
    assert sorted(found) == ["c0", "c2", "c3"]
    assert [found["c2"][name] for name in ("password", "login", "extra")] == [CANARY, CANARY, JSON]
    assert not leaks(stage, capsys, caplog)
