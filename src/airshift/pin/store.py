"""The bundled constraints: which releases there are, and what MWAA adds to each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path

from airshift._data import data_folder
from airshift.errors import DataError, UsageError
from airshift.pin.pins import Pins, parse_bundled, parse_versions
from airshift.records import dataclass

_NAME = re.compile(r"airflow-(?P<version>[\d.]+)-python-(?P<python>\d+\.\d+)\.txt\Z")
_USUAL_PYTHON = "3.12"


@dataclass(frozen=True, slots=True)
class Image:
    """What an Amazon MWAA image has before a requirements file is installed."""

    python: str
    roots: tuple[str, ...]
    """What its build script asks for, extras included."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Canonical name to version; empty where the version depends on the day of the build."""


def bundled(folder: Path | None = None) -> list[tuple[str, str]]:
    """Return the (Airflow version, Python) pairs that are bundled, oldest first."""
    root = folder or data_folder("constraints")
    matches = [match for path in root.glob("airflow-*.txt") if (match := _NAME.match(path.name))]
    return sorted(((match["version"], match["python"]) for match in matches), key=_numbers)


def load_bundled(version: str, python: str, folder: Path | None = None) -> Pins:
    """Return the bundled constraints; raise UsageError, naming what there is, for any other pair."""
    path = (folder or data_folder("constraints")) / f"airflow-{version}-python-{python}.txt"
    if not path.is_file():
        raise UsageError(
            f"no constraints of Airflow {version} for Python {python} are bundled (bundled: {_listing()}); "
            f"fetch them with: airshift constraints sync {version} --python {python}"
        )
    return parse_bundled(path.read_text(encoding="utf-8"), path.name)


def usual_python(version: str, *, platform: str = "") -> str:
    """Return the Python to assume: the MWAA image's, else 3.12 or the newest bundled for the version."""
    image = images().get(version)
    if image is not None and (platform == "mwaa" or (version, minor(image.python)) in bundled()):
        return minor(image.python)
    pythons = [python for known, python in bundled() if known == version]
    return _USUAL_PYTHON if _USUAL_PYTHON in pythons or not pythons else pythons[-1]


def minor(python: str) -> str:
    """Return `3.12` for `3.12` and for `3.12.13`; raise UsageError for anything else."""
    match = re.match(r"(3\.\d+)(?:\.\d+)?\Z", python.strip())
    if match is None:
        raise UsageError(f"{python!r} is not a Python version; write 3.12")
    return match[1]


def essentials(version: str) -> dict[str, str]:
    """Return what a requirements file on that MWAA version cannot override; empty if MWAA lacks it."""
    path = data_folder("constraints") / "mwaa" / f"essential-{version}.txt"
    return parse_versions(path.read_text(encoding="utf-8"), path.name) if path.is_file() else {}


@cache
def images() -> dict[str, Image]:
    """Return the MWAA images by Airflow version."""
    import tomllib

    path = data_folder("constraints") / "mwaa" / "preinstalled.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return {version: _image(table) for version, table in document["image"].items()}
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path.name}: {error}") from error


def _image(table: dict[str, object]) -> Image:
    roots, packages = table["roots"], table["packages"]
    if not isinstance(roots, list) or not isinstance(packages, list):
        raise TypeError("roots and packages are lists")
    pairs = (str(package).partition("==") for package in packages)
    return Image(str(table["python"]), tuple(map(str, roots)), {name: version for name, _, version in pairs})


def _listing() -> str:
    return ", ".join(f"{version} ({python})" for version, python in bundled())


def _numbers(pair: tuple[str, str]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(part) for part in text.split(".")) for text in pair)
