"""The override file: one row a DAG, for what people know and files do not say."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches

from airshift.errors import UsageError
from airshift.plan.levels import level_name, parse_level
from airshift.plan.model import Member
from airshift.plan.policy import Policy
from airshift.plan.standing import Status

COLUMNS = ("dag_id", "action", "wave", "level", "effort_hours", "duration_minutes", "owner", "reason")
ACTIONS = {"": None, "hold": Status.BLOCKED, "exclude": Status.EXCLUDED, "retire": Status.RETIRE}
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Override:
    """What a row says about a DAG; None and empty texts leave things as they are."""

    dag_id: str
    status: Status | None = None
    wave: int | None = None
    level: int | None = None
    minutes: int | None = None
    duration: timedelta | None = None
    owner: str = ""
    reason: str = ""

    def of(self, member: Member) -> Member:
        """The member with what the row says."""
        reasons = member.level_reasons
        if self.level is not None:
            reasons = (f"override: {level_name(self.level)}" + (f", {self.reason}" if self.reason else ""),)
        return replace(
            member,
            level=member.level if self.level is None else self.level,
            level_reasons=reasons,
            minutes=member.minutes if self.minutes is None else self.minutes,
            owners=(self.owner,) if self.owner else member.owners,
        )


def read_overrides(text: str, where: str) -> dict[str, Override]:
    """Read the file; raise UsageError naming row and column of what is wrong."""
    reader = csv.DictReader(io.StringIO(text.removeprefix(_BYTE_ORDER_MARK)))
    for name in reader.fieldnames or ():
        if name not in COLUMNS:
            near = get_close_matches(str(name), COLUMNS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(COLUMNS)}"
            raise UsageError(f"{where}: unknown column {name} ({hint})")
    if "dag_id" not in (reader.fieldnames or ()):
        raise UsageError(f"{where}: there is no column dag_id")
    found: dict[str, Override] = {}
    for number, row in enumerate(reader, 2):
        override = _Row(f"{where}:{number}", row).override()
        if override.dag_id in found:
            raise UsageError(f"{where}:{number}: {override.dag_id} occurs twice")
        found[override.dag_id] = override
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    cells: Mapping[str, str | None]

    def text(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def override(self) -> Override:
        if not self.text("dag_id"):
            raise UsageError(f"{self.where}: dag_id is empty")
        wave, hours, lasts = (
            self.number("wave", 1),
            self.number("effort_hours"),
            self.number("duration_minutes"),
        )
        return Override(
            self.text("dag_id"),
            self.status(),
            None if wave is None else int(wave),
            self.level(),
            None if hours is None else round(hours * 60),
            None if lasts is None else timedelta(minutes=lasts),
            self.text("owner"),
            self.text("reason"),
        )

    def status(self) -> Status | None:
        action = self.text("action").lower()
        if action not in ACTIONS:
            known = ", ".join(name for name in ACTIONS if name)
            raise UsageError(f"{self.where}: action {action} is not known (known: {known})")
        return ACTIONS[action]

    def level(self) -> int | None:
        text = self.text("level")
        level = parse_level(text) if text else None
        if text and level is None:
            raise UsageError(
                f"{self.where}: level {text} has to be low, normal, high, critical or a whole number"
            )
        return level

    def number(self, column: str, least: int = 0) -> float | None:
        text = self.text(column)
        if not text:
            return None
        try:
            value = int(text) if column == "wave" else float(text)
        except ValueError as error:
            raise UsageError(f"{self.where}: {column} {text} is no number") from error
        if not least <= value < 1_000_000:
            raise UsageError(f"{self.where}: {column} has to be at least {least}")
        return value


def with_pins(policy: Policy, overrides: Mapping[str, Override]) -> Policy:
    """The policy with the waves that rows pin."""
    pins = {name: one.wave for name, one in overrides.items() if one.wave is not None}
    return replace(policy, pin={**policy.pin, **pins})
