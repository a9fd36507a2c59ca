"""rules/rest.toml against the OpenAPI files of real installs."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from airshift.around.rest import RestTable, check_body, check_string
from around.installs import TARGETS, ask

pytestmark = pytest.mark.oracle


@cache
def v1() -> dict[str, Any]:
    found: dict[str, Any] = ask("2.10.3", "operations", ["v1.yaml"])
    return found


@cache
def v2(version: str) -> dict[str, Any]:
    files = ["v2-rest-api-generated.yaml"]
    found: dict[str, Any] = ask(version, "operations", files)
    return {path.removeprefix("/api/v2"): entry for path, entry in found.items()}


def shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}|~", "{}", path)


@pytest.mark.parametrize("version", TARGETS)
def test_an_operation_is_at_another_path_exactly_when_v2_lacks_it(version: str) -> None:
    known = {(method, shape(path)) for path, entry in v2(version).items() for method in entry}
    wrong = {}
    for path, entry in v1().items():
        url = f"https://airflow.example/api/v1{re.sub(r'[{}]', '', path)}"
        codes = [match.code for match in check_string(url)]
        stays = all((method, shape(path)) in known for method in entry)
        if codes != ["AS820" if stays else "AS821"]:
            wrong[path] = codes
    assert len(v1()) > 50
    assert wrong == {}


@pytest.mark.parametrize("version", TARGETS)
def test_every_new_path_exists(version: str) -> None:
    fab = {shape(path) for path in ask(version, "operations", ["*fab*.yaml", "v1.yaml", "v1-flask-api.yaml"])}
    known = {shape(path) for path in v2(version)}
    for row in RestTable.load().operations:
        if row.to and not row.root:
            assert row.to in known
        elif row.to:
            below = row.to.removeprefix("/auth/fab/v1")
            assert row.to in fab or below in fab


@pytest.mark.parametrize("version", TARGETS)
def test_refused_fields_are_not_in_v2_and_required_ones_are(version: str) -> None:
    known = {shape(path): entry for path, entry in v2(version).items()}
    before = {shape(path): entry for path, entry in v1().items()}
    rows = RestTable.load().fields
    assert rows
    for row in rows:
        path = next(path for path in known if row.pattern.fullmatch(path) and row.method in known[path])
        body = known[path][row.method]
        assert not row.refused & set(body["fields"]), path
        assert set(row.required) == set(body["required"]) & set(row.required)
        assert set(row.renamed.values()) <= set(body["fields"])
        assert path in before


@pytest.mark.parametrize("version", TARGETS)
def test_the_fields_v2_takes_to_start_a_run_are_not_reported(version: str) -> None:
    fields = v2(version)["/dags/{dag_id}/dagRuns"]["POST"]["fields"]
    keys = dict.fromkeys([*fields, "logical_date"], (0, 1))
    assert list(check_body("/api/v2/dags/load/dagRuns", "POST", keys, (0, 1))) == []
