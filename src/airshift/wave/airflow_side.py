"""A running Airflow as a side of a wave: `/api/v1` of Airflow 2.10 and 2.11, `/api/v2` of Airflow 3.

Notes are kept as pools without slots, the text as their description: creating a pool is the one call that both
APIs answer with 409 when there is one already, by a constraint of the database. Creating a Variable replaces it on
Airflow 2, and on Airflow 3 when two do so at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airshift.clients.api import PAGE, AirflowApi, ApiError, Method, pages
from airshift.clients.paths import fits, joined, objection
from airshift.wave.airflow_records import (
    MASKED,
    dag_state,
    health_state,
    import_problem,
    is_event_driven,
    is_hidden,
    moment,
    run_state,
)
from airshift.wave.markers import is_marker, short_id
from airshift.wave.side import DagState, Health, Identity, ImportProblem, Marker, RunState

NOTE = "airshift"
"""What the names of notes begin with; other pools are the estate's own."""
_FEW = 5
"""DAGs that are cheaper to ask for one by one."""
_SKEW = timedelta(minutes=15)
_ACTIVE = ["queued", "running"]
_NOT_FOUND, _CONFLICT = 404, 409
_ANY = datetime(2026, 1, 1, tzinfo=UTC)
_IN_LISTS = {"state": "states"}
"""What parts of a query are called in the body of a list of runs."""


