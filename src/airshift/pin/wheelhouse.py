"""Wheels for an MWAA environment without a package index: plugins.zip and the requirements that use it."""

from __future__ import annotations

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
from airshift.pin.versions import platforms

PLUGINS = "/usr/local/airflow/plugins"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LARGEST = 1024**3


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
    if wanted:
        _download(wanted, wheels, request, settings)
    names = sorted(path.name for path in wheels.glob("*.whl"))
    archive = folder / "plugins.zip"
    _zip(archive, wheels, names, plugins)
    requirements = folder / "requirements.txt"
    requirements.write_text(requirements_text(wanted, request), encoding="utf-8")
    size = archive.stat().st_size
    too_big = f"plugins.zip has {size / 1e9:.1f} GB; Amazon MWAA recommends less than 1 GB"
    return Wheelhouse(tuple(names), archive, requirements, (too_big,) if size > _LARGEST else ())


def requirements_text(lines: Iterable[str], request: Request) -> str:
    """Return the requirements file that installs from the wheels of plugins.zip alone."""
    head = (
        f"--constraint {request.constraint_url}",
        f"--find-links {PLUGINS}",
        "--no-index",
    )
    return "\n".join((*head, *lines)) + "\n"


def _download(lines: Iterable[str], wheels: Path, request: Request, settings: IndexSettings) -> None:
    wanted = wheels / "wanted.txt"
    options = [f"--index-url {settings.main}"] if settings.main else []
    options += [f"--extra-index-url {url}" for url in settings.extra]
    options += [f"--find-links {place}" for place in settings.find_links]
    wanted.write_text("\n".join((*options, *lines)) + "\n", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"),
        *("--implementation", "cp", "--python-version", request.python),
        *(part for platform in platforms() for part in ("--platform", platform)),
        *("--dest", str(wheels), "--requirement", str(wanted)),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(f"pip download did not finish ({type(error).__name__})") from error
    finally:
        wanted.unlink(missing_ok=True)
    if done.returncode:
        raise ServiceError(f"the wheels cannot be downloaded: {explain(done.stderr)}")


def _zip(archive: Path, wheels: Path, names: list[str], plugins: Path | None) -> None:
    """Write the archive with fixed times, so that equal input gives equal bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, path in [*_plugin_files(plugins), *((name, wheels / name) for name in names)]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            out.writestr(entry, path.read_bytes())


def _plugin_files(plugins: Path | None) -> list[tuple[str, Path]]:
    if plugins is None:
        return []
    files = [path for path in sorted(plugins.rglob("*")) if path.is_file() and not path.is_symlink()]
    kept = [path for path in files if "__pycache__" not in path.parts and path.suffix != ".whl"]
    return [(path.relative_to(plugins).as_posix(), path) for path in kept]
