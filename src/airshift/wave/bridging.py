"""Bridges as steps of a wave: deployed before anything is paused, taken down once everything has moved.

A bridge for an asset is a DAG of its own: it is copied where the DAGs of its side lie, or the person who does that is
told, and it counts as deployed when its side has parsed it. Bridges for triggers and sensors are code for the tasks of
existing DAGs, which no look at an environment shows; for these somebody has to say that they are in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from airshift.atomic import write_bytes
from airshift.errors import UsageError
from airshift.wave.events import Emit, Event
from airshift.wave.journal import Call, Journal, Outcome
from airshift.wave.plan_file import BridgeFile
from airshift.wave.settings import Clock
from airshift.wave.side import Side
from airshift.wave.states import Where

PARSED_WITHIN = timedelta(minutes=10)
LOOK_EVERY = 10.0
_S3 = "s3://"


@dataclass(slots=True)
class Bridging:
    """Deploys and removes the bridges of one wave."""

    plan_folder: Path
    """Where `plan.json` lies, with the folder `bridges`."""
    sides: Mapping[Where, Side]
    journal: Journal
    wave: int
    clock: Clock
    emit: Emit
    who: str
    folders: Mapping[Where, str] = field(default_factory=dict)
    """Where DAG files of a side go: a folder, or `s3://bucket/prefix`."""
    confirmed: Callable[[BridgeFile], bool] = lambda bridge: False
    """Whether somebody has said that the code of a trigger or a sensor is in place."""

    def deploy(self, bridges: tuple[BridgeFile, ...]) -> list[str]:
        """Have every bridge work; what is left for people to do, as sentences."""
        return [text for bridge in bridges if (text := self._deploy(bridge))]

    def remove(self, bridges: tuple[BridgeFile, ...]) -> list[str]:
        """Take down what is needed no more; what is left for people to do, as sentences."""
        return [text for bridge in bridges if (text := self._remove(bridge))]

    def _deploy(self, bridge: BridgeFile) -> str:
        if not bridge.dag_id:
            return "" if self.confirmed(bridge) else f"{bridge.name}: put the code of {bridge.file} in place"
        side = self.sides[bridge.where]
        if side.dag(bridge.dag_id) is None:
            if bridge.where not in self.folders:
                return f"{bridge.name}: upload {bridge.file} to the DAGs of {bridge.where.value}"
            self._change(bridge, "upload", "", bridge.file, lambda: self._put(bridge))
            self._wait_until_parsed(bridge)
        there = side.dag(bridge.dag_id)
        if there is None or not there.parsed or there.import_error:
            return f"{bridge.name}: {bridge.where.value} does not parse {bridge.file}"
        if there.paused:
            self._set_paused(bridge, side, paused=False)
        return ""

    def _remove(self, bridge: BridgeFile) -> str:
        if not bridge.dag_id:
            return f"{bridge.name}: take the code of {bridge.file} out again"
        side = self.sides[bridge.where]
        there = side.dag(bridge.dag_id)
        if there is not None and not there.paused:
            self._set_paused(bridge, side, paused=True)
        if there is None:
            return ""
        if bridge.where not in self.folders:
            return f"{bridge.name}: remove {bridge.file} from the DAGs of {bridge.where.value}"
        self._change(bridge, "remove", bridge.file, "", lambda: self._delete(bridge))
        return ""

    def _wait_until_parsed(self, bridge: BridgeFile) -> None:
        until = self.clock.now() + PARSED_WITHIN
        while self.sides[bridge.where].dag(bridge.dag_id) is None and self.clock.now() < until:
            self.clock.sleep(LOOK_EVERY)

    def _set_paused(self, bridge: BridgeFile, side: Side, *, paused: bool) -> None:
        before, after = ("unpaused", "paused") if paused else ("paused", "unpaused")
        what = "pause" if paused else "unpause"
        self._change(bridge, what, before, after, lambda: side.set_paused(bridge.dag_id, paused))

    def _change(self, bridge: BridgeFile, what: str, before: str, after: str, do: Callable[[], None]) -> None:
        key = f"{what} {bridge.where.value} {bridge.dag_id}"
        call = Call(bridge.dag_id, bridge.where, what, key, before, after)
        number = self.journal.begin(self.wave, call, self.who, self.clock.now())
        do()
        self.journal.end(number, Outcome.DONE, self.clock.now())
        self.emit(
            Event(self.clock.now(), self.wave, "", "bridge", what, f"{bridge.name} on {bridge.where.value}")
        )

    def _put(self, bridge: BridgeFile) -> None:
        try:
            content = (self.plan_folder / bridge.file).read_bytes()
        except OSError as error:
            raise UsageError(f"{bridge.file}: cannot be read beside the plan: {error.strerror}") from error
        folder, name = self.folders[bridge.where], Path(bridge.file).name
        if folder.startswith(_S3):
            bucket, key = _s3_place(folder, name)
            _s3("put_object", Bucket=bucket, Key=key, Body=content)
        else:
            write_bytes(Path(folder) / name, content)

    def _delete(self, bridge: BridgeFile) -> None:
        folder, name = self.folders[bridge.where], Path(bridge.file).name
        if folder.startswith(_S3):
            bucket, key = _s3_place(folder, name)
            _s3("delete_object", Bucket=bucket, Key=key)
        else:
            (Path(folder) / name).unlink(missing_ok=True)


def _s3_place(folder: str, name: str) -> tuple[str, str]:
    bucket, _, prefix = folder.removeprefix(_S3).partition("/")
    return bucket, "/".join(part for part in (prefix.strip("/"), name) if part)


def _s3(method: str, **arguments: object) -> None:
    from airshift.clients.aws import client, translated

    with translated("s3"):
        getattr(client("s3"), method)(**arguments)
