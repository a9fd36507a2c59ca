"""Wheels for an MWAA environment without a package index: plugins.zip and the requirements that use it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from airshift.errors import ServiceError
from airshift.pin.decisions import Request, Resolution
from airshift.pin.explanations import explain
from airshift.pin.in_the_image import missing_from_image
from airshift.pin.index_settings import IndexSettings
from airshift.pin.versions import platforms, wheel_fits

PLUGINS = "/usr/local/airflow/plugins"
CONSTRAINTS = "constraints.txt"
"""In plugins.zip: who has no package index has no way to the official address either."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LARGEST = 1024**3
_MISSING = re.compile(r"No matching distribution found for (?P<line>\S+)")


@dataclass(frozen=True, slots=True)
class Wheelhouse:
    """What was written, and what the user should know."""

    wheels: tuple[str, ...]
    archive: Path
    requirements: Path
    notes: tuple[str, ...] = ()


def build(
    folder: Path,
    request: Request,
    resolution: Resolution,
    settings: IndexSettings,
    plugins: Path | None = None,
) -> Wheelhouse:
    """Download the locked wheels that the image lacks, zip them and write the requirements.

    `plugins` is an existing plugins folder whose files go into the archive too. Raises ServiceError when a
    wheel for the target cannot be had.
    """
    wanted = missing_from_image(resolution.lock, request)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    for stale in wheels.glob("*.whl"):
        stale.unlink()
    built = _download(wanted, wheels, request, settings)
    names = sorted(path.name for path in wheels.glob("*.whl"))
    archive = folder / "plugins.zip"
    _zip(archive, wheels, names, plugins, request)
    requirements = folder / "requirements.txt"
    requirements.write_text(requirements_text(wanted), encoding="utf-8")
    size = archive.stat().st_size
    notes = [f"no index has a wheel of {line}: it was built here, without compiled code" for line in built]
    if size > _LARGEST:
        notes.append(f"plugins.zip has {size / 1e9:.1f} GB; Amazon MWAA recommends less than 1 GB")
    return Wheelhouse(tuple(names), archive, requirements, tuple(notes))


def requirements_text(lines: Iterable[str]) -> str:
    """Return the requirements file that installs from the wheels and the constraints of plugins.zip alone."""
    head = (
        f"--constraint {PLUGINS}/{CONSTRAINTS}",
        f"--find-links {PLUGINS}",
        "--no-index",
    )
    return "\n".join((*head, *lines)) + "\n"


def _download(
    lines: Iterable[str], wheels: Path, request: Request, settings: IndexSettings
) -> tuple[str, ...]:
    """Fetch the wheels; build those that no index has. Return what was built."""
    wanted, built = list(lines), []
    flags = [
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", request.python),
        *(part for platform in platforms() for part in ("--platform", platform)),
    ]
    while wanted:
        error = _pip("download", [*flags, "--dest", str(wheels)], wanted, wheels, settings)
        if not error:
            break
        missing = _MISSING.search(error)
        if missing is None or missing["line"] not in wanted:
            raise ServiceError(f"the wheels cannot be downloaded: {explain(error)}")
        wanted.remove(missing["line"])
        _build(missing["line"], wheels, request, settings)
        built.append(missing["line"])
    return tuple(built)


def _build(line: str, wheels: Path, request: Request, settings: IndexSettings) -> None:
    """Build a wheel here; only one without compiled code fits the image."""
    before = set(wheels.glob("*.whl"))
    error = _pip("wheel", ["--wheel-dir", str(wheels)], [line], wheels, settings)
    if error:
        raise ServiceError(f"{line} has no wheel for Python {request.python}, and {explain(error)}")
    for wheel in set(wheels.glob("*.whl")) - before:
        if not wheel_fits(wheel.name, request.python):
            wheel.unlink()
            raise ServiceError(
                f"{line} has no wheel for Python {request.python} and holds compiled code: "
                "build it in a container of the MWAA image"
            )


def _pip(verb: str, flags: Iterable[str], lines: Iterable[str], wheels: Path, settings: IndexSettings) -> str:
    """Run pip on the lines; return what it complains about. Addresses of indexes stay off the process list."""
    options = [f"--index-url {settings.main}"] if settings.main and not settings.no_index else []
    options += [f"--extra-index-url {url}" for url in settings.extra if not settings.no_index]
    options += [f"--find-links {place}" for place in settings.find_links]
    options += ["--no-index"] if settings.no_index else []
    wanted = wheels / "wanted.txt"
    wanted.unlink(missing_ok=True)
    with os.fdopen(
        os.open(wanted, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write("\n".join((*options, *lines)) + "\n")
    command = [
        sys.executable,
        "-m",
        "pip",
        verb,
        "--quiet",
        "--no-deps",
        *flags,
        "--requirement",
        str(wanted),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(f"pip {verb} did not finish ({type(error).__name__})") from error
    finally:
        wanted.unlink(missing_ok=True)
    return (done.stderr or f"pip {verb} failed") if done.returncode else ""


def _zip(archive: Path, wheels: Path, names: list[str], plugins: Path | None, request: Request) -> None:
    """Write the archive with fixed times, so that equal input gives equal bytes."""
    files = [*_plugin_files(plugins), *((name, wheels / name) for name in names)]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(_entry(CONSTRAINTS), "".join(f"{line}\n" for line in request.pins.lines()))
        for name, path in files:
            out.writestr(_entry(name), path.read_bytes())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _plugin_files(plugins: Path | None) -> list[tuple[str, Path]]:
    if plugins is None:
        return []
    files = [path for path in sorted(plugins.rglob("*")) if path.is_file() and not path.is_symlink()]
    kept = [path for path in files if "__pycache__" not in path.parts and path.suffix != ".whl"]
    named = [(path.relative_to(plugins).as_posix(), path) for path in kept]
    return [(name, path) for name, path in named if name != CONSTRAINTS]
