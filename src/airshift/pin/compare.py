"""What differs between the constraints of two releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airshift.pin.pins import Pins
from airshift.pin.versions import major


@dataclass(frozen=True, slots=True)
class Difference:
    """One distribution's versions; an empty one means that the release does not pin it."""

    name: str
    before: str
    after: str

    @property
    def is_major(self) -> bool:
        """Tell whether the first number grows."""
        return bool(self.before and self.after) and (major(self.after) or 0) > (major(self.before) or 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every distribution that differs, by name."""

    old: Pins
    new: Pins
    rows: tuple[Difference, ...]

    def lines(self) -> list[str]:
        """Return one line a difference: `+` new, `-` gone, `~` other version."""
        return [_line(row) for row in self.rows]

    def to_json(self) -> dict[str, Any]:
        """Return the differences with the two releases they are between."""
        return {
            "before": {"airflow": self.old.version, "python": self.old.python},
            "after": {"airflow": self.new.version, "python": self.new.python},
            "differences": [
                {"name": row.name, "before": row.before, "after": row.after, "major": row.is_major}
                for row in self.rows
            ],
        }


def compare_pins(old: Pins, new: Pins) -> Comparison:
    """Return what is added, removed and changed from `old` to `new`."""
    names = sorted(old.versions.keys() | new.versions.keys())
    rows = (Difference(name, old.versions.get(name, ""), new.versions.get(name, "")) for name in names)
    return Comparison(old, new, tuple(row for row in rows if row.before != row.after))


def _line(row: Difference) -> str:
    if not row.before:
        return f"+ {row.name}=={row.after}"
    if not row.after:
        return f"- {row.name}=={row.before}"
    return f"~ {row.name} {row.before} -> {row.after}{'  major' if row.is_major else ''}"
