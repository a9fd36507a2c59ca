"""Values that a constructor of the target refuses."""

from __future__ import annotations

import pytest

from airshift.fix.files import fix_file
from rules.checking import codes, context

IMPORT = "from airflow.providers.docker.operators.docker import DockerOperator\n"
FOUND = [
    (f"{IMPORT}DockerOperator(task_id='a', auto_remove=True)\n", 2),
    (f"{IMPORT}DockerOperator(task_id='a', auto_remove=False)\n", 2),
    (f"{IMPORT}KEEP = True\nDockerOperator(task_id='a', auto_remove=KEEP)\n", 2),
    (f"{IMPORT}common = dict(auto_remove=True)\nDockerOperator(task_id='a', **common)\n", 2),
]
SILENT = [
    f"{IMPORT}DockerOperator(task_id='a', auto_remove='success')\n",
    f"{IMPORT}DockerOperator(task_id='a', auto_remove=keep)\n",
    f"{IMPORT}DockerOperator(task_id='a', force_pull=True)\n",
    "from docker import DockerOperator\nDockerOperator(auto_remove=True)\n",
    "client.containers.run('alpine', auto_remove=True)\n",
]


@pytest.mark.parametrize(("source", "line"), FOUND)
def test_the_value_is_found(source: str, line: int) -> None:
    assert codes(source) == [("AS220", line, "auto_remove")]


@pytest.mark.parametrize("source", SILENT)
def test_other_values_are_silent(source: str) -> None:
    assert codes(source) == []


def test_the_fix_says_the_same() -> None:
    after = fix_file("dag.py", FOUND[0][0].encode(), context("3.3.1")).after.decode()
    assert after == f"{IMPORT}DockerOperator(task_id='a', auto_remove=\"success\")\n"
