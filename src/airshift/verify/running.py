"""Ask real Airflow installs about the files of an estate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

from airshift.errors import ServiceError
from airshift.verify.launching import Image, Install, Order, launched
from airshift.verify.model import Answer, Side, Spot
from airshift.verify.worker import Worker

Note = Callable[[Answer, Mapping[str, Any]], None]
"""Told every fresh answer, together with what the worker literally said."""


def ask(
    airflow: Install | Image,
    order: Order,
    known: Mapping[str, Mapping[str, Any]],
    jobs: int,
    note: Note,
    left_out: frozenset[str] = frozenset(),
) -> tuple[Side, dict[str, Mapping[str, Any]]]:
    """Have every DAG file parsed that `known` has no answer for; raise ServiceError when Airflow does not start.

    Files that are `left_out` are not asked about, though Airflow reads them.
    """
    said = dict(known)
    with launched(airflow, order) as launch:
        first = Worker(launch)
        hello = first.listen()
        listed = first.ask({"list": True}, order.seconds)
        if "files" not in listed:
            raise ServiceError(
                f"Airflow {hello['airflow']} does not list the DAG folder: {listed.get('error')}"
            )
        files = sorted(set(listed["files"]) - left_out)
        todo: SimpleQueue[str] = SimpleQueue()
        for path in (file for file in files if file not in said):
            todo.put(path)
        others = [Worker(launch) for _ in range(min(jobs, todo.qsize()) - 1)]
        for answer in _together([first, *others], todo, order.seconds):
            said[answer["path"]] = answer
            note(answer_of(answer), answer)
    answers = {path: answer_of(said[path]) for path in files if path in said}
    side = Side(hello["airflow"], hello["python"], tuple(hello["isolated"]), answers)
    return side, {path: said[path] for path in answers}


def run(
    airflow: Install | Image, order: Order, wanted: Iterable[tuple[str, str]]
) -> dict[str, dict[str, Any]]:
    """Run DAGs, given as pairs of file and id, one after the other; their final states by id."""
    found = {}
    with launched(airflow, order) as launch:
        worker = Worker(launch)
        worker.listen()
        for path, dag_id in wanted:
            found[dag_id] = worker.ask({"file": path, "run": dag_id}, order.seconds)
        worker.end()
    return found


def answer_of(said: Mapping[str, Any]) -> Answer:
    """One line of a worker as a value."""
    place = said.get("place")
    return Answer(
        said["path"],
        said.get("error"),
        Spot(place["path"], place["line"]) if place else None,
        {dag["dag_id"]: dag for dag in said["dags"]},
        tuple((one["kind"], one["name"], one["answer"]) for one in said["looked_up"]),
        tuple(said["stubbed"]),
        tuple(
            f"{one['path']}:{one['line']}: {one['category']}: {one['message']}" for one in said["warnings"]
        ),
        said["seconds"],
        said.get("parse_seconds"),
    )


def _together(workers: list[Worker], todo: SimpleQueue[str], seconds: float) -> Iterator[dict[str, Any]]:
    """Let all workers take files until none is left; answers come as they are ready, then every worker ends."""
    done: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def work(number: int, worker: Worker) -> None:
        try:
            if number:
                worker.listen()
            while True:
                done.put(worker.ask({"file": todo.get_nowait()}, seconds))
        except Empty:
            return
        finally:
            worker.end()
            done.put(None)

    with ThreadPoolExecutor(len(workers)) as pool:
        results = [pool.submit(work, number, worker) for number, worker in enumerate(workers)]
        open_ = len(workers)
        while open_:
            answer = done.get()
            if answer is None:
                open_ -= 1
            else:
                yield answer
    for result in results:
        result.result()
