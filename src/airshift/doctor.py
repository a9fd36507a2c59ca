"""What airshift finds on this machine, and what commands lack; the network is left alone and no secret is read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from airshift.config import Given, effective
from airshift.errors import AirshiftError
from airshift.folders import cache_folder

OLDEST = (3, 11)
PYTHONS = ("3.11", "3.12")
"""Pythons that Airflow runs on at Amazon MWAA, which `airshift verify` needs."""
_TIMEOUT = 20
_KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    """Something that only some commands need is not there."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: State
    found: str
    advice: str = ""


def examine(path: Path, given: Given, environment: Mapping[str, str]) -> Iterator[Check]:
    """Look at everything that commands on the estate at `path` rely on."""
    yield _python()
    yield from _packages()
    yield _program("ruff", [sys.executable, "-m", "ruff", "--version"], "assess and check --ruff ask it")
    yield _program("git", ["git", "--version"], "check --changed needs it")
    yield from _verifying()
    yield _constraints()
    yield _cache()
    yield _settings(path, given)
    yield _aws(environment)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST:
        return Check("python", State.OK, version)
    return Check("python", State.FAILED, version, "airshift needs 3.11 or newer")


def _packages() -> Iterator[Check]:
    """The distributions that airshift requires, and those of its extras."""
    from packaging.requirements import Requirement

    for text in metadata.requires("airshift") or ():
        wanted = Requirement(text)
        optional = wanted.marker is not None and "extra" in str(wanted.marker)
        if wanted.marker is not None and not optional and not wanted.marker.evaluate():
            continue
        yield _package(wanted.name, str(wanted.specifier), optional)


def _package(name: str, wanted: str, optional: bool) -> Check:
    from packaging.specifiers import SpecifierSet

    title = f"package {name}"
    missing = State.NOTE if optional else State.FAILED
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        why = "needed by an extra of airshift" if optional else f"install {name}{wanted}"
        return Check(title, missing, "not installed", why)
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        return Check(title, missing, version, f"install {name}{wanted}")
    return Check(title, State.OK, version)


def _program(name: str, command: list[str], needed: str) -> Check:
    said = _output(command)
    if said is None:
        return Check(name, State.NOTE, "not found", needed)
    return Check(name, State.OK, said)


def _output(command: list[str]) -> str | None:
    """The first line that a program prints; None when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_TIMEOUT)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().partition("\n")[0]


def _verifying() -> Iterator[Check]:
    from airshift.pin.external import uv_command

    uv = uv_command()
    if uv is None:
        yield Check("uv", State.NOTE, "not found", "verify makes its environments with it")
    else:
        yield _program("uv", [*uv, "--version"], "verify makes its environments with it")
    for version in PYTHONS:
        found = _other_python(version, uv)
        if found is None:
            yield Check(f"python {version}", State.NOTE, "not found", "verify needs it, or lets uv fetch it")
        else:
            yield Check(f"python {version}", State.OK, found)


def _other_python(version: str, uv: Sequence[str] | None) -> str | None:
    if uv is not None:
        return _output([*uv, "python", "find", "--offline", "--no-python-downloads", "--no-project", version])
    return shutil.which(f"python{version}")


def _constraints() -> Check:
    from airshift.pin.store import bundled

    versions = sorted({version for version, _ in bundled()})
    fetched = sorted((cache_folder() / "constraints").rglob("*"))
    newest = max((file.stat().st_mtime for file in fetched if file.is_file()), default=None)
    text = f"{len(versions)} Airflow versions bundled"
    if newest is None:
        return Check("constraints", State.OK, text)
    return Check("constraints", State.OK, f"{text}, newest fetched {_days(newest)} days ago")


def _days(moment: float) -> int:
    return max(0, int((time.time() - moment) // 86400))


def _cache() -> Check:
    folder = cache_folder()
    nearest = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not os.access(nearest, os.W_OK):
        return Check(
            "cache", State.NOTE, f"{folder} cannot be written", "set AIRSHIFT_CACHE; check judges every file"
        )
    if not folder.exists():
        return Check("cache", State.OK, f"{folder}, empty")
    return Check("cache", State.OK, str(folder))


def _settings(path: Path, given: Given) -> Check:
    try:
        found = effective([path], given)
    except AirshiftError as error:
        return Check("settings", State.FAILED, str(error), "mend the file; `airshift config show` says more")
    baseline = found.baseline
    if baseline is not None and not baseline.is_file():
        return Check(
            "settings", State.FAILED, f"baseline {baseline} is not there", "check --write-baseline writes it"
        )
    file = found.settings.file
    return Check("settings", State.OK, str(file) if file else "no file, defaults")


def _aws(environment: Mapping[str, str]) -> Check:
    """Whether credentials are likely to be found; their values are not looked at."""
    named = [key for key in _KEYS if environment.get(key)]
    home = Path(environment.get("HOME") or "~").expanduser() / ".aws"
    files = (
        environment.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials",
        environment.get("AWS_CONFIG_FILE") or home / "config",
    )
    named += [str(file) for file in files if Path(file).is_file()]
    if not named:
        return Check(
            "aws credentials", State.NOTE, "none found", "commands on a live MWAA environment need them"
        )
    return Check("aws credentials", State.OK, f"from {', '.join(named)}")
