"""The command line: exit codes, formats, messages that help, and where things are printed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airshift import __version__
from airshift.catalogue import Catalogue
from airshift.cli.app import run

OLD = "from airflow.operators.bash_operator import BashOperator\n"
"""One error, AS104, with a safe fix."""
CLEAN = "from airflow.sdk import DAG\n\nwith DAG('a', schedule=None):\n    pass\n"
BROKEN = "import airflow\nprint 'x'\n"
RECORD = {
    "code", "path", "line", "column", "end_line", "end_column", "kind", "severity", "message",
    "applicability", "symbol", "source",
}  # fmt: skip


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: `old.py` has a finding, `clean.py` none, `broken.py` cannot be parsed."""
    for name, text in (("old", OLD), ("clean", CLEAN), ("broken", BROKEN)):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    run([*arguments, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


# Exit codes


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "clean.py"], 0),
        (["check", "old.py"], 1),
        (["check", "old.py", "--exit-zero"], 0),
        (["check", "old.py", "--select", "AS2"], 0),
        (["check", "old.py", "--ignore", "AS104"], 0),
        (["check", "broken.py"], 3),
        (["check", "broken.py", "--exit-zero"], 3),
        (["check", "."], 3),
        (["check", "old.py", "--target", "2.10.3"], 2),
        (["check", "old.py", "--target", "tomorrow"], 2),
        (["check", "old.py", "--select", "E501"], 2),
        (["check", "old.py", "--select", "AS999"], 2),
        (["check", "old.py", "--ignore", "AS70,AS0X"], 2),
        (["check", "nowhere.py"], 2),
        (["check"], 2),
        (["check", "old.py", "--format", "xml"], 2),
        (["check", "old.py", "--no-such-option"], 2),
        (["chek", "old.py"], 2),
        (["explain", "AS104"], 0),
        (["explain", "as104"], 0),
        (["explain", "AS999"], 2),
        (["rules"], 0),
        (["--version"], 0),
        (["--help"], 0),
        (["check", "-h"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_exit_codes(estate: Path, arguments: list[str], code: int) -> None:
    assert run(arguments) == code


def test_the_installed_command_and_the_module_do_the_same(estate: Path) -> None:
    for command in (["-m", "airshift"], ["-c", "from airshift.__main__ import main; main()"]):
        done = subprocess.run(
            [sys.executable, *command, "check", "old.py"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "AS104" in done.stdout


# What is said about mistakes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "odl.py"], "did you mean old.py?"),
        (["check", "clean.py", "nowhere"], "no such file or folder: nowhere"),
        (["check", "old.py", "--target", "mwaa-3.1.8"], "known: mwaa-3.0.6, mwaa-3.2.1, mwaa-3.3.1"),
        (["check", "old.py", "--target", "3.9.0"], "knows Airflow up to 3.3"),
        (["check", "old.py", "--target", "33.1"], "knows Airflow up to 3.3"),
        (["check", "old.py", "--target", "3.3.x"], "write 3.3.1 or mwaa-3.3.1"),
        (["check", "old.py", "--target", "2.11"], "name a 3.x version"),
        (["check", "old.py", "--source", "two"], "is not an Airflow version"),
        (["check", "old.py", "--select", "AS1004"], "write AS101, AS1 or ALL"),
        (["check", "old.py", "--select", "AS199"], "did you mean AS1"),
        (["check", "old.py", "--ignore", "AS99"], "no rule starts with AS99"),
        (["explain", "AS1o4"], "did you mean AS104?"),
        (["check", "--taget", "3.3.1", "old.py"], "--target"),
        (["chek"], "check"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "said",
)
def test_mistakes_are_answered_with_what_to_write(
    estate: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""
    assert "Traceback" not in printed.err


# Formats


def test_full_shows_the_line_and_the_fix(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "old.py", "--target", "3.3.1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("AS104 error: `airflow.operators.bash_operator.BashOperator` is gone")
    assert lines[1] == "  --> old.py:1:45  (parse, fixable)"
    assert lines[3] == f"1 | {OLD.rstrip()}"
    assert lines[4].index("^") - len("1 | ") == OLD.index("BashOperator")
    assert lines[-1] == (
        "Found 1 error in 1 file; 1 fixable with `airshift fix`, 0 more with `--unsafe-fixes`."
    )


def test_concise_is_one_line_a_finding(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "old.py", "broken.py", "--format", "concise"])
    broken, found, summary = capsys.readouterr().out.splitlines()
    assert broken.startswith("broken.py:2:1: not checked: ")
    assert found.startswith("old.py:1:45: AS104 error [*] ")
    assert summary.endswith("1 file could not be checked.")


def test_json_keeps_the_promised_names(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "check", ".", "--target", "mwaa-3.3.1")
    assert found["schema_version"] == 1
    assert found["tool"] == {"name": "airshift", "version": __version__}
    assert (found["target"], found["platform"]) == ("3.3.1", "mwaa")
    assert found["status"] == "incomplete"
    assert [(problem["path"], bool(problem["reason"])) for problem in found["problems"]] == [
        ("broken.py", True)
    ]
    (record,) = found["findings"]
    assert record.keys() >= RECORD
    assert [record[key] for key in ("code", "path", "line", "column", "end_line", "end_column")] == [
        "AS104", "old.py", 1, 45, 1, 57,
    ]  # fmt: skip
    assert (record["kind"], record["severity"]) == ("parse", "error")
    assert (record["applicability"], record["source"]) == ("safe", "airshift")
    assert record["symbol"] == "airflow.operators.bash_operator.BashOperator"


def test_json_of_a_clean_file_is_complete(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "check", "clean.py", "--target", "3.0.6")
    assert (found["status"], found["problems"], found["findings"]) == ("complete", [], [])
    assert found["target"] == "3.0.6"
    assert "platform" not in found


def test_the_default_target_is_the_newest_on_mwaa(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "check", "clean.py")
    assert (found["target"], found["platform"]) == ("3.3.1", "mwaa")


def test_columns_count_characters(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "wide.py").write_text(f"name = 'größer 漢字'; {OLD}", encoding="utf-8")
    (record,) = document(capsys, "check", "wide.py")["findings"]
    text = (estate / "wide.py").read_text(encoding="utf-8")
    assert text[record["column"] - 1 : record["end_column"] - 1] == "BashOperator"


def test_sarif_names_rules_places_and_what_was_not_read(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["check", ".", "--format", "sarif"])
    (sarif,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = sarif["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"]) == ("AS104", "error")
    assert sarif["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "AS104"
    assert place["artifactLocation"]["uri"] == "old.py"
    assert place["region"] == {"startLine": 1, "startColumn": 45, "endLine": 1, "endColumn": 57}
    (unread,) = sarif["invocations"][0]["toolExecutionNotifications"]
    assert unread["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.py"


def test_rules_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "rules")
    assert found["tool"] == {"name": "airshift", "version": __version__}
    assert (found["status"], found["problems"]) == ("complete", [])
    by_code = {rule["code"]: rule for rule in found["rules"]}
    assert by_code.keys() == Catalogue.load().rules.keys()
    for rule in found["rules"]:
        assert rule.keys() >= {"code", "name", "family", "kind", "fixable", "targets"}
        assert set(rule["targets"].values()) <= {"error", "warning", "info", None}
        assert any(rule["targets"].values())
    assert by_code["AS104"]["fixable"] is True
    assert by_code["AS710"]["fixable"] is False
    assert by_code["AS112"]["targets"]["3.0.6"] is None
    assert by_code["AS112"]["targets"]["3.3.1"] == "error"


def test_explain_says_why_where_and_how(capsys: pytest.CaptureFixture[str]) -> None:
    run(["explain", "AS104"])
    text = capsys.readouterr().out
    rule = Catalogue.load().rule("AS104")
    assert rule.title in text
    assert rule.reference in text
    assert "3.3.1: error" in text
    assert "ignore[AS104]" in text
    assert "    " + rule.before.strip().splitlines()[0] in text


# Options


def test_select_and_ignore_by_code_and_prefix(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "dag.py").write_text(f"from airflow import DAG\n{OLD}DAG('a', schedule_interval=None)\n")

    def codes(*options: str) -> list[str]:
        return [found["code"] for found in document(capsys, "check", "dag.py", *options)["findings"]]

    assert codes() == ["AS104", "AS201"]
    assert codes("--select", "AS1") == ["AS104"]
    assert codes("--select", "AS1,AS201") == ["AS104", "AS201"]
    assert codes("--select", "AS1", "--select", "AS201") == ["AS104", "AS201"]
    assert codes("--ignore", "AS1") == ["AS201"]
    assert codes("--select", "AS2", "--ignore", "AS201") == []
    assert codes("--select", "AS201", "--ignore", "AS2") == ["AS201"]
    assert codes("--select", "ALL", "--ignore", "AS201") == ["AS104"]


def test_statistics_count_by_rule(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "dag.py").write_text(f"from airflow import DAG\n{OLD * 2}DAG('a', schedule_interval=None)\n")
    assert run(["check", "dag.py", "--statistics"]) == 1
    printed = capsys.readouterr()
    titles = Catalogue.load().rules
    assert printed.out.splitlines() == [
        f"2  AS104  {titles['AS104'].title}",
        f"1  AS201  {titles['AS201'].title}",
    ]
    assert printed.err.startswith("Found 3 errors in 1 file")
    counted = document(capsys, "check", "dag.py", "--statistics")
    assert counted["statistics"] == [{"code": "AS104", "count": 2}, {"code": "AS201", "count": 1}]
    assert counted["status"] == "complete"


def test_machine_formats_keep_stdout_to_themselves(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for output_format in ("json", "sarif"):
        run(["check", "old.py", "--format", output_format])
        printed = capsys.readouterr()
        json.loads(printed.out)
        assert printed.err.startswith("Found 1 error")


@pytest.mark.parametrize("output_format", ["full", "concise", "json", "sarif"])
def test_quiet_prints_results_only(
    estate: Path, capsys: pytest.CaptureFixture[str], output_format: str
) -> None:
    assert run(["check", "old.py", "--quiet", "--format", output_format]) == 1
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "AS104" in printed.out
    assert "Found 1 error" not in printed.out


def test_quiet_says_nothing_about_a_clean_file(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "clean.py", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_report_unused(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "clean.py").write_text(CLEAN.replace("\n", "  # airshift: ignore[AS104]\n", 1))
    assert run(["check", "clean.py"]) == 0
    capsys.readouterr()
    assert run(["check", "clean.py", "--report-unused", "--format", "concise"]) == 1
    assert capsys.readouterr().out.startswith("clean.py:1:30: AS002 info ")


GUARDED = """\
try:
    from airflow.sdk import DAG
except ImportError:
    from airflow.models.dag import DAG

try:
    from airflow.operators.bash_operator import BashOperator
except ImportError:
    from airflow.providers.standard.operators.bash import BashOperator
"""


def test_guarded_imports_are_silent_unless_asked_for(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (estate / "dag.py").write_text(GUARDED)
    assert document(capsys, "check", "dag.py")["findings"] == []
    shown = document(capsys, "check", "dag.py", "--show-guarded")["findings"]
    assert [(found["code"], found["line"], found["severity"], found["applicability"]) for found in shown] == [
        ("AS105", 4, "info", "manual"),
        ("AS104", 7, "info", "manual"),
    ]
    assert all("(guarded: the code is prepared for that)." in found["message"] for found in shown)


def test_output_goes_to_a_file(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "old.py", "--format", "json", "--output", "out/found.json", "--quiet"]) == 1
    assert capsys.readouterr() == ("", "")
    assert json.loads((estate / "out" / "found.json").read_text())["findings"][0]["code"] == "AS104"
    assert [path.name for path in (estate / "out").iterdir()] == ["found.json"]


def test_an_output_that_cannot_be_written_is_a_usage_error(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (estate / "folder").mkdir()
    assert run(["check", "old.py", "--output", "folder"]) == 2
    assert "--output folder: cannot be written" in capsys.readouterr().err


def test_ruff_as_second_opinion(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "dag.py").write_text("from airflow import DAG\n\nDAG('a', schedule_interval=None)\n")
    (record,) = document(capsys, "check", "dag.py", "--ruff", "--select", "AS2")["findings"]
    assert (record["code"], record["source"]) == ("AS201", "airshift")
    assert "AIR301" in record["also"]


# Terminals


def test_a_terminal_that_is_not_utf8(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (estate / "dag.py").write_text(f"name = 'größer'; {OLD}", encoding="utf-8")
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert run(["check", "dag.py"]) == 1
    sys.stdout.flush()
    assert b"name = 'gr\\xf6\\xdfer'; from airflow" in written.getvalue()


def test_hostile_names_do_not_steer_the_terminal(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "a\x1b[31m.py").write_text(f"text = '\x1b[2J'; {OLD}")
    run(["check", "."])
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "a\\x1b[31m.py:1:" in printed.out


@pytest.mark.parametrize("settings", [{}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}])
def test_output_has_no_colours_but_on_a_terminal(estate: Path, settings: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "airshift", "check", "old.py"],
        capture_output=True,
        env={**os.environ, **settings},
        check=False,
    )
    assert b"\x1b" not in done.stdout + done.stderr
