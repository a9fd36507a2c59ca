"""JSON, SARIF and Markdown, and how foreign text is made harmless."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.errors import DataError
from airshift.findings import Applicability, Problem, Severity
from airshift.redact import redact_source
from airshift.report.document import json_report
from airshift.report.effort import parse_rates
from airshift.report.markdown import code, markdown_report, plain
from airshift.report.plain import link, shown
from airshift.report.sarif import sarif
from report.estate_of_tests import HOSTILE, assessed, dag, finding, hostile


def test_json_has_the_promised_keys() -> None:
    document = json.loads(json_report(assessed([finding()], problems=[Problem("x.py", "no")])))
    assert document["schema_version"] == 1
    assert document["tool"]["name"] == "airshift"
    assert (document["target"], document["platform"], document["source"]) == ("3.3.1", "mwaa", "2.10.3")
    assert document["status"] == "incomplete"
    assert document["problems"] == [{"path": "x.py", "line": 1, "reason": "no"}]
    assert document["generated_at"] == "2026-11-21T09:30:00+00:00"
    assert document["summary"]["auto_fixable"] == 1
    entry = document["dags"][0]
    assert (entry["dag_id"], entry["verdict"], entry["schedule"]) == ("a", "auto_fixable", "@daily")
    assert entry["reasons"][0]["code"] == "AS101"
    assert document["findings"][0]["code"] == "AS101"
    assert document["inventory"]["connections"] == [{"name": "warehouse", "path": "dags/a.py", "line": 4}]
    assert document["requirements"][0]["after"] == "pandas==3.0.5"
    assert document["inventory"]["operators"] == [{"name": "airflow.operators.bash.BashOperator", "dags": 1}]


def test_a_complete_report_says_so() -> None:
    assert json.loads(json_report(assessed()))["status"] == "complete"


def test_sarif_places_and_rules() -> None:
    found = [
        finding(code="AS401", line=4, severity=Severity.WARNING),
        finding("dags/mit leerzeichen/ü.py", line=2),
        finding(code="AS401", line=9, severity=Severity.INFO),
    ]
    document = json.loads(sarif(found, [Problem("broken.py", "bad", 3)]))
    assert document["version"] == "2.1.0"
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["AS101", "AS401"]
    assert rules[1]["helpUri"].startswith("https://")
    assert run["columnKind"] == "unicodeCodePoints"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri) and not uri.startswith("/")
    assert [result["level"] for result in run["results"]] == ["warning", "note", "error"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 12}
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["message"]["text"] == "not analysed: bad"


def test_fingerprints_stay_when_lines_move_and_differ_between_findings() -> None:
    def prints(*lines: int) -> list[str]:
        results = json.loads(sarif([finding(line=line) for line in lines]))["runs"][0]["results"]
        return [result["partialFingerprints"]["airshiftFinding/v1"] for result in results]

    assert prints(3, 8) == prints(13, 18)
    assert len(set(prints(3, 8, 9))) == 3


def test_markdown_tells_the_same_story() -> None:
    text = markdown_report(assessed([finding(applicability=Applicability.MANUAL, effort=30)]))
    assert text.startswith("# Airflow 2.10.3 to 3.3.1 on Amazon MWAA\n")
    assert "0 of 1 DAGs are ready for Airflow 3.3.1." in text
    assert "| `a` `dags/a.py:7` | Needs work | `finance` | `@daily` | AS101 | 0.8 |" in text
    assert "`dags/a.py:3:1`" in text
    assert (
        "| `requirements.txt:1` | `pandas==2.1.4` | change | `pandas==3.0.5` | pinned by the constraints |"
        in text
    )


def test_hostile_names_stay_text_in_markdown() -> None:
    text = markdown_report(hostile())
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "<script" not in outside
    assert "<img" not in outside
    assert not re.search(r"(?<!\\)\]\(javascript", outside)
    assert "\x1b" not in text and "\u202e" not in text
    for line in text.splitlines():
        if line.startswith("| ") and "| Needs work |" in line and "@daily" in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == 7


@given(st.text())
def test_no_text_leaves_a_code_span_or_a_line(text: str) -> None:
    span = code(text)
    fence = re.match("`+", span)
    assert fence is not None
    inner = span[len(fence.group()) : -len(fence.group())]
    assert span.endswith(fence.group())
    assert fence.group() not in re.findall("`+", inner)
    assert "\n" not in span
    assert not re.search(r"(?<!\\)\|", span)


@given(st.text())
def test_prose_carries_no_markup(text: str) -> None:
    prose = plain(text)
    assert "<" not in prose and ">" not in prose and "\n" not in prose
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]`*_|]", prose)
    assert "://" not in prose


@given(st.text(st.characters(codec=None)))  # lone surrogates included
def test_shown_text_can_always_be_written(text: str) -> None:
    result = shown(text)
    result.encode("utf-8")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", result)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("https://airflow.apache.org/docs/x#y", "https://airflow.apache.org/docs/x#y"),
        ("http://example.org", "http://example.org"),
        ("javascript:alert(1)", ""),
        ("https://x/\"onmouseover='a'", ""),
        ("https://x/ y", ""),
        ("data:text/html,x", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(reference: str, expected: str) -> None:
    assert link(reference) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('password="hunter2"', 'password="****"'),
        ("'api_key': 'abc', 'x': 'y'", "'api_key': '****', 'x': 'y'"),
        ("postgresql://me:secret@host/db", "postgresql://****@host/db"),
        ("conn = get_connection('token_store')", "conn = get_connection('token_store')"),
        ("https://example.org:8080/a@b", "https://example.org:8080/a@b"),
        ('task_id="rotate_password"', 'task_id="rotate_password"'),
    ],
)
def test_source_lines_lose_their_secrets(line: str, expected: str) -> None:
    assert redact_source(line, is_code=True) == expected


def test_schedule_left_out_is_not_the_same_as_none() -> None:
    from dataclasses import replace

    left_out = replace(dag("b"), schedule=None, schedule_given=False)
    none = replace(dag("c"), schedule=None)
    document = json.loads(json_report(assessed(dags=[left_out, none])))
    assert [entry["schedule"] for entry in document["dags"]] == ["(default)", None]


def test_rates_must_be_complete(tmp_path: Path) -> None:
    path = tmp_path / "assessment.toml"
    path.write_text("[effort]\nrepeat_percent = true\n")
    with pytest.raises(DataError, match="repeat_percent must be a whole number, not True"):
        parse_rates(path)


def test_every_format_takes_hostile_names() -> None:
    assessment = hostile()
    assert HOSTILE in json.loads(json_report(assessment))["root"]
    assert json.loads(sarif(assessment.findings, assessment.problems))["runs"]
