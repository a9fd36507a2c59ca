"""The command line of `airshift fix`: patches that git applies, and the same bytes for any number of jobs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "plain.py": b"from airflow.operators.bash_operator import BashOperator\n",
    "crlf.py": b"import os\r\nfrom airflow.operators.dummy_operator import DummyOperator\r\n\r\nDummyOperator\r\n",
    "mixed.py": b"from airflow.operators.dummy_operator import DummyOperator\r\nDummyOperator\nx = 1\r\n",
    "cr.py": b"from airflow.operators.bash_operator import BashOperator\rx = 1\r",
    "no_newline.py": b"x = 1\nfrom airflow.operators.bash_operator import BashOperator",
    "grows.py": b"from airflow.utils.dates import days_ago\n\n\n\n\n\n\n\nSTART = days_ago(2)",
    "bom.py": b"\xef\xbb\xbffrom airflow.operators.bash_operator import BashOperator\n",
    "latin.py": "# coding: latin-1\nfrom airflow.operators.bash_operator import BashOperator\nx = 'é'\n".encode(
        "latin-1"
    ),
    "dags/été 日本.py": b"from airflow.operators.bash_operator import BashOperator\n",
    'dags/a "quoted" \\ name.py': b"from airflow.operators.bash_operator import BashOperator\n",
    "dags/tab\there.py": b"from airflow.operators.bash_operator import BashOperator\n",
    "dags/untouched.py": b"from airflow.sdk import DAG\r\n",
    "dags/uses_helper.py": b"from helpers.ops import DummyOperator\nDummyOperator(task_id='a')\n",
    "helpers/ops.py": b"from airflow.operators.dummy_operator import DummyOperator\n",
    "dags/.airflowignore": b"# not DAGs\r\nold_.*\r\n",
    "dags/old_stuff.py": b"",
    "dags/settings.py": b"import os\nos.environ['AIRFLOW__CORE__SQL_ALCHEMY_CONN'] = 'sqlite://'\n",
    "dags/latin.sql": "-- été\nselect '{{ execution_date }}'\n".encode("latin-1"),
    "dags/sql.py": b"from airflow.operators.sqlite_operator import SqliteOperator\n"
    b"SqliteOperator(task_id='t', sql='latin.sql')\n",
    "helpers/sub.py": b"from airflow import DAG\n\ndef make(name):\n    dag = DAG(name)\n    return dag\n",
    "dags/uses_sub.py": b"from airflow import DAG\nfrom airflow.operators.subdag import SubDagOperator\n"
    b"from helpers.sub import make\nwith DAG('p') as dag:\n"
    b"    SubDagOperator(task_id='s', subdag=make('p.s'))\n",
    "airflow.cfg": b"[core]\r\n# where\r\nexecutor = LocalExecutor\r\nsql_alchemy_conn = sqlite://\r\n",
}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    root = tmp_path / "estate"
    for name, content in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (root / "plain.py").chmod(0o755)
    return root


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "airshift", "fix", *arguments], cwd=cwd, capture_output=True, check=False
    )


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(root)): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and ".git" not in file.parts
    }


def test_the_diff_applied_by_git_equals_the_fix(estate: Path, tmp_path: Path) -> None:
    patched = tmp_path / "patched"
    shutil.copytree(estate, patched)
    diff = run(".", "--unsafe-fixes", "--diff", "--target", "3.3.1", cwd=estate)
    assert diff.returncode == 0, diff.stderr
    assert contents(estate) == FILES
    patch = run(".", "--unsafe-fixes", "--patch", str(tmp_path / "p"), "--target", "3.3.1", cwd=estate)
    assert patch.returncode == 0
    assert (tmp_path / "p").read_bytes() == diff.stdout
    subprocess.run(["git", "init", "-q"], cwd=patched, check=True)
    applied = subprocess.run(["git", "apply", "-"], cwd=patched, input=diff.stdout, capture_output=True)
    assert applied.returncode == 0, applied.stderr
    assert run(".", "--unsafe-fixes", "--target", "3.3.1", cwd=estate).returncode == 0
    assert contents(patched) == contents(estate)
    changed = {name for name, content in contents(estate).items() if content != FILES[name]}
    assert changed >= set(FILES) - {"dags/untouched.py", "dags/uses_helper.py", "dags/old_stuff.py"}
    assert (estate / "plain.py").stat().st_mode & 0o777 == 0o755


def test_the_number_of_jobs_changes_nothing(estate: Path, tmp_path: Path) -> None:
    for number in range(40):
        (estate / f"dag_{number}.py").write_bytes(FILES["grows.py"].replace(b"2", str(number).encode()))
    other = tmp_path / "other"
    shutil.copytree(estate, other)
    one = run(".", "--unsafe-fixes", "--jobs", "1", "--format", "json", cwd=estate)
    eight = run(".", "--unsafe-fixes", "--jobs", "8", "--format", "json", cwd=other)
    assert one.returncode == eight.returncode == 0
    assert one.stdout == eight.stdout
    assert contents(estate) == contents(other)


def test_a_second_run_changes_nothing(estate: Path) -> None:
    assert run(".", "--unsafe-fixes", "--target", "3.3.1", cwd=estate).returncode == 0
    once = contents(estate)
    again = run(".", "--unsafe-fixes", "--check", "--target", "3.3.1", cwd=estate)
    assert again.returncode == 0, again.stderr
    assert run(".", "--unsafe-fixes", "--target", "3.3.1", cwd=estate).returncode == 0
    assert contents(estate) == once


def test_check_writes_nothing(estate: Path) -> None:
    assert run(".", "--check", cwd=estate).returncode == 1
    assert contents(estate) == FILES


BOTH = b"""\
try:
    from airflow.sdk import Asset
