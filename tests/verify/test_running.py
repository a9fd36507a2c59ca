"""Workers are asked file by file; here they are programs that only speak the protocol."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from airshift.errors import ServiceError
from airshift.verify.environments import digest_of
from airshift.verify.launching import Image, Install, Order, launched
from airshift.verify.running import ask, run

_PARSER = """\
import json, os, sys
print(json.dumps({"airflow": "3.3.1", "python": "3.12.1", "isolated": ["network"]}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "list" in request:
        print(json.dumps({"files": FILES}), flush=True)
    elif request["file"] == "dies.py":
        sys.exit("no more")
    elif "run" in request:
        print(json.dumps({"dag_id": request["run"], "state": "success", "tasks": {}}), flush=True)
    else:
        print(json.dumps({"path": request["file"], "error": None, "dags": [{"dag_id": request["file"]}],
                          "looked_up": [], "stubbed": [], "warnings": [], "seconds": 0.1}), flush=True)
"""


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return path


def airflow(tmp_path: Path, *files: str) -> Install:
    text = f'import sys\nif sys.argv[1] == "-c":\n    print("/a")\n    print("/b")\n    sys.exit()\nFILES = {list(files)}\n'
    return Install(program(tmp_path / "python", text + _PARSER))


def order(tmp_path: Path) -> Order:
    root = tmp_path / "estate"
    root.mkdir(exist_ok=True)
    return Order(root, root, "2026-01-01T00:00:00+00:00", ("ds",), seconds=5)


def test_every_listed_file_is_asked_once_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    side, said = ask(
        airflow(tmp_path, "a.py", "b.py", "c.py"),
        order(tmp_path),
        {},
        2,
        lambda answer, _: told.append(answer.path),
    )
    assert (side.airflow, side.python, side.isolated) == ("3.3.1", "3.12.1", ("network",))
    assert sorted(told) == sorted(said) == sorted(side.answers) == ["a.py", "b.py", "c.py"]


def test_what_is_known_is_not_asked_again(tmp_path: Path) -> None:
    known: dict[str, dict[str, Any]] = {
        "a.py": {"path": "a.py", "error": "known", "dags": [], "looked_up": [], "stubbed": [], "warnings": [], "seconds": 1},
        "gone.py": {"path": "gone.py"},
    }  # fmt: skip
    told: list[str] = []
    side, _ = ask(
        airflow(tmp_path, "a.py", "b.py"),
        order(tmp_path),
        known,
        1,
        lambda answer, _: told.append(answer.path),
    )
    assert told == ["b.py"]
    assert {path: answer.error for path, answer in side.answers.items()} == {"a.py": "known", "b.py": None}


def test_a_worker_that_ends_is_an_error_that_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="no more"):
        ask(airflow(tmp_path, "a.py", "dies.py"), order(tmp_path), {}, 1, lambda answer, _: None)


def test_an_interpreter_without_airflow_is_an_error(tmp_path: Path) -> None:
    broken = Install(program(tmp_path / "python", 'import sys\nsys.exit("No module named airflow")'))
    with pytest.raises(ServiceError, match="No module named airflow"):
        ask(broken, order(tmp_path), {}, 1, lambda answer, _: None)


def test_dags_are_run_one_after_the_other(tmp_path: Path) -> None:
    found = run(airflow(tmp_path), order(tmp_path), [("a.py", "x"), ("b.py", "y")])
    assert {dag_id: one["state"] for dag_id, one in found.items()} == {"x": "success", "y": "success"}


def test_workers_get_nothing_of_the_caller_but_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "canary")
    with launched(airflow(tmp_path), order(tmp_path)) as launch:
        assert "canary" not in str(launch.settings)
        assert launch.settings["PATH"] == f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        assert launch.settings["HOME"] == str(launch.scratch)
        scratch = launch.scratch
    assert not scratch.exists()


def test_in_a_container_there_is_no_network_and_the_estate_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = program(tmp_path / "parser", f"FILES = ['a.py']\n{_PARSER}")
    log = tmp_path / "log"
    docker = f'import os, sys\nopen({str(log)!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")\n'
    docker += f'if sys.argv[1] == "image":\n    print("sha256:1")\nelse:\n    os.execv({str(parser)!r}, ["parser"])\n'
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin" / "docker", docker)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    asked = order(tmp_path)
    side, _ = ask(Image("apache/airflow:3.3.1"), asked, {}, 1, lambda answer, _: None)
    command = log.read_text()
    assert list(side.answers) == ["a.py"]
    assert "--network none" in command
    assert f"--volume {asked.root}:{asked.root}:ro" in command
    assert "apache/airflow:3.3.1 -c airflow db migrate" in command
    assert digest_of(Image("apache/airflow:3.3.1")) == "sha256:1"


def test_without_a_container_engine_an_image_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="docker or podman"), launched(Image("x"), order(tmp_path)):
        pass
