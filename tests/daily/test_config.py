"""Configuration: what wins, where values come from, and what is said about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.config import Config, Given, effective
from airshift.counted import list_estate
from airshift.errors import UsageError
from airshift.select import Selection
from test_start_up import loaded


def written(root: Path, text: str, name: str = "airshift.toml") -> Path:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    return root


def config(root: Path, **given: object) -> Config:
    return effective([root], Given(**given))  # type: ignore[arg-type]


def test_without_a_file_everything_is_a_default(tmp_path: Path) -> None:
    found = config(tmp_path)
    assert (str(found.target), found.source, found.baseline) == ("mwaa-3.3.1", None, None)
    assert found.selection == Selection()
    assert {value.origin for value in found.values.values()} == {"default", "found in the estate"}


ALL = """
target = "3.0.6"
source = "2.7.3"
select = ["AS1"]
extend-select = ["AS201"]
ignore = ["AS104"]
exclude = ["vendored/"]
extend-exclude = ["*_generated.py"]
respect-gitignore = false
respect-airflowignore = false
baseline = "ci/known.json"

[per-file-ignores]
"tests/" = ["AS1"]
"""


@pytest.mark.parametrize("name", ["airshift.toml", "pyproject.toml"])
def test_every_key_is_read_from_either_file(tmp_path: Path, name: str) -> None:
    text = ALL if name == "airshift.toml" else "[tool.airshift]\n" + ALL.replace("[per", "[tool.airshift.per")
    found = config(written(tmp_path, text, name))
    assert (str(found.target), str(found.source)) == ("3.0.6", "2.7.3")
    assert (found.selection.select, found.selection.ignore) == (("AS1", "AS201"), ("AS104",))
    assert found.walk.patterns == ("vendored/", "*_generated.py")
    assert (found.walk.folders, found.walk.gitignore, found.respect_airflowignore) == (
        frozenset(),
        False,
        False,
    )
    assert found.baseline == tmp_path / "ci" / "known.json"
    assert {value.origin for value in found.values.values()} == {name}
    assert found.values["per-file-ignores"].value == {"tests/": ["AS1"]}


def test_the_command_line_wins(tmp_path: Path) -> None:
    found = config(
        written(tmp_path, ALL),
        target="mwaa-3.2.1",
        select=("AS2,AS3",),
        ignore=("AS301",),
        respect_gitignore=True,
        baseline=Path("other.json"),
    )
    assert str(found.target) == "mwaa-3.2.1"
    assert (found.selection.select, found.selection.ignore) == (("AS2", "AS3"), ("AS301",))
    assert (found.walk.gitignore, found.baseline) == (True, Path("other.json"))
    assert found.values["select"].origin == found.values["extend-select"].origin == "command line"
    assert found.values["source"].origin == "airshift.toml"


def test_what_is_added_does_not_replace(tmp_path: Path) -> None:
    found = config(written(tmp_path, ALL), extend_select=("AS3",))
    assert found.selection.select == ("AS1", "AS3")
    assert config(tmp_path, isolated=True, extend_select=("AS101",), ignore=("AS1",)).selection == Selection(
        ("", "AS101"), ("AS1",)
    )


def test_isolated_reads_no_file_and_config_names_one(tmp_path: Path) -> None:
    root = written(tmp_path / "estate", ALL)
    other = written(tmp_path, 'target = "3.1.8"', "other.toml") / "other.toml"
    assert str(config(root, isolated=True).target) == "mwaa-3.3.1"
    assert str(config(root, config=other).target) == "3.1.8"


def test_per_file_ignores_are_relative_to_the_file(tmp_path: Path) -> None:
    written(tmp_path, '[per-file-ignores]\n"dags/tests/" = ["AS1"]\n"conf*.py" = ["ALL"]\n')
    (tmp_path / "dags").mkdir()
    selection = effective([tmp_path / "dags"], Given()).selection
    assert selection.at("tests/deep/a.py").wants("AS201")
    assert not selection.at("tests/deep/a.py").wants("AS101")
    assert selection.at("other/a.py").wants("AS101")
    assert not selection.at("other/conftest.py").wants("AS201")


MISTAKES = [
    ('targett = "3.3.1"', r"unknown key targett \(did you mean target\?\)"),
    ('extend_select = ["AS1"]', r"unknown key extend_select \(did you mean extend-select\?\)"),
    ("target = 3", "target has to be a text"),
    ('target = "2.10.3"', "target: target '2.10.3': airshift migrates to Airflow 3"),
    ('source = "two"', "source: 'two' is not an Airflow version"),
    ('select = "AS1"', "select has to be a list"),
    ('select = ["AS99"]', "select: no rule starts with AS99"),
    ('ignore = ["AS999"]', "ignore: no rule 'AS999'; did you mean"),
    ('[per-file-ignores]\n"a" = "AS1"', "per-file-ignores: 'a' has to be a list"),
    ('[per-file-ignores]\n"a" = ["E501"]', "per-file-ignores: 'E501' is not a rule code"),
    ('exclude = ["!"]', "exclude: '!' is not a pattern"),
    ("respect-gitignore = 1", "respect-gitignore has to be true or false"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes_name_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=r"^airshift\.toml: " + message):
        config(written(tmp_path, text))


def test_mistakes_of_the_command_line_do_not_blame_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^no rule starts with AS99; AS9 has AS901, "):
        config(written(tmp_path, ALL), select=("AS99",))


def test_settings_cost_nothing_heavy(tmp_path: Path) -> None:
    written(tmp_path, ALL)
    estate(tmp_path, {".git/config": "", ".gitignore": "*.log\n", "dags/.airflowignore": "old\n"})
    written(tmp_path, "from airflow.sdk import DAG\n", "clean.py")
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "known.json").write_text('{"schema_version": 1, "findings": []}')
    assert loaded("check", str(tmp_path)) == []


# Which files count


def estate(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        written(root, text, name)
    return root


def listed(*paths: Path, **given: object) -> list[str]:
    found = effective(list(paths), Given(**given))  # type: ignore[arg-type]
    return [file.path for file in list_estate(paths, found).files]


def test_exclude_replaces_and_extend_exclude_adds(tmp_path: Path) -> None:
    estate(tmp_path, {"a.py": "", "vendored/b.py": "", "node_modules/c.py": "", "x/d_pb2.py": ""})
    assert listed(tmp_path) == ["a.py", "vendored/b.py", "x/d_pb2.py"]
    assert listed(tmp_path, extend_exclude=("vendored",)) == ["a.py", "x/d_pb2.py"]
    assert listed(tmp_path, exclude=("/vendored/", "*_pb2.py")) == ["a.py", "node_modules/c.py"]


def test_a_file_that_is_named_counts_unless_forced(tmp_path: Path) -> None:
    estate(tmp_path, {"a.py": "", "vendored/b.py": "", "airshift.toml": 'extend-exclude = ["vendored"]'})
    named = tmp_path / "vendored" / "b.py"
    assert listed(named) == ["b.py"]
    assert listed(named, force_exclude=True) == []


GITIGNORED = {
    ".git/info/exclude": "local.py\n",
    ".gitignore": "*.log\n/out/\nsecret.py\n[\n",
    "a.py": "",
    "local.py": "",
    "secret.py": "",
    "out/b.py": "",
    "dags/out/c.py": "",
    "dags/.gitignore": "!secret.py\ngenerated\n",
    "dags/secret.py": "",
    "dags/generated/d.py": "",
}


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    estate(tmp_path, GITIGNORED)
    kept = [".gitignore", "a.py", "dags/.gitignore", "dags/out/c.py", "dags/secret.py"]
    assert listed(tmp_path) == kept
    assert listed(tmp_path / "dags") == [".gitignore", "out/c.py", "secret.py"]
    assert len(listed(tmp_path, respect_gitignore=False)) == 9


def test_a_path_that_is_named_counts_although_git_ignores_it(tmp_path: Path) -> None:
    estate(tmp_path, GITIGNORED)
    assert listed(tmp_path / "out") == ["b.py"]
    assert listed(tmp_path / "secret.py") == ["secret.py"]


def test_gitignore_means_nothing_outside_a_repository(tmp_path: Path) -> None:
    estate(tmp_path, {".gitignore": "*.py", "a.py": ""})
    assert listed(tmp_path) == [".gitignore", "a.py"]


def test_the_walk_leaves_out_what_git_itself_ignores(tmp_path: Path) -> None:
    import subprocess

    estate(tmp_path, {name: text for name, text in GITIGNORED.items() if not name.startswith(".git/")})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git/info/exclude").write_text("local.py\n")
    shown = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard"],
        cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    assert listed(tmp_path) == sorted(shown.stdout.decode().rstrip("\0").split("\0"))


AIRFLOWIGNORED = {
    "dags/.airflowignore": "archive\nhelpers\n.*_old\\.py\n",
    "dags/live.py": "from helpers.shared import x\n",
    "dags/helpers/__init__.py": "",
    "dags/helpers/shared.py": "from .deeper import y\n",
    "dags/helpers/deeper.py": "",
    "dags/helpers/lonely.py": "",
    "dags/archive/dead.py": "",
    "dags/archive/query.sql": "",
    "dags/archive/started.py": "",
    "dags/script.sh": "python dags/archive/started.py\n",
    "dags/sales_old.py": "",
}
USED = sorted(set(AIRFLOWIGNORED) - {"dags/archive/dead.py", "dags/helpers/lonely.py"})


def test_what_airflow_ignores_and_nothing_uses_is_left_out(tmp_path: Path) -> None:
    estate(tmp_path, AIRFLOWIGNORED)
    assert listed(tmp_path) == USED
    assert listed(tmp_path, respect_airflowignore=False) == sorted(AIRFLOWIGNORED)


def test_what_the_target_would_parse_is_looked_at(tmp_path: Path) -> None:
    """`.*_old\\.py` is an expression: as a glob pattern it matches nothing."""
    estate(tmp_path, AIRFLOWIGNORED)
    assert "dags/sales_old.py" in listed(tmp_path)
    written(tmp_path, "*_old.py\n", "dags/.airflowignore")
    assert "dags/sales_old.py" not in listed(tmp_path)


def test_an_estate_on_airflow_3_is_read_by_patterns(tmp_path: Path) -> None:
    estate(tmp_path, {"dags/.airflowignore": "ab?.py\n", "dags/abc.py": "", "dags/ab.py": ""})
    assert listed(tmp_path, source="2.10.3") == ["dags/.airflowignore", "dags/ab.py", "dags/abc.py"]
    assert listed(tmp_path, source="3.0.6") == ["dags/.airflowignore", "dags/ab.py"]
