"""What happens in a wave, as it happens: one JSON object a line for programs, one line of text for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `dag_id` is empty for the wave itself."""

    time: datetime
    wave: int
    dag_id: str
    step: str
    """`move`, `pause`, `unpause`, `seed`, `wait`, `back`, `concern`, `bridge`, `problem`; of a dry run `would_call`,
    `would_stay` and `forecast`."""
    state: str
    detail: str


Emit = Callable[[Event], None]


def event_json(event: Event) -> str:
    """The event as one line of JSON (docs/schemas/wave-event.schema.json)."""
    return json.dumps(
        {
            "time": event.time.isoformat(),
            "wave": event.wave,
            "dag_id": event.dag_id or None,
            "step": event.step,
            "state": event.state,
            "detail": event.detail,
        }
    )


def event_line(event: Event) -> str:
    """The event as people read it."""
    name = event.dag_id or f"wave {event.wave}"
    return f"{event.time:%H:%M:%S} {name}: {event.step} [{event.state}] {event.detail}".rstrip()
