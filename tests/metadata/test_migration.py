"""Real Airflows: everything of a 2.10.3 arrives in 3.0.6 and 3.3.1 exactly, through boto3 and a fake MWAA endpoint."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from airshift.cli.app import run
from environments.fake_mwaa import Airflow, FakeMwaa, fake_mwaa
from plan.live_airflow import Server, serving

pytestmark = pytest.mark.oracle

HERE = Path(__file__).parent
GREENS = {"green-30": "3.0.6", "green-33": "3.3.1"}
DAGS = {
    "many.py": """
import datetime

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG

for number in range(120):
    globals()[f"dag_{number}"] = DAG(f"dag_{number:03}", start_date=datetime.datetime(2024, 1, 1), schedule=None)
"""
}
KINDS = ("pools", "variables", "connections")


class Sides:
    """Blue and both greens, with what blue's command line exports."""

    def __init__(self, servers: dict[str, Server], mwaa: FakeMwaa, folder: Path) -> None:
        self.servers, self.mwaa, self.folder = servers, mwaa, folder
        self.blue = self.dump("blue")

    def dump(self, name: str) -> dict[str, Any]:
        """The database of a side, decrypted by its own Airflow."""
        content: dict[str, Any] = json.loads(self.servers[name].run((HERE / "dump_side.py").read_text()))
        return content

    def secrets(self, name: str, option: str = "--secrets") -> list[str]:
        """Options with the files that a side's command line writes."""
        parts = []
        for kind in ("connections", "variables"):
            file = self.folder / f"{name}-{kind}.json"
            if not file.exists():
                server = self.servers[name]
                command = [str(server.python), "-m", "airflow", kind, "export", str(file)]
                subprocess.run(command, env=dict(server.settings), check=True, capture_output=True)
            parts += [option, f"{kind}:{file}"]
        return parts

    def move(self, name: str, *more: str) -> list[str]:
        journal = str(self.folder / f"{name}.jsonl")
        return [
            "metadata",
            "import",
            "mwaa:blue",
            f"mwaa:{name}",
            *self.secrets("blue"),
            "--journal",
            journal,
            *more,
        ]

    def writes(self) -> int:
        return sum(call.method != "GET" for call in self.mwaa.asked)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    folder = tmp_path_factory.mktemp("sides")
    with ExitStack() as stack:
        servers = {"blue": stack.enter_context(serving("2.10.3", folder / "blue", DAGS))}
        servers["blue"].run((HERE / "fill_blue.py").read_text())
        for name, version in GREENS.items():
            servers[name] = stack.enter_context(serving(version, folder / name, DAGS))
        airflows = {name: Airflow(one.url, int(one.version[0])) for name, one in servers.items()}
        mwaa = stack.enter_context(fake_mwaa(airflows))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in mwaa.settings().items():
            patch.setenv(name, value)
        patch.setattr("airshift.clients.pace.Pace.wait", lambda self: None)
        yield Sides(servers, mwaa, folder)


def test_blue_is_as_large_as_it_has_to_be(sides: Sides) -> None:
    sizes = [len(sides.blue[kind]) for kind in (*KINDS, "paused")]
    assert sizes == [40, 300, 150, 120]
    assert not sides.dump("green-30")["connections"] and not sides.dump("green-33")["variables"]


@pytest.mark.parametrize("name", GREENS)
def test_an_import_that_is_killed_goes_on_and_all_arrives(
    name: str, sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    command = sides.move(name, "--execute", "--yes")
    _killed_within(sides, [str(part) for part in command])
    partly = sides.dump(name)
    assert partly["pools"] == sides.blue["pools"]
    assert 0 < len(partly["variables"]) < 300
    assert run(command) == 0
    after = sides.dump(name)
    for kind in KINDS:
        assert after[kind] == sides.blue[kind]
    assert len(after["paused"]) == 120 and all(after["paused"].values())
    capsys.readouterr()


@pytest.mark.parametrize("name", GREENS)
def test_a_second_import_changes_nothing(name: str, sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    before, writes = sides.dump(name), sides.writes()
    assert run(sides.move(name, "--execute", "--yes")) == 0
    assert run(sides.move(name, "--execute", "--yes", "--on-conflict", "fail")) in {0, 1}
    assert sides.writes() == writes
    assert run(sides.move(name, "--execute", "--yes", "--on-conflict", "overwrite")) == 0
    assert sides.writes() > writes
    assert sides.dump(name) == before
    capsys.readouterr()


@pytest.mark.parametrize("name", GREENS)
def test_the_difference_is_empty_with_the_secrets_of_both(
    name: str, sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [*sides.secrets("blue"), *sides.secrets(name, "--green-secrets")]
    code = run(["metadata", "diff", "mwaa:blue", f"mwaa:{name}", *both])
    table = capsys.readouterr().out
    assert code == 0, table[-2000:]
    assert run(["metadata", "diff", "mwaa:blue", f"mwaa:{name}", "--format", "json"]) == 3
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert summary["different"] == summary["only_blue"] == summary["only_green"] == 0
    assert summary["cannot_be_compared"] >= 150


def test_a_password_is_taken_away_on_real_servers(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    """Airflow ignores an empty password: the connection has to be made anew."""
    file = sides.folder / "one.json"
    assert (
        run(
            [
                "metadata",
                "export",
                "mwaa:blue",
                "--out",
                str(file),
                "--only",
                "connections",
                "--plaintext-ok",
                *sides.secrets("blue"),
            ]
        )
        == 0
    )
    document = json.loads(file.read_text())
    document["connections"] = [one for one in document["connections"] if one["password"]][:2]
    for one in document["connections"]:
        one |= {"password": None, "login": "new"}
    file.write_text(json.dumps(document))
    names = [one["name"] for one in document["connections"]]
    for name in (*GREENS, "blue"):
        move = ["metadata", "import", str(file), f"mwaa:{name}", "--journal", str(sides.folder / "p.jsonl")]
        assert run([*move, "--on-conflict", "overwrite", "--execute", "--yes"]) == 0
        found = sides.dump(name)["connections"]
        assert [(found[one]["password"], found[one]["login"]) for one in names] == [(None, "new")] * 2
    capsys.readouterr()


def _killed_within(sides: Sides, command: list[str]) -> None:
    """Run the command in a process of its own, and kill it at its sixth writing call, before the call is answered."""
    script = "import sys; from airshift.cli.app import run; sys.exit(run(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *command],
        env={**os.environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    asked, start = sides.mwaa.asked, sides.writes()

    class Watching(list[Any]):
        def append(self, call: Any) -> None:
            super().append(call)
            if call.method != "GET" and sides.writes() - start == 6:
                process.send_signal(signal.SIGKILL)

    sides.mwaa.asked = Watching(asked)
    assert process.wait(timeout=240) == -signal.SIGKILL
    sides.mwaa.asked = list(sides.mwaa.asked)
