"""What `airshift wave` prints for programs is as its schemas say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airshift.wave import rehearsal
from airshift.wave.carrying import opened
from airshift.wave.driver import Driver
from airshift.wave.events import Event, event_json
from airshift.wave.gaps import Filling, Stretch
from airshift.wave.journal import Outcome
from airshift.wave.making_up import Found, Skipped, found_events
from airshift.wave.rehearsal import rehearsal_events, rehearse
from airshift.wave.states import State
from airshift.wave.status import status_document, status_lines

from .setting import Setting

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
SOURCES = Path(rehearsal.__file__).parent


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"wave-{name}.schema.json").read_text())
    return found


def check(document: object, name: str) -> None:
    jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker()).validate(
        document
    )


def check_events(events: Iterable[Event]) -> set[str]:
    """All of them are as the schema says; the steps there are."""
    found = list(events)
    for one in found:
        check(json.loads(event_json(one)), "event")
    return {one.step for one in found}


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    setting = Setting(tmp_path).add("orders").add("report", produces=["orders"])
    setting.world.pass_time(12 * 60)
    return setting


def test_events_of_a_wave_there_and_back(setting: Setting) -> None:
    found = rehearse(setting.opening())
    steps = check_events(rehearsal_events(found, 1, every_call=True))
    assert steps == {"would_call", "forecast"}
    setting.move()
    setting.back()
    assert check_events(setting.events) >= {"move", "pause", "unpause", "back", "wait"}


def test_events_of_filling() -> None:
    now = datetime(2026, 12, 1, 10, tzinfo=UTC)
    found: list[Found] = [Skipped("a", "because"), Filling("b", (Stretch((now,)),), (now,))]
    assert check_events(found_events(found, 1, now)) == {"skip", "would_fill", "problem"}


def test_every_step_of_the_source_is_in_the_schema() -> None:
    known = set(schema("event")["properties"]["step"]["enum"])
    text = "\n".join(path.read_text() for path in SOURCES.glob("*.py"))
    text += (SOURCES.parent / "cli" / "wave_fill.py").read_text()
    said = set(re.findall(r'_say\([^,]+, "(\w+)"', text)) | set(
        re.findall(r'Event\([^"]*?"(?:"?, ")?(\w+)"', text)
    )
    assert said and said <= known, said - known


@pytest.mark.parametrize("moved", [False, True])
def test_the_status_before_and_after(setting: Setting, moved: bool) -> None:
    opening = setting.opening()
    setting.with_driver(Driver.advance if moved else Driver.preflight)
    with opened(opening.journal) as journal:
        document = status_document(setting.plan(), journal)
    check(document, "status")
    assert document["status"] == ("complete" if moved else "incomplete")
    assert document["totals"] == ({"done": 2} if moved else {"preflight_ok": 2})
    assert document["calls"]["by_outcome"] == ({"done": document["calls"]["count"]} if moved else {})
    lines = list(status_lines(document))
    assert lines[0] == "Wave 1: " + ("2 done" if moved else "2 preflight_ok")
    assert len(lines) == 4


def test_the_schema_knows_every_state_and_outcome() -> None:
    found = schema("status")
    assert found["properties"]["dags"]["items"]["properties"]["state"]["enum"] == [one.value for one in State]
    outcomes = found["properties"]["calls"]["properties"]["by_outcome"]["propertyNames"]["enum"]
    assert outcomes == [one.value for one in Outcome]
