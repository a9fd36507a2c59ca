"""Estates made to harm: files that are none, names that steer, documents that explode."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from airshift.checking import rule_context
from airshift.cli.app import run
from airshift.engine.template_files import TemplateReference
from airshift.engine.templates import parse_template
from airshift.environments.unzip import unpack
from airshift.files import list_files
from airshift.fix.files import fix_file
from airshift.judge import check_file
from airshift.surroundings import check_other
from airshift.targets import parse_target, parse_version

DAG = b"from airflow import DAG\nwith DAG('a', schedule_interval='@daily') as dag:\n    pass\n"
CONTEXT = rule_context(parse_target("3.3.1"), parse_version("2.10.3"))


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    root = tmp_path / "estate"
    root.mkdir()
    (root / "a.py").write_bytes(DAG)
    return root


def listed(root: Path) -> list[str]:
    return [file.path for file in list_files([root]).files]


def test_loops_of_links_are_not_followed(estate: Path) -> None:
    (estate / "again").symlink_to(estate)
    (estate / "self.py").symlink_to("self.py")
    (estate / "up").symlink_to("..")
    assert listed(estate) == ["a.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_devices_are_not_read(estate: Path) -> None:
    os.mkfifo(estate / "pipe.py")
    (estate / "zero.py").symlink_to("/dev/zero")
    (estate / "terminal.py").symlink_to("/dev/tty")
    assert listed(estate) == ["a.py"]
    assert run(["check", str(estate), "--quiet", "--exit-zero"]) == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable to root")
def test_folders_that_may_not_be_read_are_said(estate: Path) -> None:
    closed = estate / "closed"
    closed.mkdir(mode=0)
    problems = list_files([estate]).problems
    closed.chmod(stat.S_IRWXU)
    assert [(one.path, "cannot be listed" in one.reason) for one in problems] == [("closed", True)]


def test_a_folder_that_cannot_be_listed_is_said(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (estate / "closed").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert [one.path for one in list_files([estate]).problems] == ["closed"]


def test_names_that_are_not_utf8_are_checked_and_shown(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (estate / os.fsdecode(b"\xff\x1b[31m.py")).write_bytes(DAG)
    for form in ("concise", "full", "json", "sarif", "github", "gitlab", "junit", "markdown"):
        assert run(["check", str(estate), "--format", form, "--exit-zero"]) == 0
        assert "\x1b" not in capsys.readouterr().out


def packed(*entries: tuple[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return raw.getvalue()


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "a/../../out.py", "..\\out.py", "C:\\out.py"])
def test_archives_write_nothing_outside(name: str, tmp_path: Path) -> None:
    path, inside = tmp_path / "plugins.zip", tmp_path / "deep" / "plugins"
    path.write_bytes(packed((name, b"x = 1")))
    unpack(path, inside)
    assert [file for file in tmp_path.rglob("*out.py") if inside not in file.parents] == []


def test_an_archive_that_explodes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plugins.zip"
    path.write_bytes(packed(("zeros.bin", b"\0" * 20_000_000)))
    assert path.stat().st_size < 100_000
    problems = unpack(path, tmp_path / "plugins")
    assert [problem.reason for problem in problems] == ["not unpacked: a file that grows more than 200 times"]
    assert list(tmp_path.iterdir()) == [path]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)


@pytest.mark.parametrize(
    "name", ["docker-compose.yml", "values.yaml", "dags/a.yaml", ".github/workflows/a.yml"]
)
def test_yaml_whose_aliases_explode_is_read_in_no_time(name: str) -> None:
    raw = ("services:\n  web:\n    image: apache/airflow:2.10.3\n" + LAUGHS).encode()
    check_other(name, raw, CONTEXT, TemplateReference(name))


def test_a_dag_factory_with_exploding_aliases_is_read_in_no_time(estate: Path) -> None:
    (estate / "dags.yaml").write_text(LAUGHS + "d: {default_args: {owner: a}, tasks: {t: *l}}\n")
    (estate / "a.py").write_text(
        "import yaml\nfrom airflow import DAG\nconfig = yaml.safe_load(open('dags.yaml'))\n"
        "for name in config['l']:\n    globals()[str(name)] = DAG(str(name), schedule=None)\n"
    )
    assert run(["inventory", str(estate), "--quiet", "--format", "json"]) in (0, 3)


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(10**9) %}{% for b in range(10**9) %}x{% endfor %}{% endfor %}",
        "{{ 'a' * 10**12 }}",
        "{{ cycler.__init__.__globals__.os.system('touch /tmp/airshift-was-here') }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
    ids=["endless", "huge", "escape", "recursive"],
)
def test_templates_are_never_rendered(text: str) -> None:
    parse_template(text)
    raw = f"from airflow.operators.bash_operator import BashOperator\nBashOperator(bash_command={text!r})\n"
    assert check_file("a.py", raw.encode(), CONTEXT).problem is None
    assert not fix_file("a.py", raw.encode(), CONTEXT).refused
