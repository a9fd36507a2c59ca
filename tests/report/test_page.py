"""The HTML page: what its text holds and cannot hold."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from html.parser import HTMLParser

from airshift.report.embedded import page_data
from airshift.report.page import html_report
from report.estate_of_tests import HOSTILE, assessed, finding, hostile, large


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        self._tag = tag

    def handle_data(self, data: str) -> None:
        if self._tag == "script":
            self.data.append(data)


def elements(page: str) -> _Elements:
    parser = _Elements()
    parser.feed(page)
    return parser


def test_foreign_text_makes_no_element() -> None:
    harmless, attacked = elements(html_report(assessed([finding()]))), elements(html_report(hostile()))
    tags = {tag for tag, _ in attacked.seen}
    assert tags - {tag for tag, _ in harmless.seen} <= {"article", "details", "summary"}
    assert len([tag for tag, _ in attacked.seen if tag == "script"]) == 2
    assert not [
        attributes for _, attributes in attacked.seen if any(key.startswith("on") for key in attributes)
    ]
    assert not [a for _, a in attacked.seen if (a.get("href") or "").startswith(("javascript", "data"))]


def test_requirements_on_the_target_are_shown_only_where_there_are_any() -> None:
    assert "Requirements on Airflow 3.3.1" in html_report(assessed())
    assert 'id="requirements"' not in html_report(assessed(requirements=[]))


def test_the_page_loads_nothing() -> None:
    for tag, attributes in elements(html_report(assessed([finding()]))).seen:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not attributes.get("src")
        assert "style" not in attributes


def test_the_policy_names_exactly_the_pages_own_style_and_script() -> None:
    page = html_report(hostile())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    script = re.search(r"<script>(.*?)</script>", page, re.S)
    assert policy and style and script
    for text in (style.group(1), script.group(1)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"&#39;sha256-{digest}&#39;" in policy.group(1)
    assert policy.group(1).startswith("default-src &#39;none&#39;")


def test_the_embedded_data_survives_the_journey() -> None:
    assessment = hostile()
    embedded = elements(html_report(assessment)).data[0]
    assert "<" not in embedded and ">" not in embedded
    data = json.loads(embedded)
    assert data == page_data(assessment)
    assert HOSTILE in [dag["id"] for dag in data["dags"]]
    assert all("\u202e" not in path and "\x1b" not in path for path in data["paths"])


def test_findings_point_to_their_texts() -> None:
    data = page_data(assessed([finding(line=3), finding("dags/b.py", line=9, message="other")]))
    first, second = data["findings"]
    assert (data["paths"][first[0]], first[1]) == ("dags/a.py", 3)
    assert (data["paths"][second[0]], data["messages"][second[7]]) == ("dags/b.py", "other")
    assert len(data["fileOwners"]) == len(data["paths"])


def test_an_empty_estate_has_a_page() -> None:
    page = html_report(assessed(dags=[]))
    assert "No DAG was found here." in page
    assert "Nothing was found that breaks or changes on Airflow 3.3.1." in page


def test_a_large_estate_stays_small_and_quick() -> None:
    assessment = large(3000, 50_000)
    start = time.process_time()
    page = html_report(assessment)
    assert time.process_time() - start < 15
    assert len(page) < 6_000_000
