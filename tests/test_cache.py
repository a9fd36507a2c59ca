"""A check with a cache finds what a check without one finds, whatever happened before."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airshift import cache as cache_module
from airshift import looks as looks_module
from airshift.cache import Cache, clean, digest, dumps, loads
from airshift.checking import CheckResult, check_paths
from airshift.targets import parse_target

ESTATE = Path(__file__).parents[1] / "examples" / "estate"
Facts = tuple[object, ...]


def facts(result: CheckResult) -> Facts:
    templates = sorted(map(repr, map(str, result.scan.templates)))
    return result.findings, result.problems, result.options, templates, sorted(map(repr, result.scan.unused))


def check(root: Path, cache: Cache | None, target: str = "3.3.1") -> Facts:
    return facts(check_paths([root], target=parse_target(target), cache=cache))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of the files that rules look at."""
    paths: list[str] = []
    plain = looks_module.check_file

    def noting(path: str, *rest: object, **more: object) -> object:
        paths.append(path)
        return plain(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(looks_module, "check_file", noting)
    return paths


def test_a_second_check_judges_nothing_and_finds_the_same(tmp_path: Path, judged: list[str]) -> None:
    cache = Cache(tmp_path)
    fresh = check(ESTATE, None)
    assert check(ESTATE, cache) == fresh
    judged.clear()
    assert check(ESTATE, Cache(tmp_path)) == fresh
    assert judged == []


def test_a_changed_file_is_judged_alone(tmp_path: Path, judged: list[str]) -> None:
    estate = tmp_path / "estate"
    shutil.copytree(ESTATE, estate)
    cache = Cache(tmp_path)
    check(estate, cache)
    judged.clear()
    file = next(file for file in sorted(estate.rglob("*.py")) if "from airflow" in file.read_text())
    file.write_text(file.read_text() + "\n# a remark\n")
    found = check(estate, cache)
    assert set(judged) == {file.relative_to(estate).as_posix()}
    assert found == check(estate, None)


HELPERS = (
    "from airflow.operators.python import PythonOperator\n",
    "from airflow.providers.standard.operators.python import PythonOperator\n",
    "class PythonOperator:\n    pass\n",
    "def work(execution_date, **context):\n    return context['next_ds']\n",
    "from b import PythonOperator\n",
    "x = 1\n",
    "def (\n",
)
DAGS = (
    "from airflow import DAG\nfrom a import PythonOperator\n\nwith DAG('d', schedule_interval=None):\n"
    "    PythonOperator(task_id='t', python_callable=print, provide_context=True)\n",
    "from airflow import DAG\nfrom airflow.operators.python import PythonOperator\nfrom b import work\n\n"
    "with DAG('d'):\n    PythonOperator(task_id='t', python_callable=work)\n",
    "import a\nimport b\n\na.PythonOperator(task_id='t', provide_context=True)\n",
    "from airflow.models import Variable\nVariable.get('x', default_var=1)\n",
    "import os\n",
)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["a.py", "b.py", "d.py", "e.py"]),
        st.sampled_from([*HELPERS, *DAGS, None]),
        st.sampled_from(["3.0.6", "3.3.1"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS)
def test_whatever_was_edited_before(tmp_path: Path, edits: list[tuple[str, str | None, str]]) -> None:
    estate = tmp_path / "estate"
    shutil.rmtree(estate, ignore_errors=True)
    estate.mkdir()
    cache = Cache(tmp_path)
    for name, text, target in edits:
        (estate / name).unlink(missing_ok=True)
        if text is not None:
            (estate / name).write_text(text)
        assert check(estate, cache, target) == check(estate, None, target)
    cache.close()


def broken(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


def short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def foreign(path: Path) -> None:
    import sqlite3

    file = sqlite3.connect(path)
    with file:
        file.execute("UPDATE results SET value = ?", (pickle.dumps(print),))
    file.close()


def wrong(path: Path) -> None:
    import sqlite3

    file = sqlite3.connect(path)
    with file:
        file.execute("DROP TABLE results")
        file.execute("CREATE TABLE results (something TEXT)")
    file.close()


@pytest.mark.parametrize("spoil", [broken, short, foreign, wrong])
def test_a_spoilt_file_changes_nothing(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    fresh = check(ESTATE, None)
    cache = Cache(tmp_path)
    check(ESTATE, cache)
    cache.close()
    spoil(tmp_path / cache_module.FILE)
    assert check(ESTATE, Cache(tmp_path)) == fresh


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert check(ESTATE, Cache(tmp_path / "file")) == check(ESTATE, None)


def test_values_are_data_and_nothing_else() -> None:
    assert loads(dumps((1, b"x", "y", frozenset({"z"}), None))) == (1, b"x", "y", frozenset({"z"}), None)
    for value in (print, subprocess.Popen, Path("x")):
        with pytest.raises(ValueError, match="not a result"):
            loads(pickle.dumps(value))


def test_parts_of_a_key_do_not_run_together() -> None:
    assert digest("ab", "c") != digest("a", "bc")


def test_the_file_is_the_users_alone(tmp_path: Path) -> None:
    Cache(tmp_path).put([(b"k", b"v")])
    assert (tmp_path / cache_module.FILE).stat().st_mode & 0o077 == 0


def test_the_file_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "LARGEST", 200_000)
    cache = Cache(tmp_path)
    for number in range(200):
        cache.put([(b"%d" % number, b"x" * 10_000)])
    cache.close()
    assert cache.path.stat().st_size < 600_000
    assert Cache(tmp_path).get([b"199"]) == {b"199": b"x" * 10_000}


def test_cleaning(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put([(b"k", b"v")])
    cache.close()
    assert clean(tmp_path) > 0
    assert Cache(tmp_path).get([b"k"]) == {}
    assert clean(tmp_path / "nowhere") == 0


def test_two_runs_at_once(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "airshift",
        "check",
        str(ESTATE),
        "-t",
        "3.3.1",
        "-f",
        "json",
        "--exit-zero",
    ]
    environment = {"AIRSHIFT_CACHE": str(tmp_path), "PATH": ""}
    done = subprocess.run([*command, "--no-cache"], capture_output=True, env=environment, check=False)
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)]
    assert {run.communicate()[0] for run in runs} == {done.stdout}
    assert {run.returncode for run in runs} == {done.returncode}


def test_options_that_change_the_rules_are_part_of_the_key(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for guarded in (False, True, False):
        found = check_paths([ESTATE], target=parse_target("3.3.1"), cache=cache, show_guarded=guarded)
        plain = check_paths([ESTATE], target=parse_target("3.3.1"), show_guarded=guarded)
        assert replace(found, scan=plain.scan) == plain
