"""Keep files like the objects of a bucket: what is there already stays, the rest is fetched by several threads.

Every file that is complete is noted in a journal at once, so a run that was killed goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from airshift.atomic import write_text
from airshift.clients.aws import AwsError, translated
from airshift.environments.objects import S3Object, unsafe
from airshift.findings import Problem

THREADS = 8
TRIES = 3
_CHUNK = 1 << 18
Progress = Callable[[int, int], None]


class Journal:
    """Which object a file was made of: one JSON line a file, the last one counts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self.entries = {one.path: one for one in _read(file)}

    def add(self, one: S3Object) -> None:
        """Note a complete file."""
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")
            self.entries[one.path] = one

    def forget(self, paths: Iterable[str]) -> None:
        """Drop entries, and write the rest in order."""
        gone = set(paths)
        self.entries = {path: one for path, one in sorted(self.entries.items()) if path not in gone}
        write_text(self._file, "".join(json.dumps(asdict(one)) + "\n" for one in self.entries.values()))


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a run did."""

    fetched: int
    present: int
    removed: int
    problems: tuple[Problem, ...]


def listed(client: Any, bucket: str, prefix: str) -> Iterator[S3Object]:
    """Every object below a prefix; raises AwsError."""
    with translated(f"s3://{bucket}/{prefix}"):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                yield S3Object(one["Key"], "", int(one["Size"]), one["ETag"])


def head(client: Any, bucket: str, key: str, version: str, path: str) -> S3Object:
    """One object, or the given version of it; raises AwsError."""
    which = {"VersionId": version} if version else {}
    with translated(f"s3://{bucket}/{key}"):
        said = client.head_object(Bucket=bucket, Key=key, **which)
    return S3Object(key, path, int(said["ContentLength"]), said["ETag"], version)


def mirror(
    client: Any,
    bucket: str,
    wanted: list[S3Object],
    folder: Path,
    progress: Progress = lambda done, total: None,
) -> Mirrored:
    """Make the files below `folder` like the wanted objects; files of objects that are gone are removed."""
    journal = Journal(folder / "objects.jsonl")
    paths = {one.path for one in wanted}
    gone = [path for path in journal.entries if path not in paths]
    for path in gone:
        _remove(folder, path)
    journal.forget(gone)
    missing = [one for one in wanted if not _is_present(one, journal, folder)]
    problems = []
    pool = ThreadPoolExecutor(THREADS)
    try:
        tasks = {pool.submit(_fetch, client, bucket, one, folder, journal): one for one in missing}
        for done, task in enumerate(as_completed(tasks), 1):
            reason = task.result()
            if reason:
                problems.append(Problem(tasks[task].path, f"not fetched: {reason}"))
            progress(done, len(missing))
    finally:
        pool.shutdown(cancel_futures=True)
    journal.forget(())
    fetched = len(missing) - len(problems)
    problems.sort(key=lambda problem: problem.path)
    return Mirrored(fetched, len(wanted) - len(missing), len(gone), tuple(problems))


def _remove(folder: Path, path: str) -> None:
    (folder / path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        for parent in PurePosixPath(path).parents:
            if parent.parts:
                (folder / parent).rmdir()


def _is_present(one: S3Object, journal: Journal, folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return journal.entries.get(one.path) == one and (folder / one.path).stat().st_size == one.size
    return False


def _fetch(client: Any, bucket: str, one: S3Object, folder: Path, journal: Journal) -> str:
    """Fetch one object; the reason when that fails."""
    reason = ""
    for _ in range(TRIES):
        try:
            _download(client, bucket, one, folder / one.path)
        except AwsError as error:
            reason = _reason(error)
            if error.code:
                return reason
        except OSError as error:
            return f"cannot be written: {error.strerror or error}"
        else:
            journal.add(one)
            return ""
    return reason


def _download(client: Any, bucket: str, one: S3Object, target: Path) -> None:
    which = {"VersionId": one.version} if one.version else {}
    target.parent.mkdir(parents=True, exist_ok=True)
    handle = tempfile.NamedTemporaryFile(  # noqa: SIM115
        prefix=f".{target.name[:40]}.", suffix=".airshift", dir=target.parent, delete=False
    )
    partial = Path(handle.name)
    try:
        with handle as file, translated(f"s3://{bucket}/{one.key}"):
            said = client.get_object(Bucket=bucket, Key=one.key, IfMatch=one.etag, **which)
            for chunk in said["Body"].iter_chunks(_CHUNK):
                file.write(chunk)
        partial.chmod(0o644)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _reason(error: AwsError) -> str:
    if error.code in {"PreconditionFailed", "412", "NoSuchKey", "404"}:
        return "it changed during the download; run again"
    return str(error)


def _read(file: Path) -> Iterator[S3Object]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):
            one = S3Object(**json.loads(line))
            if not unsafe(one.path):
                yield one
