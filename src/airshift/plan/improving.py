"""Better plans by single steps: move a unit, swap two, dissolve a wave, move a wave, join two waves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from airshift.plan.board import Board

MIN_GAIN = 0.02
"""A step has to improve the plan by this share: moving a DAG for less only makes plans restless."""
SMALL = 60
"""Units up to which every step is tried; above, those along links and between neighbouring waves."""
_EQUAL = 1e-9
_ROUNDS = 3
_STRONGEST = 3
"""Waves looked at for a unit of a large plan: those that most of its links lead to."""

Step = tuple[tuple[int, int], ...]
"""Units and the slots they go to."""


def improve(board: Board, free: Sequence[int], slots: Sequence[int]) -> None:
    """Take steps while they pay; only `free` units move, and only into `slots`."""
    threshold = max(1e-6, MIN_GAIN * board.cost())
    if len(free) <= SMALL:
        while _best(board, free, slots, threshold):
            pass
        return
    for _ in range(_ROUNDS):
        if not _round(board, free, slots, threshold):
            return


def _best(board: Board, free: Sequence[int], slots: Sequence[int], threshold: float) -> bool:
    """Take the best step of all, of equal ones the smallest; false when none pays."""
    best: Step = ()
    gain = threshold
    for step in _steps(board, free, slots):
        found = -_try(board, step)
        if found > gain + _EQUAL or (best and found > gain - _EQUAL and len(step) < len(best)):
            best, gain = step, found
    _take(board, best)
    return bool(best)


def _steps(board: Board, free: Sequence[int], slots: Sequence[int]) -> Iterator[Step]:
    empty = [slot for slot in slots if not board.inside[slot]]
    for unit in free:
        yield from (((unit, slot),) for slot in slots if slot != board.where[unit] and board.fits(unit, slot))
    yield from _swaps(board, free)
    movable = set(free)
    for slot in slots:
        inside = sorted(board.inside[slot] & movable)
        if len(inside) < 2:
            continue
        yield from (tuple((unit, other) for unit in inside) for other in empty)
        yield from (step for other in slots if (step := _joined(board, inside, slot, other)))
        yield from _dissolved(board, inside, slots)
        yield from _divided(board, inside, empty)


def _swaps(board: Board, free: Sequence[int]) -> Iterator[Step]:
    for place, one in enumerate(free):
        for other in free[place + 1 :]:
            here, there = board.where[one], board.where[other]
            if here == there:
                continue
            size = board.units[one].size - board.units[other].size
            minutes = board.units[one].minutes - board.units[other].minutes
            holds = board.limits.hold
            if holds(board.size[there] + size, board.minutes[there] + minutes) and holds(
                board.size[here] - size, board.minutes[here] - minutes
            ):
                yield (one, there), (other, here)


def _joined(board: Board, inside: Iterable[int], slot: int, other: int) -> Step:
    total = board.size[slot] + board.size[other], board.minutes[slot] + board.minutes[other]
    if slot == other or not board.size[other] or not board.limits.hold(*total):
        return ()
    return tuple((unit, other) for unit in inside)


def _dissolved(board: Board, inside: Sequence[int], slots: Sequence[int]) -> Iterator[Step]:
    """Every unit of a wave to the best other wave that still takes it."""
    here = board.where[inside[0]]
    step: list[tuple[int, int]] = []
    for unit in sorted(inside, key=lambda unit: -board.units[unit].minutes):
        options = [slot for slot in slots if slot != here and board.inside[slot] and board.fits(unit, slot)]
        if not options:
            break
        slot = min(options, key=lambda slot: board.delta(unit, slot))
        board.put(unit, slot)
        step.append((unit, slot))
    for unit, _ in step:
        board.put(unit, here)
    if len(step) == len(inside):
        yield tuple(step)


def _divided(board: Board, inside: Sequence[int], empty: Sequence[int]) -> Iterator[Step]:
    """The more critical units of a wave to a wave of their own."""
    for rank in sorted({board.units[unit].rank for unit in inside})[1:]:
        above = tuple(unit for unit in inside if board.units[unit].rank >= rank)
        below = tuple(unit for unit in inside if board.units[unit].rank < rank)
        for slot in empty:
            yield tuple((unit, slot) for unit in above)
            yield tuple((unit, slot) for unit in below)


def _try(board: Board, step: Step) -> float:
    """What a step adds to the cost; the board is left as it was."""
    if len(step) == 1:
        return board.delta(*step[0])
    before = [(unit, board.where[unit]) for unit, _ in step]
    total = _take(board, step)
    for unit, slot in reversed(before):
        board.put(unit, slot)
    return total


def _take(board: Board, step: Step) -> float:
    total = 0.0
    for unit, slot in step:
        total += board.delta(unit, slot)
        board.put(unit, slot)
    return total


def _round(board: Board, free: Sequence[int], slots: Sequence[int], threshold: float) -> bool:
    """One round over a large plan; false when nothing paid."""
    better = _join_neighbours(board, free, slots, threshold)
    open_ = set(slots)
    for unit in free:
        pull: dict[int, int] = {}
        for other, cost in board.near[unit].items():
            pull[board.where[other]] = pull.get(board.where[other], 0) + cost
        here = board.where[unit]
        options = [slot for slot in pull if slot != here and slot in open_ and board.fits(unit, slot)]
        strongest = sorted(options, key=lambda slot: (-pull[slot], slot))[:_STRONGEST]
        gain, slot = min(((board.delta(unit, slot), slot) for slot in strongest), default=(0.0, here))
        if gain < -min(threshold, 1.0):
            board.put(unit, slot)
            better = True
    return better


def _join_neighbours(board: Board, free: Sequence[int], slots: Sequence[int], threshold: float) -> bool:
    better = False
    movable, open_ = set(free), set(slots)
    used = list(board.used())
    for slot, following in pairwise(used):
        if not {slot, following} <= open_ or not board.inside[slot] <= movable:
            continue
        step = _joined(board, sorted(board.inside[slot]), slot, following)
        if step and _try(board, step) < -min(threshold, 1.0):
            _take(board, step)
            better = True
    return better
