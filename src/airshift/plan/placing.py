"""Put the groups of an estate into numbered waves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from airshift.errors import UsageError
from airshift.plan.board import Board
from airshift.plan.filling import Bin, fill
from airshift.plan.improving import improve
from airshift.plan.objective import Scale, even_share
from airshift.plan.splitting import split
from airshift.plan.units import Group, Limits, Unit

FIRST = 1
"""The number of the pilot, or of the first wave where there is none."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The waves by number, with the value of the whole by term."""

    waves: Mapping[int, tuple[Unit, ...]]
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier plan: the waves of its DAGs, and how many of its waves are finished."""

    wave: Mapping[str, int]
    finished: int = 0


def place(
    groups: Sequence[Group], pilot: Sequence[Unit], limits: Limits, earlier: Earlier | None = None
) -> Placed:
    """Waves for all groups; what an earlier plan placed stays there where it still fits."""
    placing = _Placing(groups, pilot, limits)
    if earlier is not None:
        return placing.again(earlier)
    if any(unit.pin is not None for unit in placing.units):
        return placing.pinned()
    return placing.free()


class _Placing:
    def __init__(self, groups: Sequence[Group], pilot: Sequence[Unit], limits: Limits) -> None:
        self.groups = groups
        self.pilot = pilot
        self.limits = limits
        self.units = [unit for group in groups for unit in group.units]
        self.number = {unit.names[0]: place for place, unit in enumerate(self.units)}
        self.near = self._near()

    def _near(self) -> list[dict[int, int]]:
        near: list[dict[int, int]] = [{} for _ in self.units]
        for group in self.groups:
            for link in group.links:
                first, second = self.number[link.first], self.number[link.second]
                near[first][second] = near[second][first] = link.cost
        return near

    def free(self) -> Placed:
        """Waves numbered as they come; between two waves there is room for another one."""
        taken = {unit.names[0] for unit in self.pilot}
        bins = self._bins(taken)
        offset = bool(self.pilot)
        board = self._board(offset + 2 * len(bins) + 1)
        self._put(board, self.pilot, 0)
        for place, one in enumerate(bins):
            self._put(board, _units(one), offset + 2 * place + 1)
        self._improve(board, taken, range(offset, board.slots))
        return _result(board, {slot: wave for wave, slot in enumerate(board.used(), FIRST)})

    def pinned(self) -> Placed:
        """Waves whose numbers are those of the pins."""
        pins = {unit.names[0]: unit.pin for unit in self.units if unit.pin is not None}
        taken = {unit.names[0] for unit in self.pilot} | pins.keys()
        bins = self._bins(taken)
        offset = FIRST if self.pilot else 0
        board = self._board(max(max(pins.values()), len(bins) + offset) + len(bins) + 1)
        self._put(board, self.pilot, 0)
        for name, wave in pins.items():
            self._pin(board, self.number[name], wave)
        slots = range(offset, board.slots)
        for one in bins:
            for unit in _units(one):
                number = self.number[unit.names[0]]
                board.put(number, next(slot for slot in slots if board.fits(number, slot)))
        self._improve(board, taken, slots)
        return _result(board, {slot: slot + FIRST for slot in board.used()})

    def _pin(self, board: Board, unit: int, wave: int) -> None:
        if not board.fits(unit, wave - FIRST):
            name = self.units[unit].names[0]
            raise UsageError(
                f"pin: wave {wave} holds no more than {self.limits}; {name} does not fit into it"
            )
        board.put(unit, wave - FIRST)

    def again(self, earlier: Earlier) -> Placed:
        """Earlier places kept, new units where they cost least; finished waves take nothing in."""
        wishes = {unit.names[0]: self._wish(unit, earlier) for unit in self.units}
        last = max([earlier.finished, *earlier.wave.values(), *(wave or 0 for wave in wishes.values())])
        board = self._board(last + len(self.units) + 1)
        new = []
        for place, unit in enumerate(self.units):
            wave = wishes[unit.names[0]]
            if wave is None or not board.fits(place, wave - FIRST):
                new.append(place)
            else:
                board.put(place, wave - FIRST)
        for place in new:
            self._insert(board, place, range(earlier.finished, last))
        return _result(board, {slot: slot + FIRST for slot in board.used()})

    def _wish(self, unit: Unit, earlier: Earlier) -> int | None:
        if unit.pin is not None and unit.pin > earlier.finished:
            return unit.pin
        waves = [earlier.wave[name] for name in unit.names if name in earlier.wave]
        return max((wave for wave in waves if wave > earlier.finished), default=None)

    def _insert(self, board: Board, unit: int, slots: range) -> None:
        """Beside a DAG it is coupled with, else into the cheapest wave (not the pilot) or a new one at the end."""
        end = max([*board.used(), slots.stop - 1]) + 1
        board.put(unit, end)
        options = [slot for slot in slots if board.inside[slot] and board.fits(unit, slot) and slot > 0]
        coupled = {board.where[other] for other in board.near[unit]} & set(options)
        best = min(coupled or options, key=lambda slot: (board.delta(unit, slot), slot), default=end)
        if best != end and (coupled or board.delta(unit, best) < 0):
            board.put(unit, best)

    def _bins(self, taken: Collection[str]) -> list[Bin]:
        rest = [
            tuple(unit for unit in part if unit.names[0] not in taken)
            for group in self.groups
            for part in split(group, self.limits)
        ]
        return fill([part for part in rest if part], self.limits)

    def _board(self, slots: int) -> Board:
        minutes = sum(unit.minutes for unit in self.units) - sum(unit.minutes for unit in self.pilot)
        dags = sum(unit.size for unit in self.units)
        rest = dags - sum(unit.size for unit in self.pilot)
        scale = Scale(dags, even_share(minutes, rest, self.limits.dags, self.limits.minutes))
        return Board(self.units, self.near, slots, self.limits, scale)

    def _put(self, board: Board, units: Iterable[Unit], slot: int) -> None:
        for unit in units:
            board.put(self.number[unit.names[0]], slot)

    def _improve(self, board: Board, taken: Collection[str], slots: Sequence[int]) -> None:
        improve(board, [self.number[name] for name in sorted(self.number) if name not in taken], slots)


def _units(one: Bin) -> list[Unit]:
    return [unit for part in one.parts for unit in part]


def _result(board: Board, wave: Mapping[int, int]) -> Placed:
    waves = {
        wave[slot]: tuple(board.units[unit] for unit in sorted(board.inside[slot])) for slot in board.used()
    }
    return Placed(waves, board.terms())
