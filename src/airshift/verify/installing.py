"""Which environment each side gets: an interpreter of the caller's, or one made from constraints and requirements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airshift.clients.constraints import ConstraintsClient
from airshift.errors import UsageError
from airshift.pin.obtain import obtain
from airshift.pin.output import new_text
from airshift.pin.run import Wishes as PinWishes
from airshift.pin.run import run_pin
from airshift.pin.store import usual_python
from airshift.targets import Target
from airshift.verify.environments import Wanted, existing, prepared
from airshift.verify.running import Install


@dataclass(frozen=True, slots=True)
class Lines:
    """What each side installs beside Airflow."""

    source: str
    target: str


def install_for(version: Target, python: Path | None, requirements: str) -> Install:
    """The caller's interpreter, else a prepared environment of that version."""
    if python is not None:
        return existing(python.absolute())
    minor = usual_python(version.version, platform=version.platform)
    pins = obtain(version.version, minor, ConstraintsClient()).pins
    return prepared(Wanted(version.version, pins, requirements))


def source_lines(file: Path) -> str:
    """The estate's requirements as they are, without a constraints line: the environment brings its own."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--requirements {file}: cannot be read: {error}") from error
    return _without_constraints(text)


def target_lines(file: Path, source: Target, target: Target, dags: list[Path]) -> str:
    """The requirements as `airshift pin` writes them for the target."""
    wishes = PinWishes(file, target, source=source, dags=tuple(dags), keep_preinstalled=True)
    outcome = run_pin(wishes, ConstraintsClient())
    document = outcome.request.documents[0]
    return _without_constraints(new_text(document, outcome.resolution))


def _without_constraints(text: str) -> str:
    kept = [line for line in text.splitlines() if not line.lstrip().startswith(("--constraint", "-c "))]
    return "\n".join(kept) + "\n"
