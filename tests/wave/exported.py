"""The exported DAG in the simulated world: its module is loaded without an Airflow, its calls go to the world."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from airshift.clients.api import ApiError
from airshift.schedules import Run
from airshift.wave.exports import Form, export
from airshift_dev.wave_world import CALL, WorldRun

from .setting import Setting

PLACES = ("https://blue.example.org", "https://green.example.org")
Change = tuple[str, str, str, Any]
Hook = Callable[[int, str, Callable[[], None]], None]
"""Called around each change with its number, the side and what brings its effect about."""


def happens(number: int, word: str, effect: Callable[[], None]) -> None:
    effect()


class Rest:
    """Both REST APIs over the world, as far as exports use them; `changes` has every changing call."""

    def __init__(self, setting: Setting, hook: Hook = happens) -> None:
        self.world = setting.world
        self.sides = {one.name: one for one in (self.world.blue, self.world.green)}
        self.changes: list[Change] = []
        self.hook = hook

    def call(self, word: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        self.world.pass_time(CALL.total_seconds())
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if method == "GET" or parts[1] == "~":
            return self._read(word, parts, body)
        self.changes.append((word, method, "/" + "/".join(parts), body))
        self.hook(len(self.changes), word, lambda: self._change(word, method, parts, body))
        return {}

    def _read(self, word: str, parts: list[str], body: Any) -> Any:
        environment = self.sides[word]
        if parts[1] == "~":
            (name,) = body["dag_ids"]
            return {"dag_runs": [_run(one) for one in environment.dags[name].active()]}
        dag = environment.dags[parts[1]]
        if len(parts) == 2:
            state = environment.state(dag)
            interval = state.next_interval
            return {
                "is_paused": dag.paused,
                "next_dagrun_create_after" if word == "blue" else "next_dagrun_run_after": _iso(
                    state.next_run_after
                ),
                "next_dagrun_data_interval_start": _iso(interval.start if interval else None),
                "next_dagrun_data_interval_end": _iso(interval.end if interval else None),
                "last_parsed_time": _iso(dag.parsed),
                "timetable_description": "Triggered by datasets" if dag.queued else "",
            }
        if parts[2:] in (["datasets", "queuedEvent"], ["assets", "queuedEvents"]):
            return {"total_entries": dag.queued}
        newest = sorted(dag.runs.values(), key=lambda one: one.run.run_after, reverse=True)
        return {"dag_runs": [_run(one) for one in newest]}

    def _change(self, word: str, method: str, parts: list[str], body: Any) -> None:
        environment = self.sides[word]
        dag = environment.dags[parts[1]]
        if len(parts) == 2:
            dag.paused = body["is_paused"]
            self.world.check(dag.dag_id)
        elif method == "PATCH":
            dag.runs[parts[3]].state = body["state"]
        else:
            self._create(dag, body)
        environment.record(dag)

    def _create(self, dag: Any, body: Any) -> None:
        start, end = (datetime.fromisoformat(body[f"data_interval_{name}"]) for name in ("start", "end"))
        due = datetime.fromisoformat(body["run_after"]) if "run_after" in body else end
        run = Run(due, start, end)
        if any(one.run.logical_date == run.logical_date for one in dag.runs.values()):
            raise ApiError("there already", status=409)
        run_id = body["dag_run_id"]
        dag.runs[run_id] = WorldRun(run_id, "manual", run, dag.tasks, dag.seconds, "queued", marker=True)


def _run(one: WorldRun) -> dict[str, Any]:
    run = one.run
    return {
        "dag_run_id": one.run_id,
        "logical_date": _iso(run.logical_date),
        "run_type": one.run_type,
        "state": one.state,
        "run_after": _iso(run.run_after),
        "data_interval_start": _iso(run.data_interval_start),
        "data_interval_end": _iso(run.data_interval_end),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


class Exported:
    """The module of an exported DAG with the world behind it."""

    def __init__(self, setting: Setting, rest: Rest, places: tuple[str, str] = PLACES) -> None:
        margin = round(setting.settings.margin.total_seconds())
        self.module = ModuleType("exported_wave")
        with without_airflow():
            exec(export(setting.plan(), Form.DAG, *places, margin=margin), self.module.__dict__)
        world = setting.world

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return world.now

        refused = self.module.__dict__["Refused"]

        def call(*given: Any, **query: Any) -> Any:
            try:
                return rest.call(*given, **query)
            except ApiError as error:
                raise refused(str(error), error.status) from None

        began = world.now
        self.module.__dict__.update(
            call=call,
            datetime=Clock,
            time=SimpleNamespace(monotonic=lambda: (world.now - began) / timedelta(seconds=1)),
        )
        self._sleep = world.pass_time

    def move(self, **asked: bool) -> list[str]:
        """Run all tasks; the reasons of the groups that stayed."""
        names = self.module.__dict__
        stayed = []
        for group in names["GROUPS"]:
            try:
                names["Mover"](**asked, sleep=self._sleep).move(*group)
            except (names["Stays"], names["Refused"]) as error:
                stayed.append(str(error))
        return stayed


class _Anything:
    """What stands for Airflow's DAG and task while the module is loaded."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, *_: Any, **__: Any) -> _Anything:
        return self

    def override(self, **_: Any) -> _Anything:
        return self


@contextmanager
def without_airflow() -> Iterator[None]:
    sdk = ModuleType("airflow.sdk")
    sdk.__dict__.update(DAG=_Anything, Connection=_Anything, task=_Anything())
    with patch.dict(sys.modules, {"airflow": ModuleType("airflow"), "airflow.sdk": sdk}):
        yield
