"""Each format, read by somebody else's parser, and with text that tries to break out of it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import junitparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from markdown_it import MarkdownIt

from airshift.cli.app import run
from airshift.findings import Applicability, Finding, Kind, Place, Problem, Severity
from airshift.output.checks import Report, rendered
from airshift.output.formats import SERVICES, CheckFormat
from airshift.output.terminal import Look
from airshift.targets import default_target

SCHEMAS = Path(__file__).parent / "schemas"
SARIF = Draft4Validator(
    json.loads((SCHEMAS / "sarif-2.1.0-rtm.4.json").read_text(encoding="utf-8-sig")),
    format_checker=FormatChecker(),
)
GITLAB = Draft202012Validator(json.loads((SCHEMAS / "gitlab-code-quality.json").read_text()))
OLD = "from airflow.operators.bash_operator import BashOperator\n"
HOSTILE = [
    "plain",
    "a\n::error::owned",
    "100%0A::stop-commands::x",
    "]]> <script>alert(1)</script> & \"quoted\" 'too'",
    "| cell | [link](https://example.com) ![x](y) @somebody <b>bold</b> `tick",
    "\x1b[31mred\x1b[0m \x00 \x07 \u202eabc\ufffe\ud800",
    "odd ` ticks `` and ``` fences",
    "a,b:c=d;title=x",
]


def finding(text: str, *, path: str = "dags/a.py", line: int = 1, code: str = "AS101") -> Finding:
    place = Place(path, line, 1, line, 4)
    return Finding(code, place, Kind.PARSE, Severity.ERROR, text, text, Applicability.SAFE)


def report(findings: list[Finding], problems: list[Problem] | None = None) -> Report:
    return Report(
        default_target(),
        tuple(findings),
        tuple(problems or ()),
        1,
        lambda path: ["x = 1"] * 9,
        lambda found: (),
    )


def shown(output_format: CheckFormat, *texts: str, path: str = "dags/a.py") -> str:
    found = [finding(text, path=path, line=number) for number, text in enumerate(texts, 1)]
    return rendered(report(found, [Problem(path, texts[0] if texts else "bad", 3)]), output_format)


any_text = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose folder `dags` has a finding and a file that cannot be read."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "old.py").write_text(OLD * 2)
    (tmp_path / "dags" / "broken.py").write_text("import airflow\nprint 'x'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    run(["check", *arguments])
    return capsys.readouterr().out


# All of them


@pytest.mark.parametrize("output_format", list(CheckFormat))
def test_every_format_names_code_and_place(
    estate: Path, capsys: pytest.CaptureFixture[str], output_format: CheckFormat
) -> None:
    text = printed(capsys, "dags", "--format", output_format.value)
    assert "AS104" in text
    assert "old.py" in text
    assert "broken.py" in text


@pytest.mark.parametrize("output_format", sorted(SERVICES))
def test_services_get_paths_of_the_repository(
    estate: Path,
    capsys: pytest.CaptureFixture[str],
    output_format: CheckFormat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(estate / "dags")
    assert "dags/old.py" in printed(capsys, "old.py", "--format", output_format.value)


def test_people_get_paths_of_the_current_folder(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "dags/old.py:1:45" in printed(capsys, "dags", "--format", "concise")
    assert json.loads(printed(capsys, "dags", "--format", "json"))["findings"][0]["path"] == "old.py"


@pytest.mark.parametrize("output_format", list(CheckFormat))
@settings(deadline=None)
@given(text=any_text)
def test_no_text_steers_a_terminal(output_format: CheckFormat, text: str) -> None:
    found = shown(output_format, text)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", found)


# SARIF: the official schema, and what GitHub's code scanning asks for beyond it


@pytest.mark.parametrize("texts", [(), tuple(HOSTILE)], ids=["nothing", "hostile text"])
def test_sarif_follows_the_official_schema(texts: tuple[str, ...]) -> None:
    SARIF.validate(json.loads(shown(CheckFormat.SARIF, *texts)))


def test_sarif_of_an_estate_is_what_code_scanning_takes(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(printed(capsys, ".", "--format", "sarif"))
    SARIF.validate(document)
    (sarif,) = document["runs"]
    rules = [rule["id"] for rule in sarif["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    prints = []
    for result in sarif["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert (estate / place["artifactLocation"]["uri"]).is_file()
        assert place["region"]["startLine"] >= 1
        prints.append(tuple(result["partialFingerprints"].values()))
    assert len(set(prints)) == len(prints) == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("level", "fatal"),
        ("message", "text"),
        ("ruleIndex", "first"),
        ("locations", {}),
        ("severity", "error"),
    ],
)
def test_the_sarif_schema_notices_what_is_wrong(key: str, value: object) -> None:
    document = json.loads(shown(CheckFormat.SARIF, "x"))
    document["runs"][0]["results"][0][key] = value
    assert not SARIF.is_valid(document)


# GitHub: the grammar of workflow commands


COMMAND = re.compile(
    r"::(?P<name>error|warning|notice) (?P<properties>[a-zA-Z]+=[^,:]*(?:,[a-zA-Z]+=[^,:]*)*)::(?P<message>[^\r\n]*)"
)
PROPERTIES = {"file", "line", "endLine", "col", "endColumn", "title"}


def unescaped(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands as the runner reads them: one a line, and no line that is none."""
    found = []
    for line in text.split("\n"):
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = dict(pair.split("=", 1) for pair in match["properties"].split(","))
        assert pairs.keys() <= PROPERTIES
        found.append(
            (match["name"], {k: unescaped(v) for k, v in pairs.items()}, unescaped(match["message"]))
        )
    return found


