"""`plan.ics`: the waves as calendar events (RFC 5545)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from airshift import __version__
from airshift.plan.model import Plan, Slot, Wave

_WIDTH = 73
"""Bytes of a line before it is folded; the standard allows 75 with the folding blank."""
_SHOWN = 40


def plan_ics(plan: Plan, environment: str) -> str:
    """One event for the cutover of each wave; times in UTC, which every calendar shows in its own zone."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//airshift//plan {__version__}//EN",
        "CALSCALE:GREGORIAN",
    ]
    for wave in plan.waves:
        lines += _event(wave, environment)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(wave: Wave, environment: str) -> Iterator[str]:
    slot = wave.cutover or Slot(wave.start, wave.start)
    names = [one.dag_id for one in wave.dags]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    text = f"{len(names)} DAGs, {wave.minutes / 60:.1f} hours of work.\n" + ", ".join(names[:_SHOWN]) + more
    digest = hashlib.sha256(f"{environment} {wave.number}".encode()).hexdigest()[:24]
    yield "BEGIN:VEVENT"
    yield f"UID:{digest}@airshift"
    yield f"DTSTAMP:{_utc(wave.start)}"
    yield f"DTSTART:{_utc(slot.start)}"
    yield f"DTEND:{_utc(slot.end)}"
    yield f"SUMMARY:{_escaped(f'Airflow 3 cutover: {wave.name}')}"
    yield f"DESCRIPTION:{_escaped(text)}"
    yield f"LOCATION:{_escaped(environment)}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = "".join(character if character >= " " or character == "\n" else " " for character in text)
    for character in ("\\", ";", ","):
        text = text.replace(character, "\\" + character)
    return text.replace("\n", "\\n").replace("\x7f", " ")


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 bytes, none of which cuts a character; all but the first begin with a blank."""
    piece, size, lead = "", 0, ""
    for character in line:
        width = len(character.encode())
        if size + width > _WIDTH:
            yield lead + piece
            piece, size, lead = "", 0, " "
        piece += character
        size += width
    yield lead + piece
