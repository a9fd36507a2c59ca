"""DAGs under construction: tasks, groups and edges with the semantics of Airflow 2.

The interpreter calls these objects the way the DAG file calls Airflow's; nothing here runs user code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from airshift.estate.model import Unknown


@dataclass(eq=False, repr=False)
class DagBuilder:
    """A DAG whose definition is being read."""

    dag_id: str | Unknown
    arguments: dict[str, Any]
    line: int
    path: str
    tasks: dict[str, TaskNode] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    edges_unknown: bool = False
    certainty: int = 0
    """How many conditions the DAG itself stands under; its tasks are doubted only under more of them."""
    is_nowhere: bool = False

    @classmethod
    def nowhere(cls, path: str) -> DagBuilder:
        """Stands for the DAG of a task that has none yet."""
        return cls(Unknown(""), {}, 0, path, is_nowhere=True)

    def doubt(self, what: str) -> None:
        """Note that something about the DAG is not known statically."""
        if what not in self.unknown:
            self.unknown.append(what)

    @property
    def default_args(self) -> dict[str, Any]:
        """The `default_args` mapping as far as it is known."""
        value = self.arguments.get("default_args")
        if not isinstance(value, dict):
            return {}
        return {key: item for key, item in value.items() if isinstance(key, str)}


@dataclass(eq=False, repr=False)
class TaskNode:
    """A task of a DAG under construction."""

    task_id: str
    operator: str
    dag: DagBuilder
    line: int
    arguments: dict[str, Any]
    downstream: set[str] = field(default_factory=set)
    upstream: set[str] = field(default_factory=set)
    is_setup: bool = False
    is_teardown: bool = False
    mapped: bool = False
    is_late: bool = False
    """It got its DAG after it was made: the DAG's default arguments do not reach it."""

    def join(self, dag: DagBuilder) -> None:
        """Become a task of a DAG when it has none yet."""
        if self.dag.is_nowhere and not dag.is_nowhere:
            self.dag, self.is_late = dag, True
            dag.tasks.setdefault(self.task_id, self)

    @property
    def roots(self) -> list[TaskNode]:
        """Where an edge to this node arrives."""
        return [self]

    @property
    def leaves(self) -> list[TaskNode]:
        """Where an edge from this node starts."""
        return [self]

    def argument(self, name: str) -> Any:
        """A constructor argument, else the DAG's default for it; None when neither is given."""
        if name in self.arguments or self.is_late:
            return self.arguments.get(name)
        return self.dag.default_args.get(name)


@dataclass(eq=False, repr=False)
class GroupNode:
    """A TaskGroup: its members in order, and the prefix its tasks carry."""

    group_id: str
    dag: DagBuilder
    prefix: bool = True
    parent: GroupNode | None = None
    members: list[TaskNode | GroupNode] = field(default_factory=list)
    default_args: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """The full id of a task or group called `name` inside this group."""
        return f"{self.path}.{name}" if self.prefix and self.path else self.outer_label(name)

    def outer_label(self, name: str) -> str:
        """The id without this group's own prefix."""
        return self.parent.label(name) if self.parent is not None else name

    @property
    def path(self) -> str:
        """The full group id."""
        return self.outer_label(self.group_id)

    def tasks(self) -> Iterator[TaskNode]:
        """All tasks inside, in order."""
        for member in self.members:
            if isinstance(member, GroupNode):
                yield from member.tasks()
            else:
                yield member

    @property
    def roots(self) -> list[TaskNode]:
        """Tasks inside without an upstream inside."""
        inside = list(self.tasks())
        ids = {task.task_id for task in inside}
        return [task for task in inside if not task.upstream & ids]

    @property
    def leaves(self) -> list[TaskNode]:
        """Tasks inside without a downstream inside; a teardown hands over to what runs before it."""
        inside = list(self.tasks())
        by_id = {task.task_id: task for task in inside}
        found: list[TaskNode] = []
        for task in inside:
            if task.downstream & by_id.keys():
                continue
            found += _before_teardown(task, by_id) if task.is_teardown else [task]
        return list(dict.fromkeys(found))


def _before_teardown(task: TaskNode, inside: dict[str, TaskNode]) -> list[TaskNode]:
    found: list[TaskNode] = []
    for name in sorted(task.upstream & inside.keys()):
        upstream = inside[name]
        if upstream.is_teardown:
            found += _before_teardown(upstream, inside)
        elif not (task.is_teardown and upstream.is_setup):
            found.append(upstream)
    return found


@dataclass(eq=False, repr=False)
class LabelNode:
    """`Label("...")` between two tasks: passes edges through."""

    upstream: list[Any] = field(default_factory=list)
    downstream: list[Any] = field(default_factory=list)


Node = TaskNode | GroupNode | LabelNode


def connect(upstream: Any, downstream: Any) -> bool:
    """Set edges from everything in `upstream` to everything in `downstream`; False if unclear."""
    known = True
    for source in _flat(upstream):
        for target in _flat(downstream):
            known = _connect_one(source, target) and known
    return known


def _connect_one(source: Any, target: Any) -> bool:
    if isinstance(source, LabelNode):
        source.downstream.append(target)
        known = [connect(before, target) for before in source.upstream]
        return all(known)
    if isinstance(target, LabelNode):
        target.upstream.append(source)
        known = [connect(source, after) for after in target.downstream]
        return all(known)
    if not isinstance(source, TaskNode | GroupNode) or not isinstance(target, TaskNode | GroupNode):
        return False
    for before in source.leaves:
        for after in target.roots:
            before.join(after.dag)
            after.join(before.dag)
            before.downstream.add(after.task_id)
            after.upstream.add(before.task_id)
    return True


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | set):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def nodes_in(value: Any) -> Iterator[TaskNode]:
    """Tasks whose result a value refers to, however nested."""
    if isinstance(value, TaskNode):
        yield value
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from nodes_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from nodes_in(item)
    elif hasattr(value, "nodes"):
        yield from nodes_in(value.nodes)


def edges(dag: DagBuilder) -> Iterable[tuple[str, str]]:
    """Every edge of a DAG, sorted."""
    return sorted((task.task_id, after) for task in dag.tasks.values() for after in task.downstream)
