"""Questions about versions, specifiers, markers and wheel tags, answered by `packaging`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

T = TypeVar("T")
_EXACT = re.compile(r"={2,3}(?P<version>[^*,]+)\Z")


def exact_version(specifier: str) -> str:
    """Return the version of a specifier that admits only one, else an empty string."""
    match = _EXACT.match(specifier.strip())
    return match["version"].strip() if match else ""


def admits(specifier: str, version: str) -> bool:
    """Tell whether the specifier admits the version, pre-releases included."""
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(specifier).contains(version, prereleases=True)


def is_older(version: str, than: str) -> bool:
    """Tell whether `version` comes before `than`; something that is no version does not."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) < Version(than)
    except InvalidVersion:
        return False


def same(version: str, other: str) -> bool:
    """Tell whether two spellings mean one version, e.g. `2.0` and `2.0.0`."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) == Version(other)
    except InvalidVersion:
        return version == other


def major(version: str) -> int | None:
    """Return the first number of the version."""
    match = re.match(r"\d+", version)
    return int(match[0]) if match else None


def applies(marker: str, python: str) -> bool:
    """Tell whether the marker holds on Linux x86_64 with that Python, without extras."""
    if not marker:
        return True
    from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate(_environment(python))
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True


def _environment(python: str) -> dict[str, str]:
    return {
        "extra": "",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def wheel_fits(filename: str, python: str) -> bool | None:
    """Tell whether the wheel installs on Linux x86_64 with that Python; None when it is no wheel name."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename
    from packaging.version import InvalidVersion

    try:
        tags = parse_wheel_filename(filename)[3]
    except (InvalidWheelFilename, InvalidVersion):
        return None
    return bool({str(tag) for tag in tags} & _tags(python))


def platforms() -> list[str]:
    """Return the platform tags of Amazon Linux 2023 (glibc 2.34) on x86_64, best first."""
    modern = [f"manylinux_2_{minor}_x86_64" for minor in range(34, 4, -1)]
    return [*modern, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]


@cache
def _tags(python: str) -> frozenset[str]:
    from packaging.tags import compatible_tags, cpython_tags

    version = tuple(int(part) for part in python.split("."))
    interpreter = f"cp{''.join(map(str, version))}"
    known = [
        *cpython_tags(version, platforms=platforms()),
        *compatible_tags(version, interpreter, platforms()),
    ]
    return frozenset(map(str, known))


def distribution_of(filename: str) -> tuple[str, str] | None:
    """Return (version, "wheel" or "source") of an index file name, or None for anything else."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )
    from packaging.version import InvalidVersion

    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1]), "wheel"
        return str(parse_sdist_filename(filename)[1]), "source"
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def find_release(releases: Mapping[str, T], version: str) -> T | None:
    """Return the entry of `version`, whatever its spelling."""
    if version in releases:
        return releases[version]
    return next((release for known, release in releases.items() if same(known, version)), None)
