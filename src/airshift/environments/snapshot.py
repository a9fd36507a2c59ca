"""Take a snapshot of an environment: a folder that assess, plan and env green read from then on without a network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airshift import __version__
from airshift.atomic import write_text
from airshift.clients.api import AirflowApi
from airshift.clients.aws import client
from airshift.environments import airflow_facts
from airshift.environments.description import without_secrets
from airshift.environments.figures import figures
from airshift.environments.mirror import Progress, head, listed, mirror
from airshift.environments.model import Blue
from airshift.environments.objects import S3Object, below, key_of
from airshift.environments.parts import Unknown, asked
from airshift.environments.reading import FILE as ENVIRONMENT
from airshift.environments.snapshot_reading import FILE, LIVE, SCHEMA, read_snapshot
from airshift.environments.unzip import unpack
from airshift.errors import UsageError
from airshift.findings import Problem

_LOCAL = {"Plugins": "plugins.zip", "Requirements": "requirements.txt", "StartupScript": "startup.sh"}
CLOUDWATCH = "cloudwatch"
_NOT_NEEDED = frozenset({CLOUDWATCH})
"""Parts whose absence does not make a snapshot incomplete."""


@dataclass(slots=True)
class Taken:
    """What a snapshot holds: a count for every part or why there is none, and files that could not be had."""

    folder: Path
    parts: dict[str, int | Unknown] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def unknown(self) -> dict[str, str]:
        """The parts that are not there, with the reasons."""
        return {name: part.reason for name, part in self.parts.items() if isinstance(part, Unknown)}

    @property
    def is_complete(self) -> bool:
        """Whether nothing that was asked for is missing."""
        return not self.problems and not self.unknown.keys() - _NOT_NEEDED


def take(
    where: str,
    blue: Blue | Unknown | None,
    api: AirflowApi,
    folder: Path,
    progress: Progress = lambda done, total: None,
    aws: Callable[[str, str], Any] = client,
) -> Taken:
    """Read everything into the folder; a snapshot of the same environment there is brought up to date.

    `blue` is the description by AWS, why there is none, or None for an Airflow at an address.
    """
    taken = Taken(folder)
    _prepare(taken, where)
    if isinstance(blue, Unknown):
        taken.parts["environment"] = blue
    elif blue is not None:
        _write(folder / ENVIRONMENT, {"Environment": without_secrets(blue.description)})
        taken.parts["environment"] = 1
        taken.parts["files"] = asked(lambda: _files(blue, taken, progress, aws("s3", blue.region)))
        _part(
            taken,
            CLOUDWATCH,
            lambda: [one.record() for one in figures(aws("cloudwatch", blue.region), blue.name)],
        )
    _airflow(api, taken)
    _write(folder / FILE, _document(where, taken, finished=True))
    return taken


def _prepare(taken: Taken, where: str) -> None:
    folder = taken.folder
    known = read_snapshot(folder)
    if known is not None and known.where.partition("@")[0] != where.partition("@")[0]:
        raise UsageError(f"{folder}: holds a snapshot of {known.where}")
    try:
        if known is None and folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder}: not empty, and no snapshot; name a new folder")
        _write(folder / FILE, _document(where, taken, finished=False))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be used: {error.strerror or error}") from error


def _files(blue: Blue, taken: Taken, progress: Progress, s3: Any) -> int:
    """Fetch the DAG folder and the files beside it; the number of files."""
    wanted = []
    for kind, path in _LOCAL.items():
        one = asked(lambda kind=kind, path=path: _single(blue, kind, path, s3))  # type: ignore[misc]
        if isinstance(one, Unknown):
            taken.problems.append(Problem(path, f"not fetched: {one.reason}"))
        elif one is not None:
            wanted.append(one)
    prefix = key_of(blue.description.get("DagS3Path"), blue.bucket)
    dags, problems = below(f"{prefix}/", "dags", listed(s3, blue.bucket, f"{prefix}/"))
    done = mirror(s3, blue.bucket, wanted + dags, taken.folder, progress)
    taken.problems += [*problems, *done.problems]
    archive, plugins = taken.folder / _LOCAL["Plugins"], taken.folder / "plugins"
    if archive.exists():
        taken.problems += unpack(archive, plugins)
    elif plugins.exists():
        shutil.rmtree(plugins)
    return done.fetched + done.present


def _single(blue: Blue, kind: str, path: str, s3: Any) -> S3Object | None:
    """The version of a file that the environment uses."""
    key = key_of(blue.description.get(f"{kind}S3Path"), blue.bucket)
    if not key:
        return None
    return head(s3, blue.bucket, key, str(blue.description.get(f"{kind}S3ObjectVersion") or ""), path)


def _airflow(api: AirflowApi, taken: Taken) -> None:
    """Write what the running Airflow says, a file a part."""
    reached = asked(lambda: api.major)
    parts: dict[str, Callable[[], list[Any]]] = {
        "dags": lambda: airflow_facts.dags(api),
        "runs": lambda: airflow_facts.runs(api),
        "pools": lambda: airflow_facts.pools(api),
        "variables": lambda: airflow_facts.variable_names(api),
        "connections": lambda: airflow_facts.connections(api),
        "import_errors": lambda: airflow_facts.import_errors(api),
        "health": lambda: [airflow_facts.health(api)],
    }
    for name, read in parts.items():
        if isinstance(reached, Unknown):
            taken.parts[name] = reached
        else:
            _part(taken, name, read)
    if not isinstance(taken.parts["runs"], Unknown):
        runs = json.loads((taken.folder / LIVE / "runs.json").read_bytes())
        _write(taken.folder / LIVE / "run_statistics.json", airflow_facts.run_statistics(runs))


def _part(taken: Taken, name: str, read: Callable[[], list[Any]]) -> None:
    records = asked(read)
    if isinstance(records, Unknown):
        taken.parts[name] = records
        return
    _write(taken.folder / LIVE / f"{name}.json", records)
    taken.parts[name] = len(records)


def _document(where: str, taken: Taken, *, finished: bool) -> dict[str, Any]:
    """snapshot.json: what is here, and what is not."""
    return {
        "schema_version": SCHEMA,
        "tool": {"name": "airshift", "version": __version__},
        "where": where,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "finished": finished,
        "parts": {name: count for name, count in taken.parts.items() if not isinstance(count, Unknown)},
        "unknown": [{"part": part, "reason": reason} for part, reason in taken.unknown.items()],
        "problems": [asdict(problem) for problem in taken.problems],
    }


def _write(file: Path, content: Any) -> None:
    write_text(file, json.dumps(content, indent=1) + "\n")
