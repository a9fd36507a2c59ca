"""The fault page says what the commands wrote, and what they wrote is clean."""

from __future__ import annotations

import json

from airshift_dev.faults import FUZZ, KILLS, PACKAGES, PAGE, page
from airshift_dev.fuzz.__main__ import NAMES
from airshift_dev.packages import popular

FUZZED = json.loads(FUZZ.read_text(encoding="utf-8"))
READ = json.loads(PACKAGES.read_text(encoding="utf-8"))
KILLED = json.loads(KILLS.read_text(encoding="utf-8"))


def test_the_page_is_made_of_the_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_targets_took_a_hundred_thousand_inputs_and_broke_no_promise() -> None:
    assert FUZZED.keys() == set(NAMES)
    assert [name for name, one in FUZZED.items() if one["inputs"] < 100_000 or one["failures"]] == []


def test_no_foreign_file_crashed_hung_or_was_changed_wrongly() -> None:
    bad = {
        name: one[kind]
        for name, one in READ.items()
        for kind in ("crashes", "gave_up", "wrongly_changed")
        if one[kind]
    }
    assert bad == {}
    assert READ["packages"]["files"] > 1000
    assert set(READ["packages"]["done"]) <= set(popular())
    assert READ["packages"]["listed"] == len(popular()) == 200


def test_nothing_was_lost_when_killed() -> None:
    assert KILLED["waves"]["violations"] == 0
    assert KILLED["waves"]["schedules"] >= 1000
    assert KILLED["fix"]["exit_code"] == 0


def test_files_that_others_wrote_are_of_every_sort() -> None:
    assert READ.keys() == {"packages", "cpython", "generated"}
