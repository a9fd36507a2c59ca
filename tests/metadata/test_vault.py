"""Files that operators bring: what blue's command line writes, and the older forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airshift.errors import UsageError
from airshift.metadata.completing import complete, refer, resolve
from airshift.metadata.model import NOTHING, UNTOLD, Elsewhere, Masked, Text
from airshift.metadata.uri import NotAConnectionError, fields_of
from airshift.metadata.vault import Given, joined, read_given
from metadata.samples import connection, metadata, variable

EXPORTED = {
    "conn_type": "postgres", "description": "d", "login": "u", "password": "p@ss", "host": "h", "port": 5432,
    "schema": "s", "extra": '{"a": 1}',
}  # fmt: skip
TEXTS = {name: str(value) for name, value in EXPORTED.items()}


def shown(content: Any) -> dict[str, str | None]:
    return {
        name: value.content if isinstance(value, Text) else None for name, value in fields_of(content).items()
    }


URIS = [
    ("postgresql://u:p@h:5432/s", {"conn_type": "postgres", "login": "u", "password": "p", "host": "h", "port": "5432", "schema": "s"}),
    ("my-type://h", {"conn_type": "my_type", "host": "h"}),
    ("http://https://u:p%40%2F%3A@h:443/a%2Fb", {"conn_type": "http", "host": "https://h", "login": "u", "password": "p@/:", "port": "443", "schema": "a/b"}),
    ("aws://AKIA:se%2Fcret@/?region_name=eu", {"conn_type": "aws", "login": "AKIA", "password": "se/cret", "extra": '{"region_name": "eu"}'}),
    ("x:///?__extra__=%7B%22a%22%3A%20%7B%22b%22%3A1%7D%7D", {"conn_type": "x", "extra": '{"a": {"b":1}}'}),
    ("x://:%20@", {"conn_type": "x", "password": " "}),
    ("x://%C3%BC:%E6%97%A5@h", {"conn_type": "x", "login": "\u00fc", "password": "\u65e5", "host": "h"}),
]  # fmt: skip


@pytest.mark.parametrize(("uri", "expected"), URIS)
def test_uris(uri: str, expected: dict[str, str]) -> None:
    names = ("conn_type", "host", "schema", "login", "password", "port", "extra")
    assert shown(uri) == {name: expected.get(name) for name in names}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (EXPORTED, TEXTS),
        (json.dumps(EXPORTED), TEXTS),
        ([EXPORTED], TEXTS),
        ({"conn_type": "x", "extra_dejson": {"a": 1}}, {"conn_type": "x", "extra": '{"a": 1}'}),
        ({"conn_type": "x", "extra": {"a": 1}}, {"conn_type": "x", "extra": '{"a": 1}'}),
        ({"user": "u", "pass": "p", "engine": "x"}, {"login": "u", "password": "p", "conn_type": "x"}),
        ({"password": "p"}, {"password": "p"}),
        ({"conn_id": "x", "password": None}, {"password": None}),
        (["x://h"], {**dict.fromkeys(("conn_type", "host", "schema", "login", "password", "port", "extra")), "conn_type": "x", "host": "h"}),
    ],
)  # fmt: skip
def test_objects(content: Any, expected: dict[str, str | None]) -> None:
    assert shown(content) == expected


@pytest.mark.parametrize(
    "content",
    ["no uri", "{canary", 7, ["a", "b"], {"canary-field": 1}, "x://h:port", "x://[h", "x://u:canary@[/"],
)
def test_what_is_no_connection_is_not_quoted(content: Any) -> None:
    with pytest.raises(NotAConnectionError) as caught:
        fields_of(content)
    assert "canary@" not in str(caught.value) and "{canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def given(tmp_path: Path, name: str, text: str, prefix: str = "") -> Given:
    (tmp_path / name).write_text(text)
    return read_given(f"{prefix}{tmp_path / name}")


def test_forms_are_told_apart(tmp_path: Path) -> None:
    assert given(tmp_path, "c.json", json.dumps({"pg": EXPORTED})).connections["pg"]["login"] == Text("u")
    assert given(tmp_path, "c.yaml", "pg: {conn_type: x, port: 1}").connections["pg"]["port"] == Text("1")
    assert given(tmp_path, "c.env", "# comment\npg=x://h?a=b\n").connections["pg"]["host"] == Text("h")
    assert given(tmp_path, "v.json", '{"a": "x://h", "b": {"c": 1}, "d": 5}').variables["d"] == 5
    assert given(tmp_path, "u.json", '{"a": "x://h"}', "variables:").variables == {"a": "x://h"}
    assert given(tmp_path, "w.json", '{"a": "x://h"}', "connections:").connections["a"]["host"] == Text("h")
    both = given(tmp_path, "b.json", '{"connections": {"pg": {"password": "x"}}, "variables": {"v": "1"}}')
    assert (both.connections["pg"], both.variables) == ({"password": Text("x")}, {"v": "1"})
    assert given(tmp_path, "e.json", "{}") == Given()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "canary"),
        ("a.json", '["canary"]'),
        ("a.yaml", "{canary"),
        ("a.env", "canary"),
        ("a.json", '{"x": "canary://h"}'),
    ],
)
def test_refusals_name_the_file_only(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(UsageError, match="--secrets") as caught:
        given(tmp_path, name, text)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_given(str(tmp_path / "none.json"))


def test_later_files_count() -> None:
    one = Given({"pg": {"login": Text("a"), "password": Text("b")}}, {"v": 1})
    both = joined([one, Given({"pg": {"password": Text("c")}}, {"w": 2})])
    assert both.connections["pg"] == {"login": Text("a"), "password": Text("c")}
    assert both.variables == {"v": 1, "w": 2}


@pytest.mark.parametrize(
    ("live", "exported", "expected"),
    [
        (Text('{"b":1, "a":2}'), {"a": 2, "b": 1}, '{"b":1, "a":2}'),
        (Text('"quoted"'), "quoted", '"quoted"'),
        (Text("12345"), 12345, "12345"),
        (Text("plain"), "plain", "plain"),
        (Masked("***"), {"a": [1]}, '{"a": [1]}'),
        (Text("old"), "new", "new"),
    ],
)
def test_variables_keep_the_spelling_that_the_export_loses(live: Any, exported: Any, expected: str) -> None:
    done = complete(metadata(variable(value=live)), Given(variables={"v": exported}))
    assert done.entities[0].text("value") == expected


def test_airflow_3_exports_variables_with_their_description() -> None:
    exported = {"v": {"value": [1], "description": "d"}}
    for version, expected in (("3.0.6", "[1]"), ("2.10.3", json.dumps(exported["v"]))):
        blue = metadata(variable(value=Masked("***")), version=version)
        assert complete(blue, Given(variables=exported)).entities[0].text("value") == expected


def test_given_fields_count_and_others_stay() -> None:
    blue = metadata(
        connection(host="h", password=UNTOLD, extra=Masked('{"token": "***"}')), connection("other")
    )
    done = complete(blue, Given({"pg": {"password": NOTHING, "extra": Text("{}")}, "gone": {}})).by_key()
    pg = done[blue.entities[0].key]
    assert (pg.text("host"), pg.fields["password"], pg.text("extra")) == ("h", NOTHING, "{}")
    assert len(done) == 2


def test_secrets_manager_is_referred_to_and_read() -> None:
    blue = metadata(
        connection(host="h", password=UNTOLD), connection("none"), variable(value=Masked()), variable("w")
    )
    referred = refer(blue, "airflow/")
    places = [
        value.place
        for one in referred.entities
        for value in one.fields.values()
        if isinstance(value, Elsewhere)
    ]
    assert places == ["secretsmanager:airflow/connections/pg", "secretsmanager:airflow/variables/v"]
    store = {places[0]: "postgres://u:pw@other/db", places[1]: "value"}
    pg, none, v, w = resolve(referred, store.get).entities
    assert (pg.text("password"), pg.text("host"), v.text("value")) == ("pw", "h", "value")
    assert none == blue.entities[1] and w == blue.entities[3]
    assert resolve(referred, {}.get) == referred
