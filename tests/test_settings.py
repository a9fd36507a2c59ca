"""Settings: which file counts, what it may hold, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.errors import UsageError
from airshift.settings import Environment, Settings, load_settings

TWO = """
[[environments]]
name = "prod"
path = "dags/prod"
url = "https://airflow.example.com"
mwaa = "finance-prod"

[[environments]]
name = "dev"
path = "dags/dev"

[plan]
cadence = "weekly tue 10:00"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("prod", "dev"):
        (tmp_path / "dags" / name).mkdir(parents=True)
    return tmp_path


def written(root: Path, text: str, name: str = "airshift.toml") -> Path:
    (root / name).write_text(text, encoding="utf-8")
    return root


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()
    assert load_settings(tmp_path).table("plan").get("cadence", str, "none") == "none"


def test_environments_are_found_from_a_folder_below(root: Path) -> None:
    written(root, TWO)
    found = load_settings(root / "dags" / "prod")
    assert found.file == root / "airshift.toml"
    assert found.environments == (
        Environment("prod", root / "dags/prod", "https://airflow.example.com", "finance-prod"),
        Environment("dev", root / "dags/dev"),
    )
    assert found.table("plan").require("cadence") == "weekly tue 10:00"


def test_the_search_ends_at_the_repository(root: Path) -> None:
    written(root, TWO)
    (root / "dags" / ".git").mkdir()
    assert load_settings(root / "dags" / "prod") == Settings()


def test_a_folder_that_anybody_may_write_to_does_not_count(root: Path) -> None:
    written(root, TWO)
    root.chmod(0o777)
    assert load_settings(root / "dags" / "prod") == Settings()
    assert load_settings(root).environments != ()


def test_pyproject_counts_when_it_has_our_table(root: Path) -> None:
    written(root, "[tool.ruff]\nline-length = 100\n", "pyproject.toml")
    assert load_settings(root).file is None
    written(root, "[tool.airshift.plan]\ncadence = 'x'\n", "pyproject.toml")
    assert load_settings(root).table("plan").require("cadence") == "x"
    written(root, "[plan]\ncadence = 'y'\n")
    assert load_settings(root).table("plan").require("cadence") == "y"


@pytest.mark.parametrize(
    "text", ["{{ cookiecutter }}", "tool = 3", "[tool]\nairshift = 3", "[tool.airshift]"]
)
def test_another_pyproject_is_nobodys_error(root: Path, text: str) -> None:
    assert load_settings(written(root, text, "pyproject.toml")) == Settings()


def test_a_named_file_counts_wherever_it_is(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "policy.toml"
    other.write_text("[plan]\ncadence = 'z'\n")
    assert load_settings(root, other).table("plan").require("cadence") == "z"
    with pytest.raises(UsageError, match=r"gone\.toml: cannot be read"):
        load_settings(root, tmp_path / "gone.toml")


ONE = "[[environments]]\nname = 'prod'\npath = 'dags/prod'\n"
WRONG = [
    ("environments = [", "not TOML"),
    ("enviroments = 3", r"unknown key enviroments \(did you mean environments\?\)"),
    ("environments = 3", "environments has to be a list"),
    ("environments = [3]", "environments has to be a list of tables"),
    ("[[environments]]\npath = 'dags/prod'", r"environments\[1\] name is missing"),
    ("[[environments]]\nname = 'prod'", r"environments\[1\] path is missing"),
    ("[[environments]]\nname = 3\npath = 'dags/prod'", r"name has to be a text"),
    ("[[environments]]\nname = 'a:b'\npath = 'dags/prod'", "must not contain a colon"),
    ("[[environments]]\nname = 'a'\npath = 'gone'", "path gone does not exist"),
    (ONE + "url = 'airflow'", "url airflow names no host"),
    (ONE + "ulr = 'http://h'", r"unknown key ulr \(did you mean url\?\)"),
    (ONE + ONE, "two environments are called prod"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_errors_say_what_and_where(root: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=r"^airshift\.toml: .*" + message):
        load_settings(written(root, text))


def test_a_table_reads_each_kind_and_refuses_others(root: Path) -> None:
    written(root, "[plan]\nn = 3\nf = 2\nflag = true\nl = ['a']\nbad = [1]\n[plan.pin]\nx = 1\n")
    table = load_settings(root).table("plan")
    assert (table.get("n", int, 0), table.get("f", float, 0.5), table.get("flag", bool, False)) == (
        3,
        2.0,
        True,
    )
    assert (table.texts("l"), table.texts("none"), table.mapping("pin")) == (("a",), (), {"x": 1})
    with pytest.raises(UsageError, match=r"\[plan\] flag has to be a whole number"):
        table.get("flag", int, 0)
    with pytest.raises(UsageError, match="bad has to be a list of texts"):
        table.texts("bad")
    table.finish()


def test_a_key_nobody_asked_for_is_an_error(root: Path) -> None:
    table = load_settings(written(root, "[plan]\ncadense = 'x'\n")).table("plan")
    table.get("cadence", str, "")
    with pytest.raises(UsageError, match=r"\[plan\] unknown key cadense \(did you mean cadence\?\)"):
        table.finish()


def test_a_table_that_is_none(root: Path) -> None:
    with pytest.raises(UsageError, match=r"\[plan\] has to be a table"):
        load_settings(written(root, "plan = 3")).table("plan")
