"""Setup and teardown tasks as context managers: the edges that leaving such a context makes.

Airflow keeps one state for the whole file, and so does this: an inner context that ends also ends the noting of
work for the outer one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from airshift.estate.builder import TaskNode, connect

Tasks = list[TaskNode]


@dataclass(slots=True)
class _Slot:
    """Tasks that are in force, and those they stand in front of."""

    current: Tasks = field(default_factory=list)
    previous: list[Tasks] = field(default_factory=list)

    def push(self, tasks: Tasks) -> None:
        if self.current and self.current != tasks:
            self.previous.append(self.current)
        self.current = tasks

    def pop(self) -> tuple[Tasks, Tasks]:
        """What was in force, and what is now."""
        old, self.current = self.current, self.previous.pop() if self.previous else []
        return old, self.current


@dataclass(slots=True, eq=False)
class Fixtures:
    """The open setup and teardown contexts of a file."""

    active: bool = False
    setups: _Slot = field(default_factory=_Slot)
    teardowns: _Slot = field(default_factory=_Slot)
    teardowns_of_setups: _Slot = field(default_factory=_Slot)
    setups_of_teardowns: _Slot = field(default_factory=_Slot)
    work: dict[tuple[TaskNode, ...], Tasks] = field(default_factory=dict)

    def enter(self, tasks: Tasks) -> bool:
        """Open a context; False when these are no setups or teardowns."""
        if not tasks or not all(task.is_setup or task.is_teardown for task in tasks):
            return False
        if tasks[0].is_teardown:
            self.teardowns.push(tasks)
            self.setups_of_teardowns.push(_related(tasks[0], setups=True))
        else:
            self.setups.push(tasks)
            self.teardowns_of_setups.push(_related(tasks[0], setups=False))
        self.active = True
        return True

    def note(self, task: TaskNode) -> None:
        """A task that was made inside of the open contexts."""
        for slot in (self.setups, self.teardowns):
            if slot.current:
                self.work.setdefault(tuple(slot.current), []).append(task)

    def leave(self) -> None:
        """Close the innermost context."""
        if self.setups.current and (work := self._work_of(self.setups)):
            connect(self.setups.current, _roots(work) or work[:1])
            before = self.teardowns.current or _leaves(work) or work[-1:]
            connect(before, self.teardowns_of_setups.current)
        if self.teardowns.current and (work := self._work_of(self.teardowns)):
            connect(_leaves(work) or work[-1:], self.teardowns.current)
            after = self.setups.current or _roots(work) or work[:1]
            connect(self.setups_of_teardowns.current, after)
        self._close()
        self.active = False

    def _work_of(self, slot: _Slot) -> Tasks:
        noted = self.work.get(tuple(slot.current), [])
        return [task for task in noted if not task.is_setup and not task.is_teardown]

    def _close(self) -> None:
        for slot in (self.setups, self.setups_of_teardowns):
            inner, outer = slot.pop()
            connect(outer, inner)
            self.work.pop(tuple(inner), None)
        for slot in (self.teardowns, self.teardowns_of_setups):
            inner, outer = slot.pop()
            connect(inner, outer)
            self.work.pop(tuple(inner), None)


def _roots(tasks: Tasks) -> Tasks:
    return [task for task in tasks if not task.upstream]


def _leaves(tasks: Tasks) -> Tasks:
    return [task for task in tasks if not task.downstream]


def _related(task: TaskNode, *, setups: bool) -> Tasks:
    """The nearest setups before a teardown, or teardowns after a setup."""
    names, seen = task.upstream if setups else task.downstream, {task.task_id}
    while names:
        near = [task.dag.tasks[name] for name in sorted(names) if name in task.dag.tasks]
        found = [other for other in near if (other.is_setup if setups else other.is_teardown)]
        if found:
            return found
        seen |= names
        names = {name for other in near for name in other.upstream | other.downstream} - seen
    return []
