"""No command shows, logs, keeps or passes on a secret that it meets: checked with a canary in every place that has one."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from airshift.cli import app as command_line
from canaries.estate import FILES, canary, environment_json, variables, write_estate
from canaries.stage import Recorder, leaks_below, leaks_in, readable_by_others, run_quietly, serving

LINES = """
assess {estate} --out {out}/report --blue {given}/environment.json
check {estate} --format full
check {estate} --format json --ruff --show-guarded --report-unused
check {estate} --format concise --no-cache
check {estate} --format sarif --output {out}/x.sarif
check {estate} --format html --output {out}/x.html
check {estate} --format markdown
check {estate} --format junit
check {estate} --format github
check {estate} --format gitlab
check {estate} --changed --quiet
check {estate} --write-baseline {out}/baseline.json
check {estate} --config {estate}/airflow.cfg
check - --stdin-filename dags/etl.py
doctor {estate}
explain AS101
fix {estate} --diff --unsafe-fixes
fix {estate} --check --format json
fix - --diff --stdin-filename dags/etl.py
graph {estate} --format json
graph {estate} --live {odd}
inventory {estate} --format json
inventory {estate} --live {broken}
inventory {estate} --live {closed}
rules
pin {estate}/requirements.txt --offline --format json
pin {estate}/requirements.txt --format markdown --target 2.11.2
pin {estate}/requirements.txt --constraints-url {closed}/x --target 2.5.0
plan {estate} --out {out}/plan --live {odd}
plan {estate} --policy {estate}/airflow.cfg
serverless {estate} --format json
serverless {estate} --env API_TOKEN={secret}
server --target {closed}
simulate {estate} --format json
size {estate} --format json
verify {estate} --source-image x --target-image y --requirements {estate}/requirements.txt
verify {estate} --source-python {given}/python --target-python {given}/python
cache dir
cache clean
config show {estate}
config show {estate} --config {given}/broken.toml
constraints list
constraints show 9.9.9 --constraints-url {broken}/x
constraints diff 2.10.3 3.3.1
constraints sync 2.10.3 --constraints-url {closed}/x
constraints sync 2.10.3 --constraints-url {odd}/x
env show {odd}
env show {closed}
env show mwaa:blue@eu-west-1
env snapshot mwaa:blue@eu-west-1 --out {out}/snapshot
env snapshot {odd} --out {out}/snapshot
env check mwaa:blue@eu-west-1
env green {given}/environment.json --name green --bucket bucket --target mwaa-3.3.1 --out {out}/green
env green {given}/broken.json --name green --bucket bucket
env probe generate --out {out}/probe
env probe read {odd}
env probe read {given}/broken.json
metadata export {odd} --out {out}/metadata.json --config {estate}/airflow.cfg
metadata export {broken} --out {out}/metadata.json
metadata export {odd} --out {out}/metadata.json --secrets connections:{given}/connections.json
metadata diff {given}/export.json {odd} --secrets connections:{given}/connections.json
metadata import {given}/export.json {odd} --secrets {given}/.env --execute --yes --journal {out}/journal.jsonl
metadata import {given}/broken.json {odd}
report diff {given}/broken.json {given}/broken.json
report trend {given}
report merge {given}/broken.json {given} --out {out}/merged
wave status 1 --plan {plan}
wave status 1 --plan {given}/broken.json
wave preflight 1 --plan {plan} --blue {odd} --green {broken}
wave run 1 --plan {plan} --blue {odd} --green {odd} --execute --yes
wave run 1 --plan {plan} --blue {closed} --green {closed}
wave resume 1 --plan {plan} --blue {odd} --green {odd} --execute --yes
wave rollback 1 --plan {plan} --blue {broken} --green {broken} --execute --yes
wave verify 1 --plan {plan} --blue {odd} --green {odd}
wave fill 1 --plan {plan} --blue {odd} --green {odd} --execute --yes
wave export 1 --as script --plan {plan} --blue {odd} --green {gone} --out {out}/wave.sh
wave export 1 --as dag --plan {plan} --blue {closed} --green {odd} --out {out}/wave.py
metadata export {gone} --out {out}/metadata.json
assess {estate} --out {out}/report --exit-zero
pin {estate}/requirements.txt --index-url {closed}
"""


@dataclass
class Stage:
    """The places of one test, and what fills the braces of a command line."""

    folder: Path
    words: dict[str, str]
    recorder: Recorder

    def arguments(self, line: str) -> list[str]:
        return [word.format(**self.words) for word in line.split()]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned")
    assert run_quietly(
        ["plan", str(write_estate(folder / "estate")), "--out", str(folder / "plan"), "-q"]
    ) in (0, 3)
    return folder / "plan"


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    login = f"http://u:{canary('Address')}@"
    with serving(broken=True) as broken, serving(broken=False) as odd:
        yield {
            "broken": f"http://{broken}",
            "odd": f"http://{odd}",
            "aws": f"http://{broken}",
            "closed": f"{login}127.0.0.1:9",
            "gone": "http://127.0.0.1:9",
        }


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: dict[str, str], plan: Path) -> Stage:
    folders = {name: tmp_path / name for name in ("out", "scratch", "given", "cache", "here", "bin")}
    for folder in folders.values():
        folder.mkdir(mode=0o755)
    estate = write_estate(tmp_path / "estate")
    shutil.copytree(plan, tmp_path / "here" / "plan")
    given = folders["given"]
    connection = {"x": {"conn_type": "http", "password": canary("File"), "extra": canary("FileExtra")}}
    (given / "environment.json").write_text(environment_json())
    (given / "broken.json").write_text(f'{{"dags": "{canary("Json")}", "password": {canary("Broken")}')
    (given / "broken.toml").write_text(
        f'[tool]\npassword = {canary("Toml")}\nurl = "https://u:{canary("TomlUrl")}@h"\n'
    )
    (given / "connections.json").write_text(json.dumps(connection))
    (given / "export.json").write_text(
        json.dumps({"schema_version": 1, "variables": [{"name": "x", "value": canary("Export")}]})
    )
    (given / ".env").write_text(FILES[".env"])
    for program in ("docker", "podman", "git"):
        script = folders["bin"] / program
        script.write_text("#!/bin/sh\necho 'fatal: https://u:" + canary("Program") + "@h' >&2\nexit 1\n")
        script.chmod(0o755)
    (given / "python").write_text(f"#!/bin/sh\necho 'https://u:{canary('Interpreter')}@h' >&2\nexit 1\n")
    (given / "python").chmod(0o755)
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", servers["aws"])
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AIRSHIFT_CACHE", str(folders["cache"]))
    monkeypatch.setenv("AIRSHIFT_DEBUG", "1")
    monkeypatch.setenv("TMPDIR", str(folders["scratch"]))
    monkeypatch.setenv("PATH", f"{folders['bin']}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("tempfile.tempdir", str(folders["scratch"]))
    monkeypatch.setattr("airshift.clients.running.BACKOFF", 0.0)
    monkeypatch.setattr("airshift.clients.running.TRIES", 1)
    monkeypatch.setattr("airshift.clients.constraints.ConstraintsClient._session", _session_without_retries)
    monkeypatch.chdir(tmp_path / "here")
    words = {name: str(path) for name, path in folders.items()} | servers
    words |= {
        "estate": str(estate),
        "plan": str(tmp_path / "here" / "plan" / "plan.json"),
        "secret": canary("Option"),
    }
    return Stage(tmp_path, words, Recorder(monkeypatch, (folders["scratch"], folders["out"])))


def _session_without_retries(client: Any) -> Any:
    import requests

    return requests.Session()


def leaves(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the command line, by its words."""
    command = command or typer.main.get_command(command_line.app)
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path)
        return
    for name, one in inner.items():
        yield from leaves(one, (*path, name))


