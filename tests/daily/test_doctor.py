"""`airshift doctor`: what it says, what it costs, and what it leaves alone."""

from __future__ import annotations

import json
import socket
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from airshift import doctor
from airshift.cli.app import run
from airshift.config import Given
from airshift.doctor import Check, State, examine

OUTPUT = doctor._output


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a cache of its own, no AWS settings, and no network."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in (*doctor._KEYS, "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("AIRSHIFT_CACHE", str(folder / "cache"))
    monkeypatch.chdir(tmp_path)

    def refuse(*arguments: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(doctor, "_output", lambda command: "1.0")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return folder


def found(**environment: str) -> dict[str, Check]:
    return {check.name: check for check in examine(Path(), Given(), environment)}


def test_this_machine_is_fine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_output", OUTPUT)
    assert run(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok      python: 3.") for line in lines)
    assert any(line.startswith("ok      package libcst: ") for line in lines)
    assert any(line.startswith("ok      ruff: ruff ") for line in lines)


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--format", "json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["status"] == "complete"
    assert {check["state"] for check in document["checks"]} <= {"ok", "note"}
    assert {"python", "git", "settings", "cache", "constraints", "aws credentials"} <= {
        check["name"] for check in document["checks"]
    }


def test_a_missing_package_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "libcst":
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "typer" else real(name)

    monkeypatch.setattr(metadata, "version", version)
    checks = found()
    assert checks["package libcst"].state is State.FAILED
    assert checks["package libcst"].advice.startswith("install libcst>=")
    assert (checks["package typer"].state, checks["package typer"].found) == (State.FAILED, "1.0")
    assert run(["doctor"]) == 1


def test_what_only_some_commands_need_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_output", lambda command: None)
    checks = found()
    for name in ("ruff", "git", "uv", "python 3.12"):
        assert (checks[name].state, checks[name].found) == (State.NOTE, "not found")
    assert run(["doctor"]) == 0


def test_wrong_settings_have_to_be_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "airshift.toml").write_text('tagret = "3.3.1"')
    assert run(["doctor"]) == 1
    assert "unknown key tagret (did you mean target?)" in capsys.readouterr().out
    (tmp_path / "airshift.toml").write_text('baseline = "gone.json"')
    assert run(["doctor"]) == 1
    assert "gone.json is not there" in capsys.readouterr().out


def test_credentials_are_found_and_never_shown(home: Path, capsys: pytest.CaptureFixture[str],
                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text("[default]\naws_secret_access_key = hush\n")
    run(["doctor"])
    text = capsys.readouterr().out
    assert f"aws credentials: from AWS_ACCESS_KEY_ID, {home / '.aws' / 'credentials'}" in text
    assert "AKIAEXAMPLE" not in text
    assert "hush" not in text


def test_without_credentials_there_is_a_note(home: Path) -> None:
    assert found(HOME=str(home))["aws credentials"].state is State.NOTE


def test_the_age_of_fetched_constraints_is_said(home: Path) -> None:
    assert "fetched" not in found()["constraints"].found
    (home / "cache" / "constraints").mkdir(parents=True)
    (home / "cache" / "constraints" / "a.json").write_text("{}")
    assert found()["constraints"].found.endswith("newest fetched 0 days ago")


def test_a_cache_that_cannot_be_written_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "cannot be written" in found()["cache"].found