@settings(deadline=None)
@given(
    text=any_text.filter(lambda text: not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]|%", text))
)
def test_github_gets_back_the_text(text: str) -> None:
    _, (name, place, message) = commands(shown(CheckFormat.GITHUB, text, path=f"dags/{text}.py"))
    assert (name, place["file"], message) == ("error", f"dags/{text}.py", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_github_runs_no_command_of_the_estate(text: str) -> None:
    assert [name for name, _, _ in commands(shown(CheckFormat.GITHUB, text, path=text))] == ["error", "error"]


def test_github_places_a_finding(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = commands(printed(capsys, "dags", "--format", "github").rstrip("\n"))
    assert found[0][1] | {"title": ""} == {"file": "dags/broken.py", "line": "2", "title": ""}
    assert found[1][1] == {
        "file": "dags/old.py", "line": "1", "endLine": "1", "col": "45", "endColumn": "56",
        "title": "airshift (AS104)",
    }  # fmt: skip


# GitLab


def test_gitlab_follows_the_schema_and_every_fingerprint_is_its_own(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(printed(capsys, "dags", "--format", "gitlab"))
    GITLAB.validate(rows)
    assert [(row["check_name"], row["location"]["path"]) for row in rows] == [
        ("AS104", "dags/old.py"), ("AS104", "dags/old.py"), ("not-checked", "dags/broken.py"),
    ]  # fmt: skip
    assert len({row["fingerprint"] for row in rows}) == 3


def test_gitlab_of_a_clean_estate_is_an_empty_list() -> None:
    assert json.loads(rendered(report([]), CheckFormat.GITLAB)) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("severity", "error"), ("fingerprint", None), ("location", "dags/old.py:1"), ("description", 1)],
)
def test_the_gitlab_schema_notices_what_is_wrong(key: str, value: object) -> None:
    rows = json.loads(shown(CheckFormat.GITLAB, "x"))
    assert key in rows[0]
    rows[0][key] = value
    assert not GITLAB.is_valid(rows)
    del rows[0][key]
    assert not GITLAB.is_valid(rows)


@pytest.mark.parametrize("text", HOSTILE)
def test_gitlab_holds_any_text(text: str) -> None:
    GITLAB.validate(json.loads(shown(CheckFormat.GITLAB, text)))


# JUnit


def suites(text: str) -> junitparser.JUnitXml:
    return junitparser.JUnitXml.fromstring(text.encode())


def test_junit_counts_what_failed(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = suites(printed(capsys, "dags", "--format", "junit"))
    assert (found.tests, found.failures, found.errors) == (3, 2, 1)
    broken, old = found
    assert (broken.name, old.name) == ("dags/broken.py", "dags/old.py")
    assert [type(one) for case in old for one in case.result] == [junitparser.Failure] * 2
    assert [type(one) for case in broken for one in case.result] == [junitparser.Error]
    assert [case.classname for case in old] == ["dags.old"] * 2
    again = suites(printed(capsys, "dags", "--format", "junit"))
    again.update_statistics()
    assert (again.tests, again.failures, again.errors) == (3, 2, 1)


def test_the_junit_reader_notices_what_is_wrong() -> None:
    text = shown(CheckFormat.JUNIT, "x")
    with pytest.raises(SyntaxError):
        suites(text.replace("</testsuites>", ""))
    (suite,) = suites(text.replace("<failure", "<skipped").replace("</failure", "</skipped"))
    assert not any(isinstance(one, junitparser.Failure) for case in suite for one in case.result)


def test_junit_of_a_clean_estate_is_a_case_that_passed() -> None:
    (suite,) = suites(rendered(report([]), CheckFormat.JUNIT))
    (case,) = suite
    assert case.is_passed


@settings(deadline=None)
@given(text=any_text)
def test_junit_holds_any_text(text: str) -> None:
    (suite,) = suites(shown(CheckFormat.JUNIT, text, path=f"dags/{text}"))
    (_, failed) = sorted(suite, key=lambda case: case.name != "not checked")
    if text.isprintable():
        assert failed.result[0].message == text


# Markdown and HTML


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_formats_nothing_of_the_estate(text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(
        shown(CheckFormat.MARKDOWN, text, path=f"dags/{text}.py")
    )
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"link_open", "image", "html_inline", "s_open", "em_open"} & set(inline)
    assert "html_block" not in [token.type for token in tokens]
    rows = [token.type for token in tokens].count("tr_open")
    assert rows == 4, "two tables with a head and one row each"
    assert "@somebody" not in shown(CheckFormat.MARKDOWN, text)


def test_markdown_shows_names_as_code() -> None:
    text = shown(CheckFormat.MARKDOWN, "`airflow.a_b` is gone: use `c`")
    assert "| `airflow.a_b` is gone: use `c` |" in text


class Elements(HTMLParser):
    """Elements and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_html_holds_any_text(text: str) -> None:
    page = shown(CheckFormat.HTML, text)
    parsed = Elements()
    parsed.feed(page)
    assert not {"script", "b", "img", "iframe", "a"} & set(parsed.elements)
    if text.isprintable():
        assert parsed.text.count(text.replace("`", "")) + parsed.text.count(text) > 0


# JSON lines


def test_json_lines_are_the_document_in_pieces(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.loads(printed(capsys, "dags", "--format", "json"))
    records = [json.loads(line) for line in printed(capsys, "dags", "--format", "jsonl").splitlines()]
    assert [record.pop("type") for record in records] == ["finding", "finding", "problem", "end"]
    assert records[:2] == whole["findings"]
    assert records[2:3] == whole["problems"]
    assert records[3] == {key: value for key, value in whole.items() if key not in ("findings", "problems")}


@pytest.mark.parametrize("baseline", [[], ["--baseline", "known.json"]], ids=["alone", "with a baseline"])
def test_json_follows_our_own_schemas(
    estate: Path, capsys: pytest.CaptureFixture[str], baseline: list[str]
) -> None:
    run(["check", "dags", "--write-baseline", "known.json", "--quiet"])
    (estate / "dags" / "old.py").write_text(OLD)
    whole = json.loads(printed(capsys, "dags", "--format", "json", *baseline))
    lines = printed(capsys, "dags", "--format", "jsonl", *baseline).splitlines()
    published("check").validate(whole)
    assert len(lines) == 2 + (not baseline)
    for line in lines:
        published("check-lines").validate(json.loads(line))
    assert ("baseline" in whole) == bool(baseline)


def published(name: str) -> Draft202012Validator:
    path = Path(__file__).parents[2] / "docs" / "schemas" / f"{name}.schema.json"
    return Draft202012Validator(json.loads(path.read_text()))


# Terminals


def test_a_narrow_terminal_wraps_prose_and_clips_code() -> None:
    long = finding("word " * 30, line=1)
    wide = Report(
        default_target(), (long,), (), 1, lambda path: ["x" * 200], lambda found: ["- " + "y" * 200]
    )
    lines = rendered(wide, CheckFormat.FULL, Look(width=60)).splitlines()
    assert max(map(len, lines[:-1])) <= 60
    assert sum(line.endswith("…") for line in lines) == 2


def test_the_place_is_shown_at_the_end_of_a_long_line() -> None:
    source = "call(" + "a, " * 100 + "here)"
    column = source.index("here") + 1
    place = Place("a.py", 1, column, 1, column + 4)
    far = Finding("AS101", place, Kind.PARSE, Severity.ERROR, "Text.")
    wide = Report(default_target(), (far,), (), 1, lambda path: [source], lambda found: ())
    frame, carets = rendered(wide, CheckFormat.FULL, Look(width=60)).splitlines()[3:5]
    assert frame[carets.index("^") : carets.rindex("^") + 1] == "here"


def test_colours_change_nothing_but_colours() -> None:
    found = report([finding("Text.")])
    coloured = rendered(found, CheckFormat.FULL, Look(colour=True))
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == rendered(found, CheckFormat.FULL)
    assert "\x1b[1;31mAS101 error:\x1b[0m" in coloured


def test_full_shows_what_the_fix_changes(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "dags/old.py")
    assert f"  - {OLD}" in text
    assert "  + from airflow.providers.standard.operators.bash import BashOperator\n" in text


def test_remembered_results_show_the_same_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fix of `shared.py` keeps the name that `dag.py` imports, although nothing is judged the second time."""
    monkeypatch.setenv("AIRSHIFT_CACHE", str(tmp_path / "cache"))
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "shared.py").write_text("from airflow.operators.dummy import DummyOperator\n")
    (dags / "dag.py").write_text("from shared import DummyOperator\n\nDummyOperator(task_id='a')\n")
    first = printed(capsys, str(dags))
    assert "+ from airflow.providers.standard.operators.empty import EmptyOperator as DummyOperator" in first
    assert printed(capsys, str(dags)) == first == printed(capsys, str(dags), "--no-cache")
