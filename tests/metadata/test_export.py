"""The export file: what it holds, that it can be read back, and what is said about files that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from airshift.errors import UsageError
from airshift.metadata.backends import backend_of_file
from airshift.metadata.completing import refer
from airshift.metadata.document import export_document, read_export
from airshift.metadata.model import UNTOLD, Elsewhere, Entity, Kind, Masked, Metadata, Text
from airshift.metadata.reading import read_metadata
from airshift.metadata.showing import is_public
from metadata.fake_airflow import FakeAirflow
from metadata.samples import connection, metadata, pool, role, variable

SCHEMA = Draft202012Validator(json.loads(Path("docs/schemas/metadata.schema.json").read_text()))
NOW = datetime(2026, 11, 21, tzinfo=UTC)
BLUE = metadata(
    pool("p", 3, description="d", include_deferred=True),
    variable("v", '{"a": 1}', description="why"),
    variable("w", Masked("***")),
    connection("pg", host="db.example.org", login="u", password=UNTOLD, port=5432, extra='{"a": 1}'),
    role("team", "can_edit on DAGs", "can_read on DAGs"),
    role("nothing"),
    backend="my.Backend",
)


def written(blue: Metadata, path: Path, *, plaintext: bool) -> Metadata:
    document = export_document(blue, at=NOW, plaintext=plaintext)
    SCHEMA.validate(document)
    path.write_text(json.dumps(document))
    return read_export(path)


def test_plaintext_is_read_back_whole(tmp_path: Path) -> None:
    again = written(BLUE, tmp_path / "x.json", plaintext=True)
    expected = [
        Masked() if value == Masked("***") else value
        for one in BLUE.entities
        for value in one.fields.values()
    ]
    assert [value for one in again.entities for value in one.fields.values()] == expected
    assert (again.label, again.version, again.backend, again.unread) == (
        "mwaa:blue",
        "2.10.3",
        "my.Backend",
        {},
    )


def test_without_plaintext_secrets_are_marks(tmp_path: Path) -> None:
    again = written(BLUE, tmp_path / "x.json", plaintext=False).by_key()
    pg = again[Kind.CONNECTION, "pg"]
    assert (pg.text("host"), pg.text("port"), pg.text("conn_type")) == ("db.example.org", "5432", "postgres")
    assert [pg.fields[name] for name in ("login", "password", "extra")] == [Masked(), UNTOLD, Masked()]
    assert again[Kind.VARIABLE, "v"].fields["value"] == Masked()
    assert again[Kind.VARIABLE, "v"].text("description") == "why"


def test_references_are_read_back(tmp_path: Path) -> None:
    again = written(refer(BLUE, "airflow", also_known=True), tmp_path / "x.json", plaintext=False)
    place = Elsewhere("secretsmanager:airflow/connections/pg")
    assert [
        again.by_key()[Kind.CONNECTION, "pg"].fields[name] for name in ("login", "password", "extra")
    ] == [place] * 3


def test_unread_kinds_are_left_out(tmp_path: Path) -> None:
    api = FakeAirflow()
    again = written(read_metadata(api), tmp_path / "x.json", plaintext=False)
    assert "outside of /api/v2" in again.unread[Kind.ROLE]
    assert "roles" not in json.loads((tmp_path / "x.json").read_text())


@pytest.mark.parametrize(
    ("name", "content", "public"),
    [
        ("host", "db-1.example.org", True),
        ("host", "https://db.example.org:8443/", True),
        ("host", "10.0.0.1", True),
        ("host", "[2001:db8::1]", True),
        ("host", "https://hooks.example.org/T000/x", False),
        ("host", "https://u:p@h", False),
        ("host", "h?token=x", False),
        ("host", "AKIAABCDEFGHIJKLMNOP", False),
        ("schema", "public", True),
        ("schema", "db?password=x", False),
        ("description", "the warehouse", True),
        ("description", "password: x", False),
        ("login", "user", False),
        ("extra", "{}", False),
        ("port", "1", True),
    ],
)
def test_what_may_be_written_in_clear(name: str, content: str, public: bool) -> None:
    assert is_public(Kind.CONNECTION, name, content) is public


GOOD = json.dumps(export_document(BLUE, at=NOW, plaintext=True))


@pytest.mark.parametrize(
    "text",
    [
        "canary", "[]", '{"content": "other"}', '{"content": "airflow metadata"}', "[" * 100_000,
        GOOD.replace('"airflow": "2.10.3"', '"airflow": "canary"'),
        GOOD.replace('"needs_value"', '"canary"'),
        GOOD.replace('"name": "w"', '"name": "v"'),
        GOOD.replace('"variables"', '"canary"'),
    ],
)  # fmt: skip
def test_files_that_are_no_export_are_not_quoted(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_export(tmp_path / "x.json")
    assert "canary" not in str(caught.value)


texts = st.none() | st.text(max_size=9)
entities = st.lists(
    st.builds(variable, st.text(min_size=1, max_size=5), texts, description=texts)
    | st.builds(connection, st.text(min_size=1, max_size=5), host=texts, password=texts, extra=texts, port=st.none() | st.integers(0, 9)),
    unique_by=lambda one: one.key,
)  # fmt: skip


@given(entities)
def test_every_plaintext_export_can_be_read_back(
    tmp_path_factory: pytest.TempPathFactory, found: list[Entity]
) -> None:
    again = written(metadata(*found), tmp_path_factory.mktemp("x") / "x.json", plaintext=True)
    key = lambda one: (list(Kind).index(one.kind), one.name)  # noqa: E731
    assert sorted(again.entities, key=key) == sorted(found, key=key)


@pytest.mark.parametrize(
    ("name", "text", "backend"),
    [
        (
            "environment.json",
            '{"Environment": {"AirflowConfigurationOptions": {"secrets.backend": "a.B"}}}',
            "a.B",
        ),
        ("environment.json", '{"AirflowConfigurationOptions": null}', ""),
        ("airflow.cfg", '[secrets]\nbackend = a.B\nbackend_kwargs = {"x": "canary%"}\n', "a.B"),
        ("airflow.cfg", "[core]\nx = 1\n", ""),
        (
            "blue.env",
            "# x\nexport AIRFLOW__SECRETS__BACKEND='a.B'\nAIRFLOW__SECRETS__BACKEND_KWARGS=canary\n",
            "a.B",
        ),
        ("blue.env", "AIRFLOW__SECRETS__BACKEND_KWARGS=canary\n", ""),
        ("airflow.cfg", "[secrets]\nbackend = {canary: 1}\n", ""),
    ],
)
def test_secrets_backends_are_recognised(name: str, text: str, backend: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert backend_of_file(tmp_path / name) == backend
    if name == "environment.json":
        assert backend_of_file(tmp_path) == backend


def test_texts_do_not_show_themselves() -> None:
    assert repr(Text("canary")) == "Text(...)"