except ImportError:
    from airflow.datasets import Dataset as Asset
"""


def one_file(tmp_path: Path, content: bytes, *arguments: str) -> tuple[int, bytes, str]:
    (tmp_path / "dag.py").write_bytes(content)
    done = run("dag.py", "--target", "3.3.1", *arguments, cwd=tmp_path)
    return done.returncode, (tmp_path / "dag.py").read_bytes(), done.stderr.decode()


def test_compat_and_back(tmp_path: Path) -> None:
    code, both, _ = one_file(tmp_path, b"from airflow.datasets import Dataset\n", "--compat")
    assert (code, both) == (0, BOTH)
    code, later, _ = one_file(tmp_path, BOTH, "--drop-compat")
    assert (code, later) == (0, b"from airflow.sdk import Asset\n")
    code, _, said = one_file(tmp_path, BOTH, "--drop-compat", "--compat")
    assert code == 2
    assert "exclude each other" in said


def test_what_is_left_is_silenced_and_the_summary_says_so(tmp_path: Path) -> None:
    code, after, said = one_file(
        tmp_path, b"from airflow.operators.subdag import SubDagOperator\n", "--add-noqa"
    )
    assert code == 0
    assert after == b"from airflow.operators.subdag import SubDagOperator  # airshift: ignore[AS101]\n"
    assert said.splitlines() == ["Fixed 0 findings in 1 file.", "Silenced 1 finding with a comment."]


def test_the_summary_gives_reasons(tmp_path: Path) -> None:
    old = b"from airflow.operators.bash import BashOperator\n"
    code, after, said = one_file(tmp_path, old, "--compat")
    assert (code, after) == (0, old)
    assert said.splitlines() == [
        "Fixed 0 findings in 0 files.",
        "Left 1 finding: 1 that can be fixed.",
        "  1 not fixed: it imports on both versions as it is",
    ]


def test_the_summary_says_why_a_fix_is_unsafe(tmp_path: Path) -> None:
    old = (
        b"from airflow.providers.standard.operators.bash import BashOperator\n"
        b"BashOperator(task_id='a', bash_command='b', sla=1)\n"
    )
    reason = "the service level is dropped: nobody is told any more when the task is late"
    code, after, said = one_file(tmp_path, old)
    assert (code, after) == (0, old)
    assert said.splitlines()[-1] == f"  1 not fixed: unsafe: {reason}"
    code, after, said = one_file(tmp_path, old, "--unsafe-fixes")
    assert after == old.replace(b", sla=1", b"")
    assert said.splitlines() == ["Fixed 1 finding in 1 file.", f"  look at 1: {reason}"]


def test_a_file_that_cannot_be_read_is_refused_and_the_others_are_fixed(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_bytes(FILES["plain.py"])
    (tmp_path / "broken.py").write_bytes(b"import airflow\nprint 1\n")
    done = run(".", cwd=tmp_path)
    assert done.returncode == 3
    assert "Refused broken.py: syntax error" in done.stderr.decode()
    assert (tmp_path / "other.py").read_bytes() != FILES["plain.py"]
