from __future__ import annotations

from pathlib import Path

import pytest

from airshift.errors import UsageError
from airshift.pin.grammar import Package
from airshift.pin.projects import poetry_specifier
from airshift.pin.sources import read_requirements, read_startup_script


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "requirements.txt"


def names(file: Path, **environment: tuple[str, ...]) -> list[str]:
    found = read_requirements(file, environment)
    return [
        line.entry.name for doc in found.documents for line in doc.lines if isinstance(line.entry, Package)
    ]


def test_includes_are_followed_once_relative_to_their_file(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        requirements_txt="a\n-r sub/b.txt\n-r sub/b.txt\n",
        sub__b_txt="b\n-r c.txt\n",
        sub__c_txt="c\n-r ../requirements.txt\n",
    )
    assert names(file) == ["a", "b", "c"]


def test_each_value_of_a_variable_is_followed(tmp_path: Path) -> None:
    file = write(tmp_path, requirements_txt="a\n-r ${EXTENDED_REQUIREMENTS}\n", w_txt="w\n", s_txt="s\n")
    assert names(file, EXTENDED_REQUIREMENTS=("w.txt", "/usr/local/airflow/dags/s.txt")) == ["a", "w", "s"]


def test_an_unset_variable_is_a_problem_that_says_what_to_do(tmp_path: Path) -> None:
    file = write(tmp_path, requirements_txt="-r ${EXTENDED_REQUIREMENTS}\n")
    problem = read_requirements(file).problems[0]
    assert problem.line == 1
    assert "--env EXTENDED_REQUIREMENTS=VALUE" in problem.reason


def test_missing_and_remote_includes_are_problems_without_secrets(tmp_path: Path) -> None:
    file = write(tmp_path, requirements_txt="-r gone.txt\n-r https://u:hunter2@h/r.txt\n")
    reasons = [problem.reason for problem in read_requirements(file).problems]
    assert "gone.txt" in reasons[0]
    assert "****" in reasons[1]
    assert "hunter2" not in reasons[1]


def test_startup_scripts_tell_the_values_of_each_component(tmp_path: Path) -> None:
    script = tmp_path / "startup.sh"
    script.write_text(
        'if [[ "$MWAA_AIRFLOW_COMPONENT" == worker ]]; then\n  export EXTENDED_REQUIREMENTS="w.txt"\n'
        "else\n  export EXTENDED_REQUIREMENTS=s.txt\nfi\nexport HOME_OF=$HOME/x\n"
    )
    assert read_startup_script(script) == {"EXTENDED_REQUIREMENTS": ("w.txt", "s.txt")}


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ("export A=x\n", ("x",)),
        ("A=x; export A\n", ("x",)),
        ("if [ -n 1 ]; then export A=x; else A='y z'; fi\n", ("x", "y z")),
        ("case $C in w) export A=w.txt ;; s) export A=s.txt;; esac\n", ("w.txt", "s.txt")),
        ("test x && export A=x\n", ("x",)),
        ("# export A=x\necho A=x  # export A=y\n", None),
        ("export MY_A=x\n", None),
        ("export A=$HOME/x\n", None),
    ],
)
def test_exports_are_found_wherever_a_command_stands(
    tmp_path: Path, script: str, values: tuple[str, ...] | None
) -> None:
    (tmp_path / "startup.sh").write_text(script)
    assert read_startup_script(tmp_path / "startup.sh").get("A") == values


def test_pyproject_dependencies_keep_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[project]\nname = "x"\ndependencies = [\n  "pandas<2",\n  "boto3",\n]\n'
        '[project.optional-dependencies]\ndev = ["pytest"]\n'
    )
    lines = read_requirements(file).documents[0].lines
    assert [(line.number, line.text) for line in lines] == [(4, "pandas<2"), (5, "boto3"), (8, "pytest")]


def test_poetry_dependencies_and_groups_are_spelled_out(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[tool.poetry.dependencies]\npython = "^3.11"\napache-airflow = {version = "2.8.1", extras = ["amazon"]}\n'
        'pandas = "^2.0.3"\nown = {git = "https://h/own.git", tag = "v1"}\nodd = ">=1 || <0.5"\n'
        '[tool.poetry.group.dev.dependencies]\npytest = "*"\nnear = {path = "../near", develop = true}\n'
        '[dependency-groups]\nlint = ["ruff==0.5", {include-group = "dev"}]\n'
    )
    lines = read_requirements(file).documents[0].lines
    assert [(line.number, line.text) for line in lines] == [
        (11, "ruff==0.5"),
        (3, "apache-airflow[amazon]==2.8.1"),
        (4, "pandas>=2.0.3,<3"),
        (5, "own @ git+https://h/own.git@v1"),
        (6, "odd = >=1 || <0.5"),
        (8, "pytest"),
        (9, "-e ./../near"),
    ]
    assert [type(line.entry).__name__ for line in lines] == [
        "Package", "Package", "Package", "Direct", "Invalid", "Package", "Direct"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "specifier"),
    [
        ("*", ""),
        ("2.1", "==2.1"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.4", "~=1.4"),
        (">=1, !=1.5, <2", ">=1,!=1.5,<2"),
        ("1.*", "==1.*"),
    ],
)
def test_versions_of_poetry(written: str, specifier: str) -> None:
    assert poetry_specifier(written) == specifier


def test_unusable_files_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_requirements(tmp_path / "none.txt")
    (tmp_path / "pyproject.toml").write_text("[project\n")
    with pytest.raises(UsageError, match="cannot be read"):
        read_requirements(tmp_path / "pyproject.toml")


def test_utf16_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    for encoding in ("utf-16", "utf-8-sig"):
        file.write_bytes("pandas\n".encode(encoding))
        assert names(file) == ["pandas"]
