"""The live view: what each event makes of it, how it is drawn, and when there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from airshift.cli.wave_live import View, is_live
from airshift.wave.events import Event
from airshift.wave.rehearsal import rehearse
from airshift.wave.states import Progress, State
from airshift.wave.view import Board, Row, board_of, drawn, expected_times, left_text, summary
from airshift_dev.wave_faults import Kind, WorldClock

from .setting import Setting

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)


def event(dag_id: str, step: str, state: str, detail: str = "") -> Event:
    return Event(NOW, 3, dag_id, step, state, detail)


def shown(board: Board, now: datetime = NOW, height: int = 30, width: int = 100) -> str:
    """The board as a terminal without colours has it."""
    console = Console(file=StringIO(), record=True, width=width, force_terminal=True)
    console.print(drawn(board, now, height))
    return "\n".join(line.rstrip() for line in console.export_text().splitlines())


def test_a_board_follows_the_events() -> None:
    board = board_of(
        "Wave 3", [Progress("orders"), Progress("report")], {"orders": NOW + timedelta(seconds=95)}
    )
    for one in (
        event("orders", "move", "blue_paused", "blue is paused"),
        event("report", "problem", "planned", "unpause on green: refused"),
        event("", "concern", "", "green does not answer"),
    ):
        board = board.after(one)
    assert shown(board).splitlines() == [
        "Wave 3: 0 of 2 DAGs are there, 1:35 left, 2 alarms",
        "",
        " DAG      state         way       left   what",
        " " + "─" * 98,
        " orders   blue_paused   ###....   1:35   blue is paused",
        " report   planned       .......          unpause on green: refused",
        "",
        "! 10:00:00 report: unpause on green: refused",
        "! 10:00:00 wave: green does not answer",
    ]


def test_what_turns_back_has_another_way_and_no_forecast() -> None:
    board = Board("Wave 3", {"a": Row("a", State.DONE, expected=NOW)})
    board = board.after(event("a", "back", "done", "asked to go back"))
    assert (board.rows["a"].steps, board.rows["a"].expected, board.rows["a"].is_open) == ((0, 4), None, True)
    board = board.after(event("a", "move", "green_drained", "no run is active"))
    assert board.rows["a"].steps == (2, 4) and "green_drained (back)" in shown(board)
    board = board.after(event("a", "move", "rolled_back", "it runs on blue"))
    assert not board.rows["a"].is_open
    assert summary(board, NOW) == "Wave 3: 1 of 1 DAGs are there, 1 alarm"


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_drawn(state: State) -> None:
    for back in (False, True):
        row = Row("a", state, back)
        assert row.is_open != Progress("a", state, back=back).is_settled
        done, steps = row.steps
        assert 0 <= done <= steps and state.value in shown(Board("Wave 1", {"a": row}))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (61, "1:01"), (3600, "1:00:00"), (-5, "late by 0:05")]
)
def test_time_that_is_left(seconds: int, text: str) -> None:
    assert left_text(NOW + timedelta(seconds=seconds), NOW) == text


def test_many_dags_fit_a_small_terminal_and_those_on_their_way_are_seen() -> None:
    rows = {f"dag_{n:03}": Row(f"dag_{n:03}", State.DONE if n < 200 else State.PLANNED) for n in range(500)}
    rows["zebra"] = Row("zebra", State.GAP)
    text = shown(Board("Wave 1", rows, ("one", "two")), height=20)
    lines = text.splitlines()
    assert len(lines) == 19 and "zebra" in lines[4] and "and 200 done, 290 planned" in text


def test_a_long_reason_leaves_room_for_the_rest() -> None:
    rows = {"orders_daily": Row("orders_daily", State.GREEN_UNPAUSED, detail="its first run " * 20)}
    assert "orders_daily   green_unpaused   ######." in shown(Board("Wave 1", rows), width=80)


def test_names_do_not_steer_the_terminal() -> None:
    hostile = "a\x1b[2J[red]b\n"
    board = board_of("Wave 1", [Progress(hostile)], {})
    board = board.after(event(hostile, "problem", "planned", "x\x1b]0;y\x07[/bold]"))
    text = shown(board)
    assert "\x1b" not in text.replace("\x1b[", "") and "\x1b[2J" not in text and "\x07" not in text
    assert "[red]b" in text and "[/bold]" in text


def test_the_view_draws_anew_at_each_event_and_leaves_the_last_picture(tmp_path: Path) -> None:
    console = Console(file=StringIO(), record=True, width=100, height=30, force_terminal=True)
    setting = Setting(tmp_path).add("orders")
    with View(board_of("Wave 3", [Progress("orders")], {}), console, WorldClock(setting.world)) as view:
        view.tell(event("orders", "move", "gap_found", "in a gap"))
        view.tell(event("orders", "move", "done", "its first run was a success"))
    text = console.export_text()
    assert "gap_found" in text
    assert "done    #######" in text[text.rindex("Wave 3:") :]


def test_the_forecast_of_a_real_wave_holds(tmp_path: Path) -> None:
    setting = Setting(tmp_path).add("d", Kind("*/10 * * * *")).add("e", Kind("@daily"))
    setting.world.pass_time(12 * 60)
    found = rehearse(setting.opening())
    expected = expected_times(found.events)
    assert expected.keys() == {"d", "e"}
    board = board_of("Wave 1", [Progress("d"), Progress("e")], expected)
    setting.events.clear()
    setting.move()
    arrived = expected_times(setting.events)
    for one in setting.events:
        board = board.after(one)
    for name in ("d", "e"):
        assert abs(arrived[name] - expected[name]) < timedelta(seconds=30)
        assert board.rows[name].state in (State.DONE, State.GREEN_UNPAUSED)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_when_there_is_a_view() -> None:
    assert is_live(Terminal(), {}, quiet=False, as_json=False)
    assert not is_live(StringIO(), {}, quiet=False, as_json=False), "piped"
    assert not is_live(Terminal(), {}, quiet=True, as_json=False)
    assert not is_live(Terminal(), {}, quiet=False, as_json=True)
    assert not is_live(Terminal(), {"NO_COLOR": "1"}, quiet=False, as_json=False)
    assert not is_live(Terminal(), {"TERM": "dumb"}, quiet=False, as_json=False)
