"""No command of `airshift env` shows a secret: not in output, logs at DEBUG, files, temporary files or errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airshift.cli.app import run
from airshift.clients import running
from environments.blue_account import BUCKET, Account
from environments.checked_account import checked_account
from environments.fake_airflow import CANARY

LATER = "canary-in-an-object"
"""A secret in a file of the bucket, which a snapshot copies as it is, and which stands nowhere else."""
OPTIONS = {
    "core.fernet_key": CANARY,
    "database.sql_alchemy_conn": f"postgresql://u:{CANARY}@h/d",
    "logging.remote_base_log_folder": f"https://u:{CANARY}@h/logs",
    "my_team.anything": CANARY,
    "secrets.backend_kwargs": json.dumps({"role_id": CANARY}),
    "smtp.smtp_password": CANARY,
    "webserver.secret_key": CANARY,
}
FAILURES = [
    (400, "RestApiClientException", {"RestApiStatusCode": 409, "RestApiResponse": {"detail": f"INSERT ({CANARY})"}}),
    (400, "RestApiServerException", {"RestApiStatusCode": 500, "RestApiResponse": CANARY}),
    (403, "AccessDeniedException", {"message": CANARY}),
    (400, "ValidationException", {"message": CANARY}),
    (500, "InternalServerException", {"message": CANARY}),
]  # fmt: skip


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Blue with a secret wherever AWS, Airflow or the bucket can hold one; temporary files go to `scratch`."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setattr(running, "BACKOFF", 0.001)
    monkeypatch.setattr(running, "TRIES", 2)
    monkeypatch.setattr("airshift.clients.pace.Pace.wait", lambda self: None)
    with checked_account(monkeypatch) as checked:
        said = checked.account.description
        said["AirflowConfigurationOptions"] |= OPTIONS
        said["Tags"] |= {"api-token": CANARY, "url": f"https://u:{CANARY}@h"}
        said["LastUpdate"] = {
            "Status": "FAILED",
            "CreatedAt": "2026-01-01T00:00:00+00:00",
            "Error": {"ErrorCode": "X", "ErrorMessage": CANARY},
        }
        checked.account.airflow.content["/variables/probe"] = {
            "key": "probe",
            "value": f'{{"probe": "{CANARY}"}}',
        }
        for key in ("dags/own.py", "config/requirements.txt"):
            checked.account.s3.put_object(Bucket=BUCKET, Key=key, Body=f"# {LATER}\n".encode())
        yield checked.account


def commands(folder: Path) -> list[list[str]]:
    green = ["env", "green", str(folder), "--name", "green", "--bucket", "green-bucket"]
    formats = ("table", "json", "cli", "terraform", "cloudformation", "cdk")
    return [
        ["env", "snapshot", "mwaa:blue", "--out", str(folder)],
        *(["env", verb, "mwaa:blue", "--format", form] for verb in ("show", "check") for form in ("table", "json")),
        *([*green, "--format", form] for form in formats),
        [*green, "--out", str(folder.parent / "green")],
        ["env", "probe", "read", "mwaa:blue", "--variable", "probe"],
        ["env", "probe", "read", "mwaa:blue", "--variable", "none"],
        ["env", "probe", "read", f"s3://{BUCKET}/dags/own.py"],
        ["env", "green", str(folder / "snapshot.json"), "--name", "green", "--bucket", "green-bucket"],
        ["env", "show", f"https://user:{CANARY}@127.0.0.1:9"],
        ["assess", str(folder), "--out", str(folder.parent / "report")],
    ]  # fmt: skip


def leaks(folder: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Where a secret is found; files of the bucket are in the snapshot as they are."""
    printed = capsys.readouterr()
    texts = {"stdout": printed.out, "stderr": printed.err, "log": caplog.text}
    texts |= {f"log of {one.name}": repr(one.__dict__) for one in caplog.records}
    found = [where for where, text in texts.items() if CANARY in text or LATER in text]
    for file in (one for one in folder.rglob("*") if one.is_file()):
        text = file.read_bytes()
        if CANARY.encode() in text or (LATER.encode() in text and "blue" not in file.parts):
            found.append(str(file))
    caplog.clear()
    return found


def test_no_command_shows_a_secret(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for command in commands(tmp_path / "blue"):
        assert run(command) in {0, 1, 2, 3}
        assert not leaks(tmp_path, capsys, caplog), command
    assert (tmp_path / "blue/dags/own.py").read_text() == f"# {LATER}\n"
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: one[1])
def test_no_refusal_shows_what_was_said(
    failure: tuple[int, str, dict[str, Any]],
    account: Account,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for number, command in enumerate(
        (
            ["env", "show", "mwaa:blue"],
            ["env", "snapshot", "mwaa:blue", "--out", str(tmp_path / "blue")],
            ["env", "check", "mwaa:blue"],
            ["env", "probe", "read", "mwaa:blue", "--variable", "probe"],
        )
    ):
        account.mwaa.failures = [failure] * 80
        assert run(command) in {1, 2, 3}, number
        assert not leaks(tmp_path, capsys, caplog), command
