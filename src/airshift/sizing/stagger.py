"""Shift DAGs by minutes so that fewer tasks run at the same time.

For a peak to aim at, DAGs that are busy in a minute above it are moved to the nearest minute in which they stay below;
the lowest peak for which that works out is found by halving. Nothing is random: the same estate gives the same moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airshift.sizing.movable import Unit
from airshift.sizing.shape import shape_of

_COARSE = 0.02
"""The search ends when less than this share of the peak is left to win."""


@dataclass(frozen=True, slots=True)
class _Piece:
    unit: Unit
    busy: dict[int, int]
    """How many slots the unit holds in the minutes in which it holds any."""

    @property
    def peak(self) -> int:
        return max(self.busy.values(), default=0)


@dataclass(slots=True)
class _Board:
    """The load with the units where they are; minutes before the week do not count."""

    load: list[int]
    lead: int
    goal: int

    def move(self, piece: _Piece, old: int, new: int) -> None:
        """Take a unit from one place to another."""
        load, last = self.load, len(self.load)
        for by, sign in ((old, -1), (new, 1)):
            for minute, level in piece.busy.items():
                if 0 <= minute + by < last:
                    load[minute + by] += sign * level

    def is_hot(self, piece: _Piece) -> bool:
        """Whether a unit at its own place is busy in a minute above the goal."""
        load, lead, last, goal = self.load, self.lead, len(self.load), self.goal
        return any(load[minute] > goal for minute in piece.busy if lead <= minute < last)

    def takes(self, piece: _Piece, old: int, new: int) -> bool:
        """Whether a unit that is moved from one place to another stays within the goal there."""
        load, lead, last, goal, busy = self.load, self.lead, len(self.load), self.goal, piece.busy
        way = new - old
        for minute, level in busy.items():
            there = minute + new
            if lead <= there < last and load[there] + level - busy.get(minute + way, 0) > goal:
                return False
        return True


def stagger(units: Sequence[Unit], load: Sequence[int], lead: int) -> dict[str, int]:
    """Minutes by which to shift units so that the peak of the load after `lead` falls; only those that help."""
    pieces = sorted(
        (_piece(unit, load) for unit in units if unit.shifts), key=lambda p: (-p.peak, p.unit.key)
    )
    high = max(load[lead:], default=0)
    low = max(_fixed_peak(pieces, load, lead), max((piece.peak for piece in pieces), default=0)) - 1
    best: dict[str, int] = {}
    while high - low > max(1, int(high * _COARSE)):
        goal = (high + low) // 2
        found = _reached(pieces, load, lead, goal)
        if found is None:
            low = goal
        else:
            best, high = found, goal
    return dict(sorted(best.items()))


def _piece(unit: Unit, load: Sequence[int]) -> _Piece:
    busy: dict[int, int] = {}
    for flow in unit.members:
        level = 0
        levels = []
        changes = shape_of(flow).tasks
        for offset in range(max(changes, default=0)):
            level += changes.get(offset, 0)
            if level:
                levels.append((offset, level))
        for tick in flow.ticks:
            for offset, held in levels:
                busy[tick + offset] = busy.get(tick + offset, 0) + held
    # In the order in which a place is most likely to be refused: the hours are busy or not whatever the minute.
    hours = [max(load[begin : begin + 60]) for begin in range(0, len(load), 60)]
    inside = [minute for minute in busy if minute < len(load)]
    return _Piece(unit, {minute: busy[minute] for minute in sorted(inside, key=lambda m: -hours[m // 60])})


def _fixed_peak(pieces: Iterable[_Piece], load: Sequence[int], lead: int) -> int:
    """The peak of what cannot be moved."""
    left = list(load)
    for piece in pieces:
        for minute, level in piece.busy.items():
            if minute < len(left):
                left[minute] -= level
    return max(left[lead:], default=0)


def _reached(pieces: Sequence[_Piece], load: Sequence[int], lead: int, goal: int) -> dict[str, int] | None:
    """Shifts with which the load stays at or below the goal; None where this way finds none."""
    board = _Board(list(load), lead, goal)
    moved: list[tuple[_Piece, int]] = []
    for piece in pieces:
        if not board.is_hot(piece):
            continue
        by = next((by for by in piece.unit.shifts if board.takes(piece, 0, by)), 0)
        if by:
            board.move(piece, 0, by)
            moved.append((piece, by))
    if max(board.load[lead:], default=0) > goal:
        return None
    return {piece.unit.key: by for piece, by in moved if not _goes_back(board, piece, by)}


def _goes_back(board: _Board, piece: _Piece, by: int) -> bool:
    """Move a unit back to its own minute where the others have made room there meanwhile."""
    back = board.takes(piece, by, 0)
    if back:
        board.move(piece, by, 0)
    return back
