"""Where a DAG stands on its way from blue to green, and what has to be remembered about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from airshift.schedules import Run


class Where(StrEnum):
    """One of the two environments."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Where:
        """The other one."""
        return Where.GREEN if self is Where.BLUE else Where.BLUE


class State(StrEnum):
    """Where a DAG stands. In every state it is unpaused on one side at most."""

    PLANNED = "planned"
    BLOCKED = "blocked"
    """The preflight found a reason not to touch it."""
    IDLE = "idle"
    """It was paused on blue before the wave: there is nothing to hand over."""
    READY = "preflight_ok"
    GAP = "gap_found"
    BLUE_PAUSED = "blue_paused"
    DRAINED = "drained"
    SEEDED = "green_seeded"
    GREEN_UNPAUSED = "green_unpaused"
    DONE = "done"
    LEAVING = "leaving_green"
    GREEN_PAUSED = "green_paused"
    GREEN_DRAINED = "green_drained"
    BLUE_SEEDED = "blue_seeded"
    ROLLED_BACK = "rolled_back"


SETTLED = frozenset({State.BLOCKED, State.IDLE, State.DONE, State.ROLLED_BACK})
"""States that nothing has to be done about."""
ON_GREEN = frozenset({State.GREEN_UNPAUSED, State.DONE, State.LEAVING})
"""States in which the DAG runs on green."""
BETWEEN = frozenset(
    {
        State.BLUE_PAUSED,
        State.DRAINED,
        State.SEEDED,
        State.GREEN_PAUSED,
        State.GREEN_DRAINED,
        State.BLUE_SEEDED,
    }
)
"""States in which the DAG runs nowhere: the shorter, the better."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One DAG of a wave. What is remembered is what the environments will not tell later."""

    dag_id: str
    state: State = State.PLANNED
    since: datetime | None = None
    """When it got into its state."""
    started: datetime | None = None
    """When its way began, forward or back: what patience counts from."""
    back: bool = False
    """Whether it is on its way back to blue."""
    reason: str = ""
    blue_last: Run | None = None
    """The last run that blue did before it was paused."""
    seeded: tuple[str, ...] = ()
    """Marker runs on green."""
    unpaused_at: datetime | None = None
    """When green was unpaused."""
    green_done: tuple[datetime, ...] = ()
    """Ticks that green completed, known once green is drained."""
    seeded_back: tuple[str, ...] = ()
    """Marker runs on blue."""
    verified: str = ""
    """The first run on green that was a success."""
    thaws: int = 0
    """How often a frozen run had to be let go on."""
    failures: int = 0
    """Refused calls in a row."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing has to be done any more."""
        if self.back:
            return self.state in (State.ROLLED_BACK, State.BLOCKED, State.IDLE)
        return self.state in SETTLED
