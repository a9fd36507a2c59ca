"""The estate model: DAGs with tasks and edges, and what the estate refers to.

A value that cannot be known without running the code is `Unknown` with the source expression;
it is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only running the code would tell; `expression` is its source text."""

    expression: str


Setting = str | int | float | Unknown
Settings = tuple[tuple[str, Setting], ...]
"""Arguments that are given, by name."""


def key_of(environment: str, dag_id: str) -> str:
    """How edges and nodes call a DAG: its id, with the environment's name in front where there are several."""
    return f"{environment}:{dag_id}" if environment else dag_id


class EdgeKind(StrEnum):
    """Why one DAG follows another."""

    TRIGGER = "trigger"
    SENSOR = "sensor"
    MARKER = "marker"
    ASSET = "asset"
    SUBDAG = "subdag"
    API = "api"
    MODULE = "module"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a DAG; `operator` is the qualified class name, or the decorator for TaskFlow tasks."""

    task_id: str
    operator: str
    line: int
    settings: Settings = ()
    """What decides how it holds a worker: pool, mode, limits (`airshift.estate.settings`)."""


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What a running Airflow says about a DAG; times are ISO 8601 with offset."""

    dag_id: str
    environment: str = ""
    path: str = ""
    """The DAG file as Airflow knows it."""
    is_paused: bool | None = None
    is_active: bool = True
    has_import_errors: bool = False
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    next_run: str | None = None
    """When the next run starts."""
    last_run: str | None = None
    last_state: str | None = None
    durations: tuple[float, ...] = ()
    """Seconds that its ended runs took, newest first."""


@dataclass(frozen=True, slots=True)
class Dag:
    """One DAG as the source shows it; `exact` says that no part of it had to be left unknown."""

    dag_id: str
    path: str
    line: int
    schedule: str | Unknown | None = None
    """Cron, preset, `timedelta(...)`, a timetable or asset expression as text; None = no schedule."""
    schedule_given: bool = False
    """False when the DAG relies on the default schedule, which differs between 2.x and 3.x."""
    start_date: str | Unknown | None = None
    end_date: str | Unknown | None = None
    catchup: bool | Unknown | None = None
    """None when the DAG relies on the default, which differs between 2.x and 3.x."""
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    task_edges: tuple[tuple[str, str], ...] = ()
    operators: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    """Keys and ids that its tasks name; those that its file names outside of tasks count for all its DAGs."""
    params: tuple[str, ...] = ()
    default_args: tuple[str, ...] = ()
    """Names of the arguments it gives to all its tasks."""
    callbacks: tuple[str, ...] = ()
    """Kinds of callbacks in use, e.g. `on_failure_callback`."""
    uses_sensors: bool = False
    is_deferrable: bool = False
    """Whether a task waits on a trigger instead of a worker."""
    uses_date_keys: bool = False
    reads_time: bool = False
    """Whether a task depends on the time of day of its run, not only on the day."""
    settings: Settings = ()
    """Its limits of runs and tasks."""
    depends_on_history: bool = False
    unknown: tuple[str, ...] = ()
    """What could not be determined, e.g. `task_id at line 12: f"t_{i}"`."""
    environment: str = ""
    """The environment of `airshift.toml` it is deployed to; empty in an estate of one."""
    live: LiveFacts | None = None
    """What a running Airflow says, once it has been asked."""

    @property
    def key(self) -> str:
        """What edges call it."""
        return key_of(self.environment, self.dag_id)

    @property
    def exact(self) -> bool:
        """Whether everything about this DAG was read off the source."""
        return not self.unknown


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` follows `source`: it is triggered by it, waits for it or consumes what it produces.

    Both are keys of DAGs (`Dag.key`).
    """

    source: str
    target: str
    kind: EdgeKind
    certain: bool
    path: str
    line: int
    via: str = ""
    """The task, asset, module, pool, variable or connection that makes the edge."""


def edge_order(edge: Edge) -> tuple[str, str, str, str, int, str]:
    """The order of edges everywhere."""
    return edge.source, edge.target, edge.kind.value, edge.path, edge.line, edge.via


@dataclass(frozen=True, slots=True)
class Reference:
    """A name the estate refers to (a connection, variable, custom operator ...) and where."""

    name: str
    path: str
    line: int


class SharedKind(StrEnum):
    """What several DAGs can have in common without following each other."""

    MODULE = "module"
    POOL = "pool"
    VARIABLE = "variable"
    CONNECTION = "connection"


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that at least two DAGs of an environment use; for a module the name is its path."""

    kind: SharedKind
    name: str
    users: tuple[str, ...]
    """Keys of DAGs, sorted."""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything the estate holds; all sequences are sorted and without duplicates."""

    dags: tuple[Dag, ...] = ()
    edges: tuple[Edge, ...] = ()
    connections: tuple[Reference, ...] = ()
    variables: tuple[Reference, ...] = ()
    custom_operators: tuple[Reference, ...] = ()
    plugins: tuple[Reference, ...] = ()
    requirements: tuple[Reference, ...] = ()
    unlocated: tuple[Reference, ...] = ()
    """DAG definitions whose id is not known statically: the expression, and where it stands."""
    shared: tuple[Shared, ...] = ()
    """What DAGs have in common; `airshift.estate.soft_edges` makes edges of it."""
    environments: tuple[str, ...] = ()
    """Names of the environments of `airshift.toml`; empty in an estate of one."""
