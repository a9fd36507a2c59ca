from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.errors import ServiceError
from pin.servers import Reply, serving

CONSTRAINTS = "https://raw.githubusercontent.com/apache/airflow/constraints-3.3.1/constraints-3.12.txt"
OLD = CONSTRAINTS.replace("3.3.1", "2.10.3").replace("3.12", "3.11")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"--constraint {OLD}\napache-airflow==2.10.3\npandas==1.5.3\nboto3\n")
    return path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRSHIFT_CACHE", str(tmp_path / "cache"))


def test_json_follows_the_contract(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pin", str(file), "--target", "mwaa-3.3.1", "--offline", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    rows = [(r["name"], r["line"], r["after"], r["action"]) for r in document["requirements"]]
    assert rows == [
        ("apache-airflow", 2, None, "drop"),
        ("pandas", 3, "pandas==3.0.5", "change"),
        ("boto3", 4, None, "drop"),
    ]
    assert [trap["trap"] for trap in document["traps"]] == ["stale_constraint"]


def test_out_writes_a_file_that_a_second_run_leaves_alone(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.txt"
    assert run(["pin", str(file), "--target", "3.3.1", "--offline", "--out", str(out), "--quiet"]) == 1
    assert out.read_text().startswith(f"--constraint {CONSTRAINTS}")
    assert file.read_text().startswith(f"--constraint {OLD}")
    assert run(["pin", str(out), "--target", "3.3.1", "--offline", "--check"]) == 0
    assert run(["pin", str(file), "--target", "3.3.1", "--offline", "--in-place"]) == 1
    assert file.read_text() == out.read_text()


def test_included_files_are_written_beside(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "requirements.txt").write_text("-r sub/more.txt\n")
    (tmp_path / "sub" / "more.txt").write_text("pandas\n")
    out = tmp_path / "out" / "requirements.txt"
    run(["pin", str(tmp_path / "requirements.txt"), "--target", "3.3.1", "--offline", "--out", str(out)])
    assert (tmp_path / "out" / "sub" / "more.txt").read_text().startswith("pandas==3.0.5  #")
    assert (tmp_path / "sub" / "more.txt").read_text() == "pandas\n"


def test_the_dags_tell_what_is_missing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "a.py").write_text("from airflow.operators.bash import BashOperator\n")
    arguments = ["pin", str(file), "--target", "3.3.1", "--offline", "--dags", str(tmp_path / "dags")]
    run([*arguments, "--format", "diff"])
    assert "+apache-airflow-providers-standard==1.17.0" in capsys.readouterr().out


def test_offline_does_the_rest_and_exits_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "r.txt", tmp_path / "new.txt"
    file.write_text("pandas\nsome-private-thing\n")
    assert run(["pin", str(file), "--target", "3.3.1", "--offline", "--out", str(out)]) == 3
    assert "left: some-private-thing was not resolved" in capsys.readouterr().err
    assert "pandas==3.0.5" in out.read_text()


def test_an_index_out_of_reach_is_said_and_exits_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airshift.pin.index_settings.pip_configuration", dict)
    file = tmp_path / "r.txt"
    file.write_text("--index-url http://me:hunter2@127.0.0.1:9/simple\npandas\nsome-private-thing\n")
    assert run(["pin", str(file), "--target", "3.3.1", "--format", "json"]) == 3
    captured = capsys.readouterr()
    assert "did not answer" in captured.out
    assert "hunter2" not in captured.out + captured.err


@pytest.mark.parametrize("output_format", ["text", "diff", "file", "json", "markdown"])
def test_no_format_shows_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output_format: str
) -> None:
    file = tmp_path / "r.txt"
    file.write_text(
        "--extra-index-url https://me:hunter2@h.example/s\npandas\na @ https://tok_secret@h.example/a.zip\n"
    )
    run(["pin", str(file), "--target", "3.3.1", "--offline", "--format", output_format])
    captured = capsys.readouterr()
    assert captured.out
    for secret in ("hunter2", "tok_secret"):
        assert secret not in captured.out + captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.txt"], "no such file"),
        (["--check", "--in-place"], "--check writes nothing"),
        (["--offline", "--wheelhouse", "w"], "cannot be --offline"),
        (["--env", "X"], "NAME=VALUE"),
        (["--python", "three"], "not a Python version"),
        (["--target", "mwaa-3.3.1", "--python", "3.11", "--offline"], "no constraints of Airflow 3.3.1"),
        (["--target", "3.3.9", "--offline"], "no constraints of Airflow 3.3.9 for Python 3.12"),
        (["--target", "2.10.3"], "migrates to Airflow 3"),
    ],
)
def test_usage_errors(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    path = [] if arguments[0].endswith(".txt") else [str(file)]
    assert run(["pin", *path, *arguments]) == 2
    assert words in capsys.readouterr().err


def test_requirements_do_not_replace_a_pyproject(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\ndependencies = ["pandas<2"]\n')
    before = file.read_bytes()
    assert run(["pin", str(file), "--target", "3.3.1", "--offline", "--in-place"]) == 2
    assert "use --out" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert run(["pin", str(file), "--target", "3.3.1", "--offline", "--out", str(tmp_path / "r.txt")]) == 1
    assert "pandas==3.0.5  # airshift: conflict" in (tmp_path / "r.txt").read_text()


def test_a_mirror_serves_a_release_that_is_not_bundled(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "apache-airflow-providers-standard==2.0\npandas==3.0.9\nboto3==1.99\n"
    with serving(lambda *_: Reply(200, text)) as server:
        url = f"{server.url}/constraints-{{version}}/constraints-{{python}}.txt"
        assert run(["pin", str(file), "--target", "3.3.2", "--constraints-url", url, "--format", "file"]) == 1
    captured = capsys.readouterr()
    assert f"--constraint {server.url}/constraints-3.3.2/constraints-3.12.txt" in captured.out
    assert "pandas==3.0.9" in captured.out
    assert "constraints of 3.3.2 for Python 3.12: downloaded" in captured.err


def test_constraints_show_prints_sorted_canonical_pins(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["constraints", "show", "mwaa-3.3.1", "--python", "3.12"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == sorted(lines)
    assert "flask-appbuilder==5.2.2" in lines


def test_constraints_list_and_diff(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["constraints", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"airflow": "3.3.1", "python": "3.12"}.items() <= rows[-1].items()
    assert rows[-1]["essential"] > 10
    assert run(["constraints", "diff", "2.10.3", "3.3.1"]) == 1
    assert "~ sqlalchemy 1.4.54 -> 2.0.51  major" in capsys.readouterr().out
    assert run(["constraints", "diff", "3.3.1", "3.3.1"]) == 0


def test_constraints_sync_uses_the_bundled_ones_when_the_mirror_is_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "http://127.0.0.1:9/{version}/{python}"
    assert run(["constraints", "sync", "3.3.1", "--constraints-url", url]) == 3
    assert "the bundled constraints are used" in capsys.readouterr().err
    assert run(["constraints", "sync", "3.3.2", "--constraints-url", url]) == 2
    assert "no constraints of Airflow 3.3.2" in capsys.readouterr().err


def test_a_wheelhouse_of_local_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airshift.pin import wheelhouse
    from airshift.pin.decisions import Answers
    from airshift.pin.index_settings import IndexSettings
    from airshift.pin.resolver import resolve
    from pin.requests_of import request_of

    links = tmp_path / "links"
    links.mkdir()
    for name in ("own_thing-1.0-py3-none-any.whl", "own_thing-2.0-py3-none-any.whl"):
        version = name.split("-")[1]
        with zipfile.ZipFile(links / name, "w") as wheel:
            info = f"own_thing-{version}.dist-info"
            wheel.writestr("own_thing.py", "")
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: own-thing\nVersion: {version}\n"
            )
            wheel.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr(f"{info}/RECORD", "")
    plugins = tmp_path / "plugins"
    (plugins / "__pycache__").mkdir(parents=True)
    (plugins / "mine.py").write_text("x = 1\n")
    (plugins / "__pycache__" / "mine.pyc").write_text("")
    request = request_of("own-thing\n")
    lock = ("apache-airflow==3.3.1", "boto3==1.43.56", "own-thing==1.0")
    resolution = resolve(request, Answers(True, versions={"own-thing": "1.0"}, lock=lock))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    settings = IndexSettings(find_links=(str(links),))
    built = wheelhouse.build(tmp_path / "house", request, resolution, settings, plugins)
    assert built.wheels == ("own_thing-1.0-py3-none-any.whl",)
    archive = zipfile.ZipFile(built.archive)
    assert archive.namelist() == ["constraints.txt", "mine.py", "own_thing-1.0-py3-none-any.whl"]
    assert b"pandas==3.0.5\n" in archive.read("constraints.txt")
    assert built.requirements.read_text().splitlines() == [
        "--constraint /usr/local/airflow/plugins/constraints.txt",
        "--find-links /usr/local/airflow/plugins",
        "--no-index",
        "own-thing==1.0",
    ]
    first = built.archive.read_bytes()
    again = wheelhouse.build(tmp_path / "house", request, resolution, settings, plugins)
    assert again.archive.read_bytes() == first
    gone = resolve(request, Answers(True, versions={"own-thing": "3.0"}, lock=("own-thing==3.0",)))
    with pytest.raises(ServiceError, match=r"own-thing==3\.0 has no wheel for Python 3\.12"):
        wheelhouse.build(tmp_path / "house", request, gone, settings, plugins)
