"""The files of a plan: whole, valid, harmless, and readable by others."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import icalendar
import jsonschema
import pytest

from airshift.estate.model import Edge, EdgeKind
from airshift.plan.bridge_code import bridge_file, bridge_writer
from airshift.plan.comparing import change_line, compare
from airshift.plan.document import plan_document, read_state
from airshift.plan.model import Plan
from airshift.plan.pack import Context, pack
from airshift.plan.planner import make_plan
from airshift.plan.tables import plan_csv, tracker_csv
from airshift.targets import Target
from plan.made_up import NEVER, Clockwork, edge, estate, member, random_estate, random_policy, rules

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/plan.schema.json").read_text(encoding="utf-8"))
TARGET, SOURCE = Target("3.3.1", "mwaa"), Target("2.10.3")
HOSTILE = '=cmd|"/c calc"!A1 </script><script>alert(1)</script> `$(touch x)` \'; drop\\ é☃'


def some_plan(seed: int) -> tuple[Plan, Context]:
    chance = random.Random(seed)
    one = random_estate(chance, 25, 25)
    policy = replace(random_policy(chance, sorted(one.members)), pin={})
    times = Clockwork({name: chance.choice((5, 60, 1440)) for name in one.members})
    return make_plan(one, policy, times), Context(policy, chance.choice((TARGET, Target("3.0.6"))), SOURCE)


def hostile_plan() -> tuple[Plan, Context]:
    names = [HOSTILE, "+1+1", "-2", "@x", "plain"]
    members = [
        member(name, owners=(HOSTILE,), tags=(HOSTILE,), schedule=HOSTILE, kind="cron") for name in names
    ]
    edges = [
        edge(HOSTILE, "plain", EdgeKind.SENSOR),
        edge("plain", HOSTILE),
        edge(HOSTILE, "@x", EdgeKind.ASSET),
    ]
    edges = [replace(one, via=HOSTILE, path=HOSTILE) for one in edges]
    policy = rules(max_dags_per_wave=2, green_environment=HOSTILE, source_environment=HOSTILE)
    made = make_plan(estate(*members, edges=edges, blockers={"+1+1": (HOSTILE,)}), policy, NEVER)
    return made, Context(policy, Target("3.3.1"), SOURCE)


@pytest.mark.parametrize("seed", range(25))
def test_documents_follow_the_published_schema(seed: int) -> None:
    plan, context = some_plan(seed)
    document = json.loads(dict(pack(plan, context))["plan.json"])
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_the_schema_refuses_a_plan_without_reasons() -> None:
    plan, context = some_plan(1)
    document = plan_document(plan, context.policy, TARGET, SOURCE, ())
    document["waves"][0]["dags"][0]["reasons"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("seed", range(10))
def test_the_calendar_file_is_read_alike_by_an_independent_parser(seed: int) -> None:
    plan, context = some_plan(seed)
    text = dict(pack(plan, context))["plan.ics"]
    calendar = icalendar.Calendar.from_ical(text)
    events = list(calendar.walk("VEVENT"))
    assert [event.errors for event in events] == [[] for _ in plan.waves]
    assert [event.decoded("DTSTART") for event in events] == [
        wave.cutover.start for wave in plan.waves if wave.cutover
    ]
    assert [str(event["SUMMARY"]) for event in events] == [
        f"Airflow 3 cutover: {wave.name}" for wave in plan.waves
    ]
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_hostile_names_stay_text_in_calendar_and_tables() -> None:
    plan, context = hostile_plan()
    events = icalendar.Calendar.from_ical(dict(pack(plan, context))["plan.ics"]).walk("VEVENT")
    assert any(HOSTILE in str(event["DESCRIPTION"]) for event in events)
    assert all(str(event["LOCATION"]) == HOSTILE for event in events)
    for text in (plan_csv(plan), tracker_csv(plan)):
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [
            cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "@", "\t") or re.match(r"-\D", cell)
        ]
        assert any(HOSTILE in cell for cell in cells)


def test_hostile_names_stay_text_in_markdown() -> None:
    plan, context = hostile_plan()
    texts = [text for name, text in pack(plan, context) if name.endswith(".md")]
    for text in texts:
        prose = re.sub(r"```bash\n.*?```", "", text, flags=re.DOTALL)
        prose = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", prose)
        assert "<script" not in prose
        assert "$(" not in prose
    assert any("&lt;script&gt;" in text for text in texts)


@pytest.mark.parametrize("seed", range(6))
def test_every_dag_has_a_row_and_every_work_item_a_ticket(seed: int) -> None:
    plan, _ = some_plan(seed)
    rows = list(csv.DictReader(io.StringIO(plan_csv(plan))))
    assert sorted(row["dag_id"] for row in rows) == sorted(plan.members)
    assert {row["dag_id"]: row["wave"] for row in rows if row["wave"]} == {
        name: str(wave) for name, wave in plan.wave_of.items()
    }
    tickets = list(csv.DictReader(io.StringIO(tracker_csv(plan))))
    summaries = [ticket["Summary"] for ticket in tickets]
    assert len(tickets) == len(plan.waves) + len(plan.wave_of) + sum(
        map(len, (plan.bridges, plan.blocked, plan.retire))
    )
    assert all(f"Build {bridge.name}" in summaries for bridge in plan.bridges)


def bash_of(markdown: str) -> str:
    return "\n".join(re.findall(r"```bash\n(.*?)```", markdown, re.DOTALL))


@pytest.mark.parametrize("target", [TARGET, Target("3.0.6")])
@pytest.mark.parametrize("seed", [3, 4])
def test_runbooks_are_shell_that_parses(seed: int, target: Target) -> None:
    plan, context = some_plan(seed)
    files = dict(pack(plan, replace(context, target=target)))
    runbooks = [text for name, text in files.items() if name.startswith("runbooks/")]
    assert len(runbooks) == len(plan.waves)
    for text in runbooks:
        checked = subprocess.run(
            ["bash", "-n"], input=bash_of(text), text=True, capture_output=True, check=False
        )
        assert checked.stderr == ""
        for heading in (
            "## DAGs",
            "## Before",
            "## Cut over",
            "## Checks",
            "## Roll back",
            "## Words to send",
        ):
            assert heading in text


def test_runbooks_run_no_foreign_text(tmp_path: Path) -> None:
    plan, context = hostile_plan()
    for name, text in pack(plan, context):
        if name.startswith("runbooks/"):
            fakes = "curl() { :; }; jq() { :; }; date() { echo 0; }\n"
            variables = dict.fromkeys(
                ("BLUE_URL", "BLUE_LOGIN", "GREEN_URL", "GREEN_LOGIN", "GREEN_PASSWORD"), "x"
            )
            script = fakes + bash_of(text)
            done = subprocess.run(
                ["bash", "-s"], input=script, text=True, capture_output=True, cwd=tmp_path, check=False,
                env={"PATH": "/usr/bin:/bin", **variables},
            )  # fmt: skip
            assert "syntax error" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_a_runbook_names_what_the_wave_needs() -> None:
    plan = make_plan(
        estate(
            member("a", kind="cron", owners=("finance",), schedule="0 6 * * *"),
            member("b", kind="cron", history=True, level=2),
            edges=[edge("a", "b", EdgeKind.SENSOR)],
        ),
        rules(pin={"a": 1, "b": 2}, start="2026-12-01"),
        Clockwork({"a": 5}),
    )
    files = dict(pack(plan, Context(rules(start="2026-12-01"), TARGET, SOURCE)))
    first, second = files["runbooks/wave-01.md"], files["runbooks/wave-02.md"]
    (bridge,) = plan.bridges
    assert f"bridges/{bridge_file(bridge)}" in first
    assert f"bridges/{bridge_file(bridge)}" in files
    assert "runs fall into the slot" in first
    assert "/backfills/dry_run" in first
    assert "Take down `bridge sensor a -> b`" in second
    assert "These need the run before: `b`" in second


@pytest.mark.parametrize("kind", [EdgeKind.TRIGGER, EdgeKind.SENSOR, EdgeKind.ASSET])
@pytest.mark.parametrize("source_first", [True, False])
@pytest.mark.parametrize("target", [TARGET, Target("3.3.1")])
@pytest.mark.parametrize("name", ["etl.daily-load", HOSTILE])
def test_code_of_every_bridge_compiles(kind: EdgeKind, source_first: bool, target: Target, name: str) -> None:
    found = Edge(name, "report", kind, True, f"dags/{name}.py", 3, via=name)
    waves = {name: 1 if source_first else 2, "report": 2 if source_first else 1}
    plan = make_plan(
        estate(member(name), member("report"), edges=[found]), rules(pin=waves, green_environment=name), NEVER
    )
    (bridge,) = plan.bridges
    assert re.fullmatch(r"[\w.-]+", bridge_file(bridge))
    code = bridge_writer(rules(green_environment=name), target)(bridge)
    compile(code, bridge_file(bridge), "exec")
    assert ("invoke_rest_api" in code) == (target.platform == "mwaa")
    runs_on_three = source_first != (kind is EdgeKind.SENSOR)
    assert ("(Airflow 3)" in code) == runs_on_three
    other = "/api/v1" if runs_on_three else "/api/v2"
    assert target.platform == "mwaa" or other in code


def test_the_same_plan_gives_the_same_files() -> None:
    assert dict(pack(*some_plan(9))) == dict(pack(*some_plan(9)))


@pytest.mark.parametrize("seed", range(5))
def test_a_written_plan_is_the_state_of_the_next(seed: int, tmp_path: Path) -> None:
    plan, context = some_plan(seed)
    path = tmp_path / "plan.json"
    path.write_text(dict(pack(plan, context))["plan.json"], encoding="utf-8")
    state = read_state(path, 1)
    assert [wave.number for wave in state.done()] == [wave.number for wave in plan.waves if wave.number <= 1]
    assert state.before() == plan.wave_of
    again = make_plan(estate(*plan.members.values(), edges=plan.edges), context.policy, NEVER, state)
    assert [wave.start for wave in again.waves[:1]] == [wave.start for wave in plan.waves[:1]]


def test_differences_of_plans_are_told() -> None:
    policy = rules(max_dags_per_wave=2, pilot_size=0, start="2026-12-01")
    members = [member("a"), member("b"), member("c", level=1)]
    old = make_plan(estate(*members), policy, NEVER)
    later = replace(policy, start=policy.start + timedelta(days=7), retire=("b",))
    new = make_plan(estate(*members, member("d")), later, NEVER)
    documents = [plan_document(one, policy, TARGET, SOURCE, ()) for one in (old, new)]
    lines = [change_line(change) for change in compare(*documents)]
    assert "~ dag b: wave 1 -> retire" in lines
    assert "+ dag d: wave 1" in lines
    assert any(line.startswith("~ wave wave 1: 2026-12-01") for line in lines)
    assert compare(documents[0], documents[0]) == ()
