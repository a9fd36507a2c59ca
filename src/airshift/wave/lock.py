"""Who may change environments: one process a journal on this machine, one journal for a pair of environments.

On this machine the kernel holds the lock and lets it go when the process ends, however it ends. Between machines it is
a note on green with an owner and an expiry. Each owner has a note of its own with a number, and the highest number is
the owner: taking over means creating the next one, which only one can do. An owner stops a margin before its note
expires, another one begins a margin after that. So the lock holds as long as the clocks of operators differ by less
than two margins, and no call takes effect later than a margin after it was given up.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airshift.clients.api import ApiError
from airshift.errors import AirshiftError
from airshift.file_lock import hold
from airshift.wave.side import Side

PREFIX = "airshift_wave_lock_"
LENGTH = timedelta(seconds=300)
MARGIN = timedelta(seconds=90)


class LockedError(AirshiftError):
    """Somebody else runs a wave here."""


class LostLockError(AirshiftError):
    """The lock could not be kept: nothing more may be changed."""


def operator() -> str:
    """Who runs the wave, for journal and messages."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):
        name = str(os.getuid()) if hasattr(os, "getuid") else "somebody"
    return f"{name}@{platform.node()}"


def place_of(journal: Path) -> str:
    """What tells this journal on this machine from any copy of it."""
    text = f"{platform.node()}\n{uuid.getnode()}\n{journal.resolve()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class ProcessLock:
    """No two processes of this machine use one journal at once."""

    def __init__(self, journal: Path) -> None:
        journal.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(journal.with_name(journal.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            hold(self._handle, wait=False)
        except OSError as error:
            os.close(self._handle)
            raise LockedError(f"{journal}: another process of this machine runs a wave with it") from error

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._handle)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has the lock, as the note says it."""

    who: str
    journal: str
    """The id of the journal."""
    place: str
    """The machine and file of the journal."""
    expires: str
    open: tuple[tuple[int, str], ...] = ()
    """Waves that are not finished, each with the id of its journal."""
    finished: tuple[tuple[int, str], ...] = ()
    """Waves that were finished, each with the id of the journal that knows about it."""
    released: bool = False

    @property
    def until(self) -> datetime:
        """When the lock ends unless it is renewed."""
        return datetime.fromisoformat(self.expires)


class Lease:
    """The lock between machines; `acquire` it, `require` it before each change, `release` it."""

    def __init__(
        self, green: Side, owner: Owner, now: Callable[[], datetime], length: timedelta = LENGTH
    ) -> None:
        self._green = green
        self._owner = owner
        self._now = now
        self._length = length
        self._number = 0
        self._until = datetime.min.replace(tzinfo=UTC)

    def acquire(self, wave: int, *, take_over: bool = False, is_known: bool = False) -> bool:
        """Become the owner, or raise LockedError with who is; whether the wave was taken over from another journal.

        `is_known` says that this journal has been used for the wave before.
        """
        number, there = self._newest()
        others = dict(there.open) if there else {}
        finished = dict(there.finished) if there else {}
        last = others.get(wave) or (finished.get(wave) if is_known else None) or self._owner.journal
        if there is not None:
            self._check(there, wave, last, take_over=take_over)
        waves = tuple(sorted({**others, wave: self._owner.journal}.items()))
        mine = replace(self._owner, expires=self._later(), open=waves, finished=tuple(finished.items()))
        if not self._create(number + 1, mine):
            raise LockedError("somebody else has just begun a wave here")
        self._owner, self._number, self._until = mine, number + 1, mine.until
        self._confirm()
        self._forget_older()
        return last != self._owner.journal

    def require(self) -> None:
        """Renew the lock if need be; raise LostLockError when it is not ours for long enough."""
        if not self._number:
            raise LostLockError("nothing may be changed without the lock")
        if self._until - self._now() > self._length / 2:
            return
        wanted = replace(self._owner, expires=self._later())
        try:
            self._green.write_note(_name(self._number), _text(wanted))
            self._confirm()
        except ApiError as error:
            if self._until - self._now() > MARGIN:
                return
            raise LostLockError(f"the lock on green could not be renewed: {error}") from error
        self._owner, self._until = wanted, wanted.until

    def is_safe(self) -> bool:
        """Whether it is ours long enough for one more call, by this machine's clock alone."""
        return self._until - self._now() > MARGIN

    def release(self, *, finished: frozenset[int] = frozenset()) -> None:
        """Let others in; `finished` waves may be begun with another journal."""
        left = tuple(one for one in self._owner.open if one[0] not in finished)
        over = {**dict(self._owner.finished), **dict.fromkeys(finished, self._owner.journal)}
        text = _text(replace(self._owner, released=True, open=left, finished=tuple(sorted(over.items()))))
        self._green.write_note(_name(self._number), text)

    def _check(self, there: Owner, wave: int, last: str, *, take_over: bool) -> None:
        ours = there.journal == self._owner.journal
        same_place = ours and there.place == self._owner.place
        if not (there.released or same_place) and self._now() < there.until + MARGIN:
            raise LockedError(f"{there.who} runs a wave here until {there.until:%H:%M:%S} at least")
        if last != self._owner.journal and not take_over:
            raise LockedError(
                f"wave {wave} has been begun with another journal, of {there.who} or somebody before: "
                "go on with that one, or use --take-over when it is lost"
            )

    def _create(self, number: int, owner: Owner) -> bool:
        try:
            return self._green.create_note(_name(number), _text(owner))
        except ApiError as error:
            if not error.uncertain:
                raise
            return self._green.note(_name(number)) == _text(owner)

    def _confirm(self) -> None:
        number, there = self._newest()
        if number > self._number or (
            there is not None and number == self._number and there.place != self._owner.place
        ):
            raise LostLockError(f"{there.who if there else 'somebody'} has taken the lock on green")

    def _newest(self) -> tuple[int, Owner | None]:
        notes = self._green.notes(PREFIX)
        if not notes:
            return 0, None
        name = max(notes)
        return int(name.removeprefix(PREFIX)), _owner(notes[name])

    def _forget_older(self) -> None:
        try:
            for name in self._green.notes(PREFIX):
                if name < _name(self._number):
                    self._green.delete_note(name)
        except ApiError:
            return  # older notes are in nobody's way

    def _later(self) -> str:
        return (self._now() + self._length).isoformat()


def _name(number: int) -> str:
    return f"{PREFIX}{number:08}"


def _text(owner: Owner) -> str:
    return json.dumps(asdict(owner))


def _waves(found: Iterable[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    return tuple((int(wave), str(journal)) for wave, journal in found)


def _owner(text: str) -> Owner:
    try:
        found = json.loads(text)
        return Owner(
            **{**found, "open": _waves(found["open"]), "finished": _waves(found.get("finished", ()))}
        )
    except (ValueError, TypeError, KeyError) as error:
        raise LockedError(f"the lock on green cannot be read ({error}): delete the note {PREFIX}*") from error
