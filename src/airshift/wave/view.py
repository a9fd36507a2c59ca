"""How a wave looks on a terminal while it goes on: a row for each DAG, what is left by the forecast, and alarms.

A board is a value that each event makes a new one of; what is drawn depends on it and the time alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airshift.output.text import one_line
from airshift.wave.events import Event
from airshift.wave.states import SETTLED, Progress, State

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

FORWARD = (
    State.PLANNED,
    State.READY,
    State.GAP,
    State.BLUE_PAUSED,
    State.DRAINED,
    State.SEEDED,
    State.GREEN_UNPAUSED,
    State.DONE,
)
BACK = (State.LEAVING, State.GREEN_PAUSED, State.GREEN_DRAINED, State.BLUE_SEEDED, State.ROLLED_BACK)
ARRIVED = frozenset({State.GREEN_UNPAUSED, State.DONE, State.ROLLED_BACK})
"""States in which the DAG runs where it was to go."""
ALARMS = frozenset({"problem", "concern", "back"})
SHOWN_ALARMS = 5
_AROUND = 7
"""Lines that are neither rows nor alarms."""
_STATES = {state.value: state for state in State}
_STYLES = {
    State.DONE: "green",
    State.GREEN_UNPAUSED: "green",
    State.ROLLED_BACK: "yellow",
    State.BLOCKED: "red",
    State.IDLE: "dim",
    State.PLANNED: "dim",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One DAG; `expected` is when the forecast has it where it is to go."""

    dag_id: str
    state: State = State.PLANNED
    back: bool = False
    detail: str = ""
    expected: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether something has to be done about it still."""
        if self.back:
            return self.state not in (State.ROLLED_BACK, State.BLOCKED, State.IDLE)
        return self.state not in SETTLED

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps of its way are behind it, and how many there are."""
        way = BACK if self.back else FORWARD
        return (way.index(self.state) if self.state in way else 0), len(way) - 1


@dataclass(frozen=True, slots=True)
class Board:
    """A wave at one time."""

    title: str
    rows: Mapping[str, Row]
    alarms: tuple[str, ...] = ()

    def after(self, event: Event) -> Board:
        """The board once something has happened."""
        name = one_line(event.dag_id)
        alarm = f"{event.time:%H:%M:%S} {name or 'wave'}: {one_line(event.detail)}"
        alarms = (*self.alarms, alarm) if event.step in ALARMS else self.alarms
        row = self.rows.get(event.dag_id)
        if row is None:
            return replace(self, alarms=alarms)
        row = replace(row, detail=one_line(event.detail), state=_STATES.get(event.state, row.state))
        if event.step == "back":
            row = replace(row, back=True, expected=None)
        return replace(self, rows={**self.rows, event.dag_id: row}, alarms=alarms)


def board_of(
    title: str, progress: Iterable[Progress], expected: Mapping[str, datetime], *, back: bool = False
) -> Board:
    """The board when a run begins; `back` says that all of it goes back."""
    rows = {
        one.dag_id: Row(
            one.dag_id,
            one.state,
            one.back or (back and one.dag_id in expected),
            one_line(one.reason),
            expected.get(one.dag_id),
        )
        for one in progress
    }
    return Board(one_line(title), rows)


def expected_times(events: Iterable[Event], shift: timedelta = timedelta()) -> dict[str, datetime]:
    """When each DAG gets where it is to go, by the events of a rehearsal that began so much earlier."""
    found: dict[str, datetime] = {}
    for event in events:
        if event.step == "move" and event.state in ARRIVED:
            found.setdefault(event.dag_id, event.time + shift)
    return found


def summary(board: Board, now: datetime) -> str:
    """The wave in one line."""
    rows = board.rows.values()
    there = sum(row.state in ARRIVED and (not row.back or not row.is_open) for row in rows)
    parts = [f"{board.title}: {there} of {len(rows)} DAGs are there"]
    ends = [row.expected for row in rows if row.expected is not None and row.state not in ARRIVED]
    if ends:
        parts.append(f"{left_text(max(ends), now)} left")
    waiting = sum(row.state is State.GREEN_UNPAUSED and not row.back for row in rows)
    if waiting:
        parts.append(f"{waiting} with a first run to come")
    if board.alarms:
        parts.append(f"{len(board.alarms)} alarms" if len(board.alarms) > 1 else "1 alarm")
    return ", ".join(parts)


def left_text(expected: datetime, now: datetime) -> str:
    """How long until then, or how long ago that was."""
    seconds = round((expected - now).total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return text if seconds >= 0 else f"late by {text}"


def drawn(board: Board, now: datetime, height: int) -> RenderableType:
    """The board in at most so many lines."""
    from rich.console import Group
    from rich.text import Text

    alarms = board.alarms[-SHOWN_ALARMS:]
    room = max(3, height - len(alarms) - _AROUND)
    rows = sorted(board.rows.values(), key=_interest)
    parts: list[RenderableType] = [Text(summary(board, now), style="bold"), _table(rows[:room], now)]
    if len(rows) > room:
        parts.append(Text(_others(rows[room:]), style="dim"))
    parts += [Text(f"! {alarm}", style="red", overflow="ellipsis", no_wrap=True) for alarm in alarms]
    return Group(*parts)


def _interest(row: Row) -> tuple[int, str]:
    """DAGs on their way come first, then those to come, then the rest."""
    if not row.is_open:
        return 2, row.dag_id
    return (1 if row.state is State.PLANNED else 0), row.dag_id


def _table(rows: Iterable[Row], now: datetime) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("DAG", no_wrap=True, overflow="ellipsis", max_width=40)
    table.add_column("state", no_wrap=True)
    table.add_column("way", no_wrap=True)
    table.add_column("left", no_wrap=True, justify="right")
    table.add_column("what", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        table.add_row(*_cells(row, now))
    return table


def _cells(row: Row, now: datetime) -> Iterator[Text]:
    from rich.text import Text

    done, steps = row.steps
    is_moving = row.expected is not None and row.state not in ARRIVED and row.is_open
    yield Text(one_line(row.dag_id))
    yield Text(row.state.value + (" (back)" if row.back else ""), style=_STYLES.get(row.state, "cyan"))
    yield Text("#" * done + "." * (steps - done))
    yield Text(left_text(row.expected, now) if is_moving and row.expected else "")
    yield Text(row.detail, style="dim")


def _others(rows: Iterable[Row]) -> str:
    counts = Counter(row.state.value for row in rows)
    return "and " + ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
