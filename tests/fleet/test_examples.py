"""The examples for clusters name commands and options that exist, and one address everywhere."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from airshift.checking import check_paths
from airshift.cli.app import app
from airshift.targets import parse_target

SCALING = Path(__file__).parents[2] / "examples" / "scaling"


class _Template(yaml.SafeLoader):
    """YAML with the functions of CloudFormation, each read as the text behind it."""


_Template.add_multi_constructor("!", lambda loader, suffix, node: f"{suffix} {node.value}")


def documents(name: str) -> list[Any]:
    return list(yaml.load_all((SCALING / name).read_text(), _Template))


def commands(found: object) -> list[list[str]]:
    """Every command line in a document, the arguments behind it included."""
    if isinstance(found, list):
        return [command for inner in found for command in commands(inner)]
    if not isinstance(found, dict):
        return []
    given = found.get("command", found.get("Command"))
    own = [[*given, *found.get("args", [])]] if isinstance(given, list) else []
    return own + [command for inner in found.values() for command in commands(inner)]


@pytest.mark.parametrize("name", ["kubernetes.yaml", "ecs.yaml"])
def test_commands_exist_and_meet_at_one_scheduler(name: str) -> None:
    import typer

    found = commands(documents(name))
    assert sorted(command[0] for command in found) == ["airshift", "dask", "dask"]
    addresses = {part for command in found for part in command if part.startswith("tcp://")}
    assert len(addresses) == 1
    line = next(command for command in found if command[0] == "airshift")
    group: Any = typer.main.get_command(app)
    known = {option for parameter in group.commands[line[1]].params for option in parameter.opts}
    assert {part for part in line if part.startswith("--")} <= known


def test_what_kubernetes_selects_is_there() -> None:
    found = documents("kubernetes.yaml")
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in found if one["kind"] == "Deployment"]
    service = next(one for one in found if one["kind"] == "Service")
    assert service["spec"]["selector"] in labels
    job = next(one for one in found if one["kind"] == "Job")["spec"]["template"]["spec"]
    claims = {one["metadata"]["name"] for one in found if one["kind"] == "PersistentVolumeClaim"}
    assert {volume["persistentVolumeClaim"]["claimName"] for volume in job["volumes"]} == claims


def test_what_the_stack_refers_to_is_there() -> None:
    (stack,) = documents("ecs.yaml")
    known = {*stack["Parameters"], *stack["Resources"], "AWS::Region"}
    text = (SCALING / "ecs.yaml").read_text()
    assert set(re.findall(r'!Ref "?([\w:]+)', text)) | set(re.findall(r"!GetAtt (\w+)", text)) <= known
    assert "&" not in text, "CloudFormation reads no aliases"


def test_the_dag_is_clean_on_the_target() -> None:
    found = check_paths([SCALING], target=parse_target("3.3.1"))
    assert (found.findings, found.problems) == ((), ())


def test_without_airflow_the_dag_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "airflow", None)
    with pytest.raises(ImportError):
        runpy.run_path(str(SCALING / "assess_repositories.py"))