class AirflowSide:
    """One environment behind its REST API; see `airshift.wave.side.Side` for what each call promises."""

    def __init__(self, api: AirflowApi) -> None:
        self._api = api
        self._unasked: dict[str, str] = {}
        """DAGs whose asset events cannot be asked for, with the reason."""

    @property
    def label(self) -> str:
        """`mwaa:NAME` or the address; safe to print."""
        return self._api.label

    @property
    def major(self) -> int:
        """2 or 3."""
        return self._api.major

    def identity(self) -> Identity:
        """Label and version."""
        return Identity(self.label, str(self._get("/version").get("version") or ""))

    def now(self) -> datetime | None:
        """The newest heartbeat of a healthy scheduler, which is at most some seconds behind the server's clock."""
        health = self.health()
        return health.scheduler_heartbeat if health.scheduler else None

    def dag(self, dag_id: str) -> DagState | None:
        """One DAG with its active runs; None when the side does not know it."""
        record = self._record(dag_id)
        if record is None:
            return None
        return dag_state(record, self.active_runs(dag_id), self._queued_events(record))

    def _record(self, dag_id: str) -> dict[str, Any] | None:
        path = joined("dags", dag_id)
        if fits(self._api, path):
            return self._find(path)
        # The pattern finds at least this DAG, and all whose ids it is a part of.
        found = pages(self._api, "/dags", "dags", {**self._everything(), "dag_id_pattern": dag_id})
        return next((record for record in found if record["dag_id"] == dag_id), None)

    def _everything(self) -> dict[str, bool]:
        return {"only_active": False} if self.major == 2 else {"exclude_stale": False}

    def dags(self, dag_ids: Collection[str]) -> Mapping[str, DagState]:
        """Many DAGs: a few one by one, more by paging through all of the side's."""
        if len(dag_ids) <= _FEW:
            return {one: state for one in sorted(dag_ids) if (state := self.dag(one)) is not None}
        wanted = frozenset(dag_ids)
        found = [
            record
            for record in pages(self._api, "/dags", "dags", {**self._everything(), "order_by": "dag_id"})
            if record["dag_id"] in wanted
        ]
        active: dict[str, list[RunState]] = {}
        for run in self._active_of([record["dag_id"] for record in found]):
            active.setdefault(run.dag_id, []).append(run)
        return {
            one["dag_id"]: dag_state(one, active.get(one["dag_id"], ()), self._queued_events(one))
            for one in found
        }

    def active_runs(self, dag_id: str) -> tuple[RunState, ...]:
        """Queued and running runs of every type."""
        return tuple(self._runs(dag_id, {"state": _ACTIVE}))

    def latest_automated_run(self, dag_id: str) -> RunState | None:
        """The newest scheduled run; Airflow 2 cannot be asked for a type of runs."""
        if self.major == 2:
            newest = self._runs(dag_id, {"order_by": "-execution_date"})
            return next((run for run in newest if run.run_type == "scheduled"), None)
        if not fits(self._api, joined("dags", dag_id, "dagRuns")):
            newest = self._runs(dag_id, {"order_by": "-run_after"})
            return next((run for run in newest if run.run_type == "scheduled"), None)
        query = {"run_type": "scheduled", "order_by": "-run_after", "limit": 1}
        return next(self._runs(dag_id, query, most=1), None)

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        """One run, or None."""
        path = _run_path(dag_id, run_id)
        if not fits(self._api, path):
            return next((run for run in self._runs(dag_id, {}) if run.run_id == run_id), None)
        record = self._find(path)
        return None if record is None else run_state(record)

    def runs(self, dag_id: str, since: datetime) -> tuple[RunState, ...]:
        """All runs due at or after a time, oldest first.

        Airflow 2 does not filter by that; but no run is made before it is due, so none of these was last changed
        before, save for clocks that differ.
        """
        if self.major == 2:
            query = {"updated_at_gte": (since - _SKEW).isoformat(), "order_by": "execution_date"}
        else:
            query = {"run_after_gte": since.isoformat(), "order_by": "run_after"}
        due = [
            (run.run_after, run)
            for run in self._runs(dag_id, query)
            if run.run_after is not None and run.run_after >= since
        ]
        return tuple(run for _, run in sorted(due, key=lambda pair: pair[0]))

    def objection(self, dag_id: str, *, seeded: bool) -> str:
        """MWAA takes no long paths; no list can be changed safely, because it is chosen by a pattern."""
        paths = [joined("dags", dag_id)]
        if seeded:
            paths.append(_run_path(dag_id, short_id(_ANY)))
        said = [objection(self._api, path) for path in paths]
        reason = next((text for text in said if text), self._unasked.get(dag_id, ""))
        return f"its id is too long to be moved by calls to {self.label}: {reason}" if reason else ""

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Pause or unpause exactly this DAG."""
        self._api.call(
            Method.PATCH,
            joined("dags", dag_id),
            query={"update_mask": ["is_paused"]},
            body={"is_paused": paused},
        )

    def seed_run(self, dag_id: str, marker: Marker) -> None:
        """Create a run with the marker's dates, and make it a success; harmless when repeated."""
        run_id = marker.run_id
        if not fits(self._api, _run_path(dag_id, run_id)):
            run_id = short_id(marker.logical_date)
        body = {
            "dag_run_id": run_id,
            "logical_date": marker.logical_date.isoformat(),
            "data_interval_start": marker.interval.start.isoformat(),
            "data_interval_end": marker.interval.end.isoformat(),
        }
        if self.major == 3:
            body["run_after"] = marker.run_after.isoformat()
        try:
            self._api.call(Method.POST, joined("dags", dag_id, "dagRuns"), body=body)
        except ApiError as error:
            if error.status != _CONFLICT:
                raise
            there = self._in_the_way(dag_id, run_id, marker)
            if there.state == "success":
                return
            if not (is_marker(there.run_id, there.logical_date) and there.is_active):
                message = f"{self.label}: {dag_id} has the run {there.run_id} already, which is {there.state}"
                raise ApiError(message, status=_CONFLICT) from error
            run_id = there.run_id
        self._api.call(Method.PATCH, _run_path(dag_id, run_id), body={"state": "success"})

    def _in_the_way(self, dag_id: str, run_id: str, marker: Marker) -> RunState:
        """The run that a marker runs into: the one with its id, or the one with its logical date."""
        there = self.run(dag_id, run_id)
        if there is not None:
            return there
        name, date = (
            ("execution_date" if self.major == 2 else "logical_date"),
            marker.logical_date.isoformat(),
        )
        found = next(self._runs(dag_id, {f"{name}_gte": date, f"{name}_lte": date}), None)
        if found is None:
            raise ApiError(f"{self.label}: {dag_id} refuses the run {run_id}", status=_CONFLICT)
        return found

    def pools(self) -> frozenset[str]:
        """Names of the estate's own pools."""
        return frozenset(
            record["name"] for record in pages(self._api, "/pools", "pools") if not _is_note(record)
        )

    def variables(self) -> frozenset[str]:
        """Names."""
        return frozenset(record["key"] for record in pages(self._api, "/variables", "variables"))

    def connections(self) -> frozenset[str]:
        """Names."""
        return frozenset(
            record["connection_id"] for record in pages(self._api, "/connections", "connections")
        )

    def masked(self) -> frozenset[str]:
        """What is a mask by its text; Airflow 3 shows secrets that way, so there only what is never one counts."""
        return frozenset(self._masked())

    def _masked(self) -> Iterator[str]:
        for record in pages(self._api, "/variables", "variables"):
            if record.get("value") == MASKED and (self.major == 2 or not is_hidden(record["key"])):
                yield f"variable {record['key']}"
        for record in pages(self._api, "/connections", "connections"):
            if MASKED in (record.get("host"), record.get("login"), record.get("schema")):
                yield f"connection {record['connection_id']}"

    def import_errors(self) -> tuple[ImportProblem, ...]:
        """Files that do not parse."""
        return tuple(import_problem(record) for record in pages(self._api, "/importErrors", "import_errors"))

    def health(self) -> Health:
        """What the side says about scheduler and DAG processor."""
        return health_state(self._get("/health" if self.major == 2 else "/monitor/health"))

    def backfill_dry_run(self, dag_id: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """The logical dates that a backfill would run; Airflow 3 only."""
        answer = self._api.call(Method.POST, "/backfills/dry_run", body=_backfill(dag_id, start, end))
        dates = (moment(record.get("logical_date")) for record in answer["backfills"])
        return tuple(sorted(date for date in dates if date is not None))

    def backfill(self, dag_id: str, start: datetime, end: datetime) -> str:
        """Run what is missing between two logical dates, both included; its id."""
        answer = self._api.call(Method.POST, "/backfills", body=_backfill(dag_id, start, end))
        return str(answer["id"])

    def note(self, name: str) -> str | None:
        """The text of a note, or None."""
        record = self._find(joined("pools", name))
        return None if record is None else str(record.get("description") or "")

    def notes(self, prefix: str) -> Mapping[str, str]:
        """The notes whose names begin so."""
        return {
            record["name"]: str(record.get("description") or "")
            for record in pages(self._api, "/pools", "pools")
            if record["name"].startswith(prefix) and _is_note(record)
        }

    def create_note(self, name: str, text: str) -> bool:
        """Create a note; False when it is there already. The database decides between two."""
        assert name.startswith(NOTE)
        try:
            self._api.call(Method.POST, "/pools", body=self._pool(name, text))
        except ApiError as error:
            if error.status == _CONFLICT:
                return False
            raise
        return True

    def write_note(self, name: str, text: str) -> None:
        """Replace the text of a note that is there."""
        self._api.call(Method.PATCH, joined("pools", name), body=self._pool(name, text))

    def delete_note(self, name: str) -> None:
        """Delete a note; none is no error."""
        try:
            self._api.call(Method.DELETE, joined("pools", name))
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise

    def _pool(self, name: str, text: str) -> dict[str, Any]:
        return {"name": name, "slots": 0, "description": text, "include_deferred": False}

    def _runs(self, dag_id: str, query: Mapping[str, Any], most: int | None = None) -> Iterator[RunState]:
        """Runs of one DAG; none where Airflow 3 does not know it."""
        path = joined("dags", dag_id, "dagRuns")
        if not fits(self._api, path):
            yield from self._listed([dag_id], {_IN_LISTS.get(name, name): query[name] for name in query})
            return
        try:
            for record in pages(self._api, path, "dag_runs", query, most):
                yield run_state(record)
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise

    def _queued_events(self, record: Mapping[str, Any]) -> int:
        """How many asset events wait for others; that has to be asked for each DAG."""
        if not is_event_driven(record):
            return 0
        name = "datasets/queuedEvent" if self.major == 2 else "assets/queuedEvents"
        path = joined("dags", record["dag_id"], *name.split("/"))
        if not fits(self._api, path):
            self._unasked[record["dag_id"]] = objection(self._api, path)
            return 0
        answer = self._find(path)
        return 0 if answer is None else int(answer["total_entries"])

    def _active_of(self, dag_ids: Sequence[str]) -> Iterator[RunState]:
        """The active runs of many DAGs."""
        for first in range(0, len(dag_ids), PAGE):
            yield from self._listed(dag_ids[first : first + PAGE], {"states": _ACTIVE})

    def _listed(self, dag_ids: Sequence[str], body: Mapping[str, Any]) -> Iterator[RunState]:
        """Runs of exactly these DAGs; their ids are no part of the path."""
        asked = {"dag_ids": dag_ids, "page_limit": PAGE, **body}
        offset = 0
        while True:
            answer = self._api.call(
                Method.POST, "/dags/~/dagRuns/list", body={**asked, "page_offset": offset}
            )
            records = answer["dag_runs"]
            yield from map(run_state, records)
            offset += len(records)
            if not records or offset >= int(answer["total_entries"]):
                return

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._api.call(Method.GET, path)
        if not isinstance(answer, dict):
            raise ApiError(f"{self.label}: the answer to {path} is no record")
        return answer

    def _find(self, path: str) -> dict[str, Any] | None:
        try:
            return self._get(path)
        except ApiError as error:
            if error.status == _NOT_FOUND:
                return None
            raise


def _run_path(dag_id: str, run_id: str) -> str:
    return joined("dags", dag_id, "dagRuns", run_id)


def _is_note(record: Mapping[str, Any]) -> bool:
    return str(record["name"]).startswith(NOTE) and record.get("slots") == 0


def _backfill(dag_id: str, start: datetime, end: datetime) -> dict[str, Any]:
    return {
        "dag_id": dag_id,
        "from_date": start.astimezone(UTC).isoformat(),
        "to_date": end.astimezone(UTC).isoformat(),
        "reprocess_behavior": "none",
        "max_active_runs": 1,
    }
