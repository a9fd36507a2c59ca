"""What is equal, what differs, and what nobody can tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.metadata.comparing import Status, compare, compare_entities
from airshift.metadata.model import NOTHING, UNTOLD, Elsewhere, Entity, Kind, Masked, Text, Value
from metadata.samples import connection, metadata, pool, role, variable

SAME = [
    (connection(password="x"), connection(password="x")),
    (connection(host=None), connection(host="")),
    (connection(extra=None), connection(extra="{}")),
    (connection(extra='{"a":1,"b":2}'), connection(extra='{ "b": 2, "a": 1 }')),
    (variable(value='{"a":1}'), variable(value='{"a": 1}')),
    (variable(value="NaN"), variable(value="NaN")),
    (variable(value=Text("x", spelling_lost=True)), variable(value="x")),
    (pool("default_pool", description="Default pool"), pool("default_pool", description="other words")),
]
DIFFERENT = [
    (connection(password="x"), connection(password="y"), ("password",)),
    (connection(password=NOTHING), connection(password=Masked("***")), ("password",)),
    (
        connection(extra='{"a": 1, "key": "s"}'),
        connection(extra=Masked('{"a": 2, "key": "***"}')),
        ("extra",),
    ),
    (connection(extra='{"a": 1}'), connection(extra=Masked('{"a": 1, "token": "***"}')), ("extra",)),
    (connection(port=1), connection(port=2), ("port",)),
    (connection(conn_type="http"), connection(conn_type="postgres"), ("conn_type",)),
    (variable(value="1"), variable(value="1.0"), ("value",)),
    (variable(value='{"a": [1, 2]}'), variable(value='{"a": [2, 1]}'), ("value",)),
    (variable(value="x"), variable(value='"x"'), ("value",)),
    (variable(value=Text("x", spelling_lost=True)), variable(value='"y"'), ("value",)),
    (variable(value=Text("x", spelling_lost=True)), variable(value='["x"]'), ("value",)),
    (variable(description="a"), variable(description="b"), ("description",)),
    (pool(slots=1), pool(slots=2, include_deferred=True), ("slots", "include_deferred")),
    (role("r", "can_read on DAGs"), role("r"), ("permissions",)),
]
UNCERTAIN = [
    (connection(password=UNTOLD), connection(password=Masked("***")), ("password",)),
    (connection(password=UNTOLD), connection(), ("password",)),
    (connection(password="x"), connection(password=Masked("***")), ("password",)),
    (
        connection(extra='{"a": 1, "key": "s"}'),
        connection(extra=Masked('{"a": 1, "key": "***"}')),
        ("extra",),
    ),
    (connection(extra=Masked('{"key": "***"}')), connection(extra=Masked('{"key": "***"}')), ("extra",)),
    (variable(value="https://u:p@h"), variable(value=Masked("https://u:***@h")), ("value",)),
    (variable(value=""), variable(value=Masked("***")), ("value",)),
    (variable(value=Text("x", spelling_lost=True)), variable(value='"x"'), ("value",)),
    (variable(value=Text("\u00fc", spelling_lost=True)), variable(value='"\u00fc"'), ("value",)),
    (variable(value=Elsewhere("secretsmanager:x")), variable(), ("value",)),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal(one: Entity, other: Entity) -> None:
    assert compare_entities(one, other).status is Status.EQUAL
    assert compare_entities(other, one).status is Status.EQUAL


@pytest.mark.parametrize(("one", "other", "fields"), DIFFERENT)
def test_different(one: Entity, other: Entity, fields: tuple[str, ...]) -> None:
    for found in (compare_entities(one, other), compare_entities(other, one)):
        assert (found.status, found.different) == (Status.DIFFERENT, fields)


@pytest.mark.parametrize(("one", "other", "fields"), UNCERTAIN)
def test_cannot_be_compared(one: Entity, other: Entity, fields: tuple[str, ...]) -> None:
    for found in (compare_entities(one, other), compare_entities(other, one)):
        assert (found.status, found.uncertain) == (Status.UNCERTAIN, fields)


def test_sides_and_order() -> None:
    blue = metadata(variable("b"), connection("only"), pool("p"), variable("a"))
    green = metadata(variable("a"), pool("q"), pool("p", 2))
    found = [(one.kind, one.name, one.status) for one in compare(blue, green)]
    assert found == [
        (Kind.POOL, "p", Status.DIFFERENT),
        (Kind.POOL, "q", Status.ONLY_GREEN),
        (Kind.VARIABLE, "a", Status.EQUAL),
        (Kind.VARIABLE, "b", Status.ONLY_BLUE),
        (Kind.CONNECTION, "only", Status.ONLY_BLUE),
    ]


def test_kinds_that_one_side_could_not_read_are_left_out() -> None:
    green = metadata(pool(), unread={Kind.ROLE: "no"})
    assert [one.kind for one in compare(metadata(pool(), role("r")), green)] == [Kind.POOL]


def test_results_and_records_never_show_a_value() -> None:
    one = connection(password="canary-7Q", extra=Masked("canary-7Q"))
    found = compare_entities(one, connection(password="other", extra="{}"))
    assert "canary" not in repr(found) + repr(one)


texts = st.text(max_size=8)
json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
).map(json.dumps)
values: st.SearchStrategy[Value] = (texts | json_texts).map(Text) | st.just(NOTHING)


@given(
    st.lists(
        st.builds(lambda name, value: variable(name, value), texts, values), unique_by=lambda one: one.name
    )
)
def test_an_airflow_equals_itself(entities: list[Entity]) -> None:
    assert all(one.status is Status.EQUAL for one in compare(metadata(*entities), metadata(*entities)))


@given(json_texts, json_texts)
def test_json_is_compared_by_its_meaning(one: str, other: str) -> None:
    spelled = json.dumps(json.loads(one), indent=3, sort_keys=True)
    assert compare_entities(variable(value=one), variable(value=spelled)).status is Status.EQUAL
    same = _strict(json.loads(one)) == _strict(json.loads(other))
    status = compare_entities(variable(value=one), variable(value=other)).status
    assert (status is Status.EQUAL) == same


def _strict(content: Any) -> str:
    return json.dumps(content, sort_keys=True)