def test_every_command_is_tried() -> None:
    lines = [line for line in LINES.splitlines() if line]
    known = list(leaves())
    assert [one for one in known if not any(line.startswith(one) for line in lines)] == []


@pytest.mark.parametrize("line", [line for line in LINES.splitlines() if line])
def test_no_canary_gets_out(line: str, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    given = FILES["dags/etl.py"].encode()
    code = run_quietly(stage.arguments(line), stdin=given)
    printed = capfd.readouterr()
    assert isinstance(code, int), code
    assert "internal error" not in printed.err, printed.err
    assert leaks_in(printed.out) == []
    assert leaks_in(printed.err) == []
    for place in ("out", "scratch", "cache", "here"):
        assert leaks_below(stage.folder / place) == {}
    assert [one for one in stage.recorder.commands if leaks_in(" ".join(one))] == []
    assert stage.recorder.exposed == []


@pytest.mark.parametrize("command", list(leaves()))
def test_usage_errors_show_no_password(command: str, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    address = f"https://u:{canary('Usage')}@h"
    for more in ([address] * 7, ["--no-such-option", address], [f"--no={address}"]):
        assert run_quietly([*command.split(), *more]) != 0
        printed = capfd.readouterr()
        assert printed.err
        assert leaks_in(printed.out + printed.err) == []


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_crash_says_where_without_values(
    debug: str, stage: Stage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(password: str = canary("Argument")) -> None:
        try:
            raise KeyError(canary("Inner"))
        except KeyError as error:
            raise ValueError(f"cannot parse {canary('Message')}") from error

    monkeypatch.setattr("airshift.cli.checked.effective", lambda *given: failing())
    monkeypatch.setenv("AIRSHIFT_DEBUG", debug)
    assert run_quietly(["check", stage.words["estate"]]) == 3
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("airshift: internal error: ValueError at airshift.cli.check")
    assert ("builtins.KeyError" in printed.err) == ("in failing" in printed.err) == bool(debug)
    assert leaks_in(printed.err) == []
    assert str(stage.folder) not in printed.err


def test_fix_keeps_the_secrets_of_the_files_it_writes(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    estate = Path(stage.words["estate"])
    before = (estate / "dags/etl.py").read_bytes()
    run_quietly(["fix", str(estate), "--patch", f"{stage.folder}/exact.patch", "--unsafe-fixes"])
    assert canary("Conn") in (stage.folder / "exact.patch").read_text()
    run_quietly(["fix", str(estate), "--unsafe-fixes"])
    printed = capfd.readouterr()
    after = (estate / "dags/etl.py").read_bytes()
    assert after != before
    assert leaks_in(after) == leaks_in(before)
    assert leaks_in(printed.out + printed.err) == []


def test_the_diff_says_that_something_is_masked(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    run_quietly(["fix", stage.words["estate"], "--diff", "--unsafe-fixes"])
    printed = capfd.readouterr()
    assert "****" in printed.out
    assert "secrets are masked" in printed.err


def test_pin_keeps_the_index_and_puts_it_in_no_command(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    out = stage.folder / "out" / "requirements.txt"
    run_quietly(
        ["pin", f"{stage.words['estate']}/requirements.txt", "--out", str(out), "--target", "mwaa-3.3.1"]
    )
    assert canary("Index") in out.read_text()
    printed = capfd.readouterr()
    assert leaks_in(printed.out + printed.err) == []
    assert stage.recorder.commands
    assert [one for one in stage.recorder.commands if leaks_in(" ".join(one))] == []


def test_an_export_in_clear_is_for_its_owner_alone(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    out = stage.folder / "out" / "clear.json"
    secrets = f"connections:{stage.words['given']}/connections.json"
    run_quietly(
        ["metadata", "export", stage.words["odd"], "--out", str(out), "--plaintext-ok", "--secrets", secrets]
    )
    assert canary("File") in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert readable_by_others(stage.folder / "out") == []
    printed = capfd.readouterr()
    assert leaks_in(printed.out + printed.err) == []
