"""Names that steer terminals, spreadsheets, browsers and code hosts come out of every output as what they are: text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from airshift.cli.app import run

NAMES = (
    "\x1b[31mred", "\x1b]0;title\x07", "\x9b31m", "\u202egpj.exe", "a\rb", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</title></script><b>",
    "[a](javascript:alert(1))", "|x|`y`|", "]]><x/>", "--><script>alert(1)</script>", "::error::x", "line\n::error::y", "%0A::error::z",
    "\"]; evil [label=\"x", "end\nsubgraph evil", "${7*7}{{7*7}}",
)  # fmt: skip
FILES = (
    "<img src=x onerror=alert(1)>.py",
    "::error file=x::y.py",
    "=1+1.py",
    "a b ü%20#?.py",
    "\x1b[31m.py",
    "[a](b).py",
)
DAG = """
from airflow import DAG
from airflow.operators.bash_operator import BashOperator
with DAG({name!r}, schedule_interval='@daily', start_date=__import__('datetime').datetime(2024, 1, 1),
         default_args={{'owner': {name!r}}}, tags=[{name!r}], description={name!r}) as dag:
    BashOperator(task_id={name!r}, bash_command='echo', pool={name!r})
"""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("estate") / "dags"
    root.mkdir()
    for number, name in enumerate(NAMES):
        (root / f"dag_{number}.py").write_text(DAG.format(name=name), encoding="utf-8")
    for name in FILES:
        (root / name).write_text(DAG.format(name=name), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def reports(estate: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What assess and plan write."""
    out = tmp_path_factory.mktemp("out")
    assert run(["assess", str(estate), "--out", str(out / "report"), "--exit-zero"]) in (0, 3)
    assert run(["plan", str(estate), "--out", str(out / "plan")]) in (0, 1, 3)
    return out


PRINTING = [
    *(["check", "--exit-zero", "--format", form] for form in ("full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "html")),
    ["check", "--exit-zero", "--statistics"],
    *(["inventory", "--format", form] for form in ("table", "json", "csv", "html")),
    *(["graph", "--format", form] for form in ("json", "dot", "mermaid", "svg", "html")),
    *(["simulate", "--format", form] for form in ("table", "json", "html", "svg")),
    *(["serverless", "--format", form] for form in ("table", "json", "markdown")),
    *(["size", "--format", form] for form in ("table", "json", "html")),
]  # fmt: skip
NUMBER = re.compile(r"[+-]?\d+")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Page(HTMLParser):
    """Elements and attributes that run code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script" and dict(attrs).get("type") != "application/json"
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.bad.append(f"<{tag} {name}={value}>")
        if tag in ("img", "iframe", "x") and "src" in dict(attrs):
            source = dict(attrs)["src"] or ""
            self.bad += [] if source.startswith("data:") else [f"<{tag} src={source}>"]

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and data.strip() == "alert(1)":
            self.bad.append(data)


def test_the_page_parser_sees_what_runs() -> None:
    assert Page("<script>alert(1)</script>").bad
    assert Page("<a href='javascript:x'>").bad
    assert Page("<img src=x onerror=alert(1)>").bad
    assert not Page("&lt;script&gt;alert(1)<p title='onerror'>").bad


@pytest.fixture(scope="module")
def printed(estate: Path) -> dict[str, str]:
    """What each command prints on stdout and stderr."""
    import contextlib

    found = {}
    for command in PRINTING:
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = run([command[0], str(estate), *command[1:]])
        assert code in (0, 1, 3), command
        found[" ".join(command)] = out.getvalue()
        assert not CONTROL.search(errors.getvalue()), command
        assert out.getvalue(), command
    return found


def test_nothing_printed_steers_a_terminal(printed: dict[str, str]) -> None:
    assert {name: CONTROL.findall(text) for name, text in printed.items() if CONTROL.search(text)} == {}


def pages(printed: dict[str, str], reports: Path) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name, text in printed.items() if name.endswith("html"))
    yield from ((file.name, file.read_text(encoding="utf-8")) for file in reports.rglob("*.html"))


def test_no_page_runs_what_a_name_says(printed: dict[str, str], reports: Path) -> None:
    found = dict(pages(printed, reports))
    assert {"report.html", "plan.html"} <= found.keys()
    assert {name: bad for name, text in found.items() if (bad := Page(text).bad)} == {}


def test_no_markdown_becomes_a_page_that_runs_it(printed: dict[str, str], reports: Path) -> None:
    texts = {name: text for name, text in printed.items() if name.endswith("markdown")}
    texts |= {file.name: file.read_text(encoding="utf-8") for file in reports.rglob("*.md")}
    rendered = {
        name: MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
        for name, text in texts.items()
    }
    assert len(rendered) >= 4
    assert {name: bad for name, text in rendered.items() if (bad := Page(text).bad)} == {}


def test_no_cell_of_a_spreadsheet_is_a_formula(printed: dict[str, str], reports: Path) -> None:
    texts = {"inventory": printed["inventory --format csv"]}
    texts |= {file.name: file.read_text(encoding="utf-8") for file in reports.rglob("*.csv")}
    assert {"plan.csv", "tracker.csv"} <= texts.keys()
    for name, text in texts.items():
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row if not NUMBER.fullmatch(cell)]
        assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == [], name


def test_xml_is_well_formed_and_draws_only(printed: dict[str, str], reports: Path) -> None:
    texts = [text for name, text in printed.items() if name.endswith(("svg", "junit"))]
    texts += [file.read_text(encoding="utf-8") for file in reports.rglob("*.svg")]
    for text in texts:
        tree = ElementTree.fromstring(text)
        assert not [
            one for one in tree.iter() if one.tag.rpartition("}")[2] in ("script", "x", "foreignObject")
        ]
        assert not [name for one in tree.iter() for name in one.attrib if name.startswith("on")]


def test_sarif_has_addresses_that_are_addresses(printed: dict[str, str], estate: Path) -> None:
    document = json.loads(printed["check --exit-zero --format sarif"])
    uris = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in document["runs"][0]["results"]
        for place in result["locations"]
    ]
    assert uris
    for uri in uris:
        assert re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=@%/-]+", uri), uri
        assert ".." not in uri.split("/")
        assert not uri.startswith("/")
        assert urlsplit(uri).path == uri
    read = {unquote(uri).rpartition("/")[2] for uri in uris}
    assert set(FILES) <= read


def test_a_code_host_gets_one_command_a_finding(printed: dict[str, str]) -> None:
    lines = printed["check --exit-zero --format github"].splitlines()
    findings = json.loads(printed["check --exit-zero --format json"])["findings"]
    assert len(lines) >= len(findings)
    assert [line for line in lines if not re.match(r"::(error|warning|notice) file=", line)] == []


def test_a_diff_for_people_does_not_steer_the_terminal(
    estate: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (estate / "raw.py").write_text("from airflow.operators.bash_operator import BashOperator  # \x1b[31m\n")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    run(["fix", str(estate / "raw.py"), "--diff"])
    (estate / "raw.py").unlink()
    shown = capsys.readouterr().out
    assert "BashOperator" in shown
    assert "\x1b" not in shown
