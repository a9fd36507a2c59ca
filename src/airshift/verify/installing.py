"""Which environment each side gets: an interpreter of the caller's, or one made from constraints and requirements."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from airshift.clients.constraints import ConstraintsClient
from airshift.errors import UsageError
from airshift.files import Listing
from airshift.pin.obtain import obtain
from airshift.pin.output import new_text
from airshift.pin.run import Wishes as PinWishes
from airshift.pin.run import run_pin
from airshift.pin.store import usual_python
from airshift.targets import Target
from airshift.verify.environments import Wanted, existing, prepared
from airshift.verify.launching import Image, Install

Chosen = Path | str | None
"""An interpreter, the name of a container image, or None for an environment of our own."""


def both_sides(
    source: Target, target: Target, chosen: tuple[Chosen, Chosen], requirements: Path | None, dags: Listing
) -> tuple[Install | Image, Install | Image]:
    """What each side runs on; raise ServiceError when an environment cannot be made."""
    before = after = ""
    if requirements is not None and None in chosen:
        before = source_lines(requirements)
        after = target_lines(requirements, source, target, dags)
    return _airflow(source, chosen[0], before), _airflow(target, chosen[1], after)


def _airflow(version: Target, chosen: Chosen, requirements: str) -> Install | Image:
    match chosen:
        case Path():
            return existing(chosen.absolute())
        case str():
            return Image(chosen)
        case None:
            minor = usual_python(version.version, platform=version.platform)
            pins = obtain(version.version, minor, ConstraintsClient()).pins
            return prepared(Wanted(version.version, pins, requirements))
        case _:
            assert_never(chosen)


def source_lines(file: Path) -> str:
    """The estate's requirements as they are, without a constraints line: the environment brings its own."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--requirements {file}: cannot be read: {error}") from error
    return _without_constraints(text)


def target_lines(file: Path, source: Target, target: Target, dags: Listing) -> str:
    """The requirements as `airshift pin` writes them for the target."""
    wishes = PinWishes(file, target, source=source, dags=dags, keep_preinstalled=True)
    outcome = run_pin(wishes, ConstraintsClient())
    document = outcome.request.documents[0]
    return _without_constraints(new_text(document, outcome.resolution))


def _without_constraints(text: str) -> str:
    kept = [line for line in text.splitlines() if not line.lstrip().startswith(("--constraint", "-c "))]
    return "\n".join(kept) + "\n"
