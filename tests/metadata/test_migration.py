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
from metadata.databases import dumped
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
EXPORT = """
import os
from airflow.cli import cli_parser

parser = cli_parser.get_parser()
for kind in ("connections", "variables"):
    arguments = parser.parse_args([kind, "export", os.environ[kind.upper()]])
    arguments.func(arguments)
"""
KINDS = ("pools", "variables", "connections")


class Sides:
    """Blue and both greens, with what blue's command line exports and airshift's own export."""

    def __init__(self, servers: dict[str, Server], mwaa: FakeMwaa, folder: Path) -> None:
        self.servers, self.mwaa, self.folder = servers, mwaa, folder
        self.blue = self.dump("blue")
        self.export = str(folder / "export.json")
        options = ["--out", self.export, "--plaintext-ok", *self.secrets("blue")]
        assert run(["metadata", "export", "mwaa:blue", *options]) == 0

    def dump(self, name: str) -> dict[str, Any]:
        """The database of a side, decrypted with its key."""
        return dumped(Path(self.servers[name].settings["AIRFLOW_HOME"]))

    def secrets(self, name: str, option: str = "--secrets") -> list[str]:
        """Options with the files that a side's command line writes."""
        files = {kind: self.folder / f"{name}-{kind}.json" for kind in ("connections", "variables")}
        if not all(file.exists() for file in files.values()):
            self.servers[name].run(EXPORT, **{kind.upper(): str(file) for kind, file in files.items()})
        return [part for kind, file in files.items() for part in (option, f"{kind}:{file}")]

    def move(self, source: str, name: str, *more: str) -> list[str]:
        journal = str(self.folder / f"{name}.jsonl")
        return [
            "metadata",
            "import",
            source,
            f"mwaa:{name}",
            "--journal",
            journal,
            "--execute",
            "--yes",
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
        patch.setattr("environments.fake_mwaa._Handler.disable_nagle_algorithm", True)
        yield Sides(servers, mwaa, folder)


def test_blue_is_as_large_as_it_has_to_be(sides: Sides) -> None:
    sizes = [len(sides.blue[kind]) for kind in (*KINDS, "paused")]
    assert sizes == [40, 300, 150, 120]
    assert not sides.dump("green-30")["connections"] and not sides.dump("green-33")["variables"]


@pytest.mark.parametrize("name", GREENS)
def test_an_import_that_is_killed_goes_on_and_all_arrives(
    name: str, sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    """3.0.6 straight from blue, 3.3.1 from the export file."""
    source = ["mwaa:blue", *sides.secrets("blue")] if name == "green-30" else [sides.export]
    command = sides.move(source[0], name, *source[1:])
    _killed_within(sides, command)
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
    assert run(sides.move(sides.export, name)) == 0
    assert run(sides.move(sides.export, name, "--on-conflict", "fail")) in {0, 1}
    assert sides.writes() == writes
    assert run(sides.move(sides.export, name, "--on-conflict", "overwrite")) == 0
    assert sides.writes() > writes
    assert sides.dump(name) == before
    capsys.readouterr()


@pytest.mark.parametrize("name", GREENS)
def test_the_difference_is_empty_with_the_secrets_of_both(
    name: str, sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["metadata", "diff", sides.export, f"mwaa:{name}", *sides.secrets(name, "--green-secrets")])
    table = capsys.readouterr().out
    found = [line.split()[-2] for line in table.splitlines() if line.startswith("  ")]
    quoted = [
        key for key, (value, _) in sides.blue["variables"].items() if value == '"quoted"' and "api_key" in key
    ]
    # Airflow's export drops the quotes of a JSON string, and 3.3.1 masks the variable itself
    assert found == (quoted if name == "green-33" else []), table[-2000:]
    assert " different" not in table and " only " not in table
    assert code == (3 if found else 0)
    assert run(["metadata", "diff", sides.export, f"mwaa:{name}", "--format", "json"]) == 3
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert summary["different"] == summary["only_blue"] == summary["only_green"] == 0
    assert summary["cannot_be_compared"] >= 130


@pytest.mark.parametrize("name", GREENS)
def test_an_airflow_at_an_address_without_roles_is_compared_all_the_same(
    name: str, sides: Sides, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("USER", "PASSWORD"):
        monkeypatch.setenv(f"AIRSHIFT_LIVE_{variable}", "admin")
    green = sides.servers[name].url
    assert run(["metadata", "diff", sides.export, green, "--only", "pools,roles"]) == 0
    assert "pools: 41 equal" in capsys.readouterr().out


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
