"""Imports against Airflows in memory: what is written, what is refused, and that twice is as good as once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.clients.api import ApiError, Method
from airshift.metadata.comparing import Status, compare
from airshift.metadata.journal import Journal, written_earlier
from airshift.metadata.model import NOTHING, UNTOLD, Entity, Kind, Masked, Metadata
from airshift.metadata.planning import Action, Conflict, Plan, plan_import
from airshift.metadata.reading import read_metadata
from airshift.metadata.writing import BATCH, Outcome, Result, write
from metadata.fake_airflow import FakeAirflow
from metadata.samples import connection, metadata, pool, role, variable

WHOLE = metadata(
    pool("default_pool", 64, include_deferred=True),
    pool("etl", 5, description="d"),
    variable("plain", "text"),
    variable("json", '{"b": 1,  "a": [1.50]}', description="why"),
    variable("api_key", "sesame"),
    variable("empty", ""),
    connection(
        "pg",
        host="h",
        login="u",
        password="p@/:\u00fc",
        port=5432,
        schema="s",
        extra='{"token": "t", "n": 1}',
    ),
    connection("bare"),
)


def imported(
    wanted: Metadata, api: FakeAirflow, path: Path, conflict: Conflict = Conflict.SKIP
) -> tuple[Plan, tuple[Result, ...]]:
    plan = plan_import(wanted, read_metadata(api), conflict, ours=written_earlier(path, api.label))
    with Journal(path, api.label) as journal:
        return plan, write(api, plan, journal)


def actions(plan: Plan) -> dict[str, Action]:
    return {step.entity.name: step.action for step in plan.steps}


def stored(api: FakeAirflow, table: str, name: str, field: str) -> Any:
    return api.tables[table][name][field]


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda number: None)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.mark.parametrize("version", ["3.0.6", "3.3.1", "2.10.3"])
def test_everything_arrives_exactly(version: str, journal: Path) -> None:
    api = FakeAirflow(version)
    _, results = imported(WHOLE, api, journal, Conflict.OVERWRITE)
    assert {one.outcome for one in results} == {Outcome.CREATED, Outcome.REPLACED}
    assert api.tables["pools"]["default_pool"] == {
        "name": "default_pool", "slots": 64, "description": "Default pool", "include_deferred": True,
    }  # fmt: skip
    assert stored(api, "variables", "json", "value") == '{"b": 1,  "a": [1.50]}'
    assert stored(api, "variables", "json", "description") == "why"
    assert stored(api, "variables", "empty", "value") == ""
    pg = api.tables["connections"]["pg"]
    assert (pg["password"], pg["extra"], pg["port"]) == ("p@/:\u00fc", '{"token": "t", "n": 1}', 5432)
    assert api.tables["connections"]["bare"]["password"] is None


@pytest.mark.parametrize("version", ["3.0.6", "2.10.3"])
def test_a_second_import_writes_nothing(version: str, journal: Path) -> None:
    api = FakeAirflow(version)
    imported(WHOLE, api, journal)
    before, calls = json.dumps(api.tables), len(api.calls)
    for conflict in (Conflict.SKIP, Conflict.FAIL):
        plan, results = imported(WHOLE, api, journal, conflict)
        wanted = {Action.UNCHANGED, Action.SKIP if conflict is Conflict.SKIP else Action.CONFLICT}
        assert set(actions(plan).values()) == wanted
        assert [step.entity.name for step in plan.steps if step.action is not Action.UNCHANGED] == [
            "default_pool"
        ]
        assert (results, len(api.calls)) == ((), calls)
    imported(WHOLE, api, journal, Conflict.OVERWRITE)
    imported(WHOLE, api, journal, Conflict.OVERWRITE)
    api.tables["pools"]["default_pool"] |= {"slots": 128, "include_deferred": False}
    assert json.dumps(api.tables) == before


def test_pools_come_first_and_roles_last(journal: Path) -> None:
    api = FakeAirflow("2.10.3")
    wanted = metadata(role("team", "can_read on DAGs"), connection(), variable(), pool())
    imported(wanted, api, journal)
    assert [path for _, path, _ in api.calls] == ["/pools", "/variables", "/connections", "/roles"]
    assert api.calls[-1][2] == {
        "name": "team", "actions": [{"action": {"name": "can_read"}, "resource": {"name": "DAGs"}}],
    }  # fmt: skip


def test_what_cannot_be_compared_follows_the_policy(journal: Path) -> None:
    existing = [{"connection_id": "pg", "conn_type": "postgres", "password": "theirs"}]
    wanted = metadata(connection(password="ours"))
    for conflict, action, left in (
        (Conflict.SKIP, Action.SKIP, "theirs"),
        (Conflict.FAIL, Action.CONFLICT, "theirs"),
        (Conflict.OVERWRITE, Action.REPLACE, "ours"),
    ):
        api = FakeAirflow(connections=existing)
        plan, _ = imported(wanted, api, journal.with_suffix(f".{conflict}"), conflict)
        assert actions(plan) == {"pg": action}
        assert stored(api, "connections", "pg", "password") == left


@pytest.mark.parametrize("version", ["3.0.6", "2.10.3"])
def test_a_password_can_be_taken_away(version: str, journal: Path) -> None:
    api = FakeAirflow(
        version, connections=[{"connection_id": "pg", "conn_type": "postgres", "password": "old"}]
    )
    plan, _ = imported(metadata(connection(host="h")), api, journal, Conflict.OVERWRITE)
    assert actions(plan) == {"pg": Action.RENEW}
    assert stored(api, "connections", "pg", "password") is None
    assert stored(api, "connections", "pg", "host") == "h"


MASKS = [
    connection(password="***"), connection(extra='{"token": "***"}'), connection(login="***", password="x"),
    variable(value="***"), variable(value='{"a": ["***"]}'), variable(value=' *** '),
]  # fmt: skip


@pytest.mark.parametrize("masked", MASKS)
def test_masks_are_never_values(masked: Entity, journal: Path) -> None:
    api = FakeAirflow()
    plan, results = imported(metadata(masked), api, journal)
    assert [step.entity for step in plan.masked] == [masked]
    assert (results, api.calls) == ((), [])


@pytest.mark.parametrize("value", ["a***b", "*** note ***", "* * *", '{"***": 1}'])
def test_stars_within_a_known_text_are_no_mask(value: str, journal: Path) -> None:
    api = FakeAirflow()
    imported(metadata(variable(value=value)), api, journal)
    assert stored(api, "variables", "v", "value") == value


def test_values_that_nobody_knows_are_not_made_up(journal: Path) -> None:
    wanted = metadata(connection(password=UNTOLD), variable(value=Masked("a *** b")), variable("w"))
    api = FakeAirflow()
    plan, _ = imported(wanted, api, journal)
    assert {step.entity.name: (step.action, step.reason) for step in plan.steps} == {
        "v": (Action.INCOMPLETE, "needs a value: value"),
        "w": (Action.CREATE, ""),
        "pg": (Action.INCOMPLETE, "needs a value: password"),
    }
    assert list(api.tables["variables"]) == ["w"]
    assert not api.tables["connections"]


REFUSED = [
    ("3.0.6", connection("a b"), "ids of letters"),
    ("2.10.3", connection("a/b"), "ids of letters"),
    ("3.0.6", connection("x" * 201), "1 to 200"),
    ("3.0.6", connection(extra="not json"), "JSON object"),
    ("3.3.1", connection(extra='["list"]'), "JSON object"),
    ("3.0.6", pool(slots=-1), "unlimited"),
    ("3.0.6", variable("k" * 251), "1 to 250"),
    ("3.0.6", connection(conn_type=NOTHING), "connection type"),
]


@pytest.mark.parametrize(("version", "wanted", "reason"), REFUSED)
def test_refused_before_the_call(version: str, wanted: Entity, reason: str, journal: Path) -> None:
    api = FakeAirflow(version)
    plan, _ = imported(metadata(wanted), api, journal)
    assert reason in plan.of(Action.REFUSED)[0].reason
    assert not api.calls


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("3.3.1", pool(slots=-1)),
        ("2.10.3", connection(extra="not json")),
        ("3.0.6", connection("\u00fcml.a-b_1", extra="")),
    ],
)
def test_not_refused(version: str, wanted: Entity, journal: Path) -> None:
    _, results = imported(metadata(wanted), FakeAirflow(version), journal)
    assert [one.outcome for one in results] == [Outcome.CREATED]


def test_batches_are_small_and_bodies_are_strings(journal: Path) -> None:
    api = FakeAirflow()
    many = [variable(f"v{number:03}", "1") for number in range(60)]
    big = [connection(f"c{number}", extra=json.dumps({"x": "y" * 400_000})) for number in range(4)]
    imported(metadata(*many, *big), api, journal)
    sizes = [(path, len(body["actions"][0]["entities"])) for _, path, body in api.calls]
    assert sizes == [
        ("/variables", BATCH),
        ("/variables", BATCH),
        ("/variables", 10),
        ("/connections", 2),
        ("/connections", 2),
    ]
    assert all(isinstance(one["value"], str) for one in api.calls[0][2]["actions"][0]["entities"])


def test_one_bad_record_does_not_keep_the_others_out(journal: Path) -> None:
    api = FakeAirflow()
    taken = {"key": "v07", "value": "theirs", "description": None}
    plan = plan_import(
        metadata(*(variable(f"v{number:02}") for number in range(20))), read_metadata(api), Conflict.SKIP
    )
    api.tables["variables"]["v07"] = taken
    with Journal(journal, api.label) as opened:
        results = write(api, plan, opened)
    assert [(one.name, one.reason) for one in results if one.outcome is Outcome.FAILED] == [
        ("v07", "status 409")
    ]
    assert api.tables["variables"]["v07"] == taken
    assert len(api.tables["variables"]) == 20


@pytest.mark.parametrize("arrives", [True, False])
def test_a_call_without_an_answer_is_looked_up(arrives: bool, journal: Path) -> None:
    class Vague(FakeAirflow):
        def _bulk(self, table: str, actions: list[dict[str, Any]]) -> dict[str, Any]:
            if arrives:
                super()._bulk(table, actions)
            raise ApiError("canary-7Q", uncertain=True)

    api = Vague()
    _, results = imported(metadata(variable()), api, journal)
    assert [one.outcome for one in results] == [Outcome.CREATED if arrives else Outcome.FAILED]
    assert "canary" not in journal.read_text()


def test_a_replacement_without_an_answer_stays_uncertain(journal: Path) -> None:
    api = FakeAirflow(variables=[{"key": "v", "value": "old"}])

    def lost(number: int) -> None:
        raise ApiError("", status=504, uncertain=True)

    api.interfere = lost
    _, results = imported(metadata(variable(value="new")), api, journal, Conflict.OVERWRITE)
    assert [one.outcome for one in results] == [Outcome.UNCERTAIN]


def test_the_disk_has_the_names_before_the_call_is_made(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, events = FakeAirflow(), list[str]()
    monkeypatch.setattr("os.fsync", lambda number: events.append(journal.read_text().splitlines()[-1]))
    api.interfere = lambda number: events.append("call")
    imported(metadata(variable()), api, journal)
    outcomes = [event if event == "call" else json.loads(event)["outcome"] for event in events]
    assert outcomes == ["started", "call", "created"]


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("conflict", list(Conflict))
@pytest.mark.parametrize("version", ["3.0.6", "2.10.3"])
def test_an_interrupted_import_goes_on(version: str, conflict: Conflict, tmp_path: Path) -> None:
    """Killed before each call in turn, and run again: the outcome is that of a run that was not killed."""
    fresh = [entity for entity in WHOLE.entities if entity.name != "default_pool"]
    wanted = metadata(*fresh, *(variable(f"v{number}", f"{number}") for number in range(40)))
    whole = FakeAirflow(version)
    imported(wanted, whole, tmp_path / "whole", conflict)
    for killed_at in range(1, len(whole.calls) + 1):
        api, journal = FakeAirflow(version), tmp_path / str(killed_at)

        def kill(number: int, at: int = killed_at) -> None:
            if number == at:
                raise KilledError

        api.interfere = kill
        with pytest.raises(KilledError):
            imported(wanted, api, journal, conflict)
        plan, _ = imported(wanted, api, journal, conflict)
        assert not plan.of(Action.CONFLICT)
        assert api.tables == whole.tables


def test_what_a_killed_run_had_begun_counts_as_its_own(journal: Path) -> None:
    wanted = metadata(connection(password="x"))
    api = FakeAirflow(connections=[{"connection_id": "pg", "conn_type": "postgres", "password": "x"}])
    with Journal(journal, api.label) as opened:
        opened.record([(Kind.CONNECTION, "pg")], "started")
    journal.write_text(journal.read_text() + '{"torn')
    plan, _ = imported(wanted, api, journal, Conflict.FAIL)
    assert actions(plan) == {"pg": Action.UNCHANGED}
    other = FakeAirflow(label="mwaa:other", connections=list(api.tables["connections"].values()))
    plan, _ = imported(wanted, other, journal, Conflict.FAIL)
    assert actions(plan) == {"pg": Action.CONFLICT}
    with Journal(journal, api.label) as opened:
        opened.record([(Kind.CONNECTION, "pg")], "failed", "status 500")
    assert not written_earlier(journal, api.label)


def test_roles_are_left_alone_where_they_cannot_be_reached(journal: Path) -> None:
    plan, results = imported(metadata(role("team", "can_read on DAGs"), pool()), FakeAirflow(), journal)
    assert [one.name for one in results] == ["p"]
    assert "roles stay as they are" in plan.notes[0]


def test_airflow_3_without_fab_answers_with_a_page_where_roles_would_be(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeAirflow(label="https://green")
    plain = api.call

    def call(method: Method, path: str, **options: Any) -> Any:
        if "roles" in path:
            raise ApiError("https://green: GET /../../auth/fab/v1/roles: the answer is no JSON")
        return plain(method, path, **options)

    monkeypatch.setattr(api, "call", call)
    found = read_metadata(api)
    assert "no list there" in found.unread[Kind.ROLE]
    _, results = imported(metadata(role("team", "can_read on DAGs"), pool()), api, journal)
    assert [one.name for one in results] == ["p"]


def test_roles_of_airflow_3_are_next_to_its_api(journal: Path) -> None:
    api = FakeAirflow(label="https://green")
    api.fab = True
    wanted = metadata(role("team", "can_read on DAGs"), role("other"))
    imported(wanted, api, journal)
    assert [(method, path) for method, path, _ in api.calls] == [
        (Method.POST, "/../../auth/fab/v1/roles")
    ] * 2
    plan, _ = imported(
        metadata(role("team", "can_edit on DAGs"), role("other")), api, journal, Conflict.OVERWRITE
    )
    assert actions(plan) == {"team": Action.REPLACE, "other": Action.UNCHANGED}
    assert api.calls[-1][:2] == (Method.PATCH, "/../../auth/fab/v1/roles/team")
    assert api.tables["roles"]["team"]["actions"][0]["action"] == {"name": "can_edit"}


names = st.text(alphabet="abc_.-", min_size=1, max_size=3)
texts = st.text(alphabet='a*{}"1: \u00fc', max_size=6)
maybe = st.none() | texts
pools = st.builds(
    lambda name, slots, flag: pool(name, slots, include_deferred=flag),
    names,
    st.integers(0, 9),
    st.booleans(),
)
variables = st.builds(variable, names, texts, description=maybe)
connections = st.builds(
    connection, names, host=maybe, login=maybe, password=maybe, port=st.none() | st.integers(1, 9),
    extra=st.none() | st.dictionaries(st.sampled_from(["token", "a"]), texts, max_size=2).map(json.dumps),
)  # fmt: skip
airflows = st.lists(pools | variables | connections, max_size=8, unique_by=lambda one: one.key)


def filled(version: str, entities: list[Entity], path: Path) -> FakeAirflow:
    api = FakeAirflow(version)
    imported(metadata(*entities), api, path)
    return api


@settings(max_examples=60, deadline=None)
@given(airflows, airflows, st.sampled_from(Conflict), st.sampled_from(["2.10.3", "3.0.6"]))
def test_a_plan_makes_what_the_policy_says(
    tmp_path_factory: pytest.TempPathFactory,
    blue: list[Entity],
    green: list[Entity],
    conflict: Conflict,
    version: str,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    api = filled(version, green, folder / "before")
    before = json.loads(json.dumps(api.tables))
    plan, results = imported(metadata(*blue), api, folder / "journal", conflict)
    assert all(one.outcome is not Outcome.FAILED for one in results)
    for step in plan.steps:
        table = api.tables[step.entity.kind.plural]
        if step.action in {Action.CREATE, Action.REPLACE, Action.RENEW}:
            assert step.action is Action.CREATE or conflict is Conflict.OVERWRITE
            assert _as_stored(step.entity) == table[step.entity.name]
        else:
            assert table.get(step.entity.name) == before[step.entity.kind.plural].get(step.entity.name)
    untouched = {(kind, name) for kind in before for name in before[kind]} - {
        (entity.kind.plural, entity.name) for entity in blue
    }
    assert all(api.tables[kind][name] == before[kind][name] for kind, name in untouched)
    after = json.loads(json.dumps(api.tables))
    imported(metadata(*blue), api, folder / "journal", conflict)
    assert api.tables == after


def _as_stored(entity: Entity) -> dict[str, Any]:
    fields = {name: entity.text(name) for name in entity.fields}
    match entity.kind:
        case Kind.POOL:
            return {
                "name": entity.name,
                **fields,
                "slots": int(fields["slots"] or 0),
                "include_deferred": fields["include_deferred"] == "true",
            }
        case Kind.VARIABLE:
            return {"key": entity.name, **fields, "value": fields["value"] or ""}
        case _:
            port = int(fields["port"]) if fields["port"] else None
            return {
                "connection_id": entity.name,
                **fields,
                "port": port,
                "password": fields["password"] or None,
            }


def test_after_an_import_the_difference_is_what_was_there_before(journal: Path) -> None:
    api = FakeAirflow("2.10.3", variables=[{"key": "extra", "value": "1"}])
    imported(metadata(variable(), pool()), api, journal)
    found = compare(metadata(variable(), pool()), read_metadata(api))
    assert {one.name: one.status for one in found if one.name != "default_pool"} == {
        "extra": Status.ONLY_GREEN, "v": Status.EQUAL, "p": Status.EQUAL,
    }  # fmt: skip


def test_deleting_and_creating_is_one_call_on_airflow_3(journal: Path) -> None:
    api = FakeAirflow(connections=[{"connection_id": "pg", "conn_type": "postgres", "password": "old"}])
    imported(metadata(connection()), api, journal, Conflict.OVERWRITE)
    assert [(method, path) for method, path, _ in api.calls] == [(Method.PATCH, "/connections")]
