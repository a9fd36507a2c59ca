"""A constraints file as a value: canonical names, exact versions and where they came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import field

from airshift.errors import DataError
from airshift.records import dataclass

_SEPARATORS = re.compile(r"[-_.]+")
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*(?P<version>[A-Za-z0-9.!+_-]+)\s*(?:#.*)?\Z")
_GENERATED = re.compile(r"automatically generated on (?P<time>\S+)")
_HEADER = re.compile(r"# (?P<key>[a-z0-9-]+): (?P<value>.*)\Z")
OFFICIAL = re.compile(
    r"constraints-(?P<branch>[^/]+)/constraints-(?:[a-z-]+-)?(?P<python>\d+\.\d+|\$\{\w+\})\.txt(?:[?#].*)?\Z"
)
"""The end of every address of an official constraints file, mirrors included."""
UPSTREAM = "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-{python}.txt"


def canonical(name: str) -> str:
    """Return the name as PEP 503 spells it: lower case, runs of `-`, `_` and `.` as one hyphen."""
    return _SEPARATORS.sub("-", name).lower()


def upstream_url(version: str, python: str, template: str = UPSTREAM) -> str:
    """Return the address of the official constraints file."""
    return template.replace("{version}", version).replace("{python}", python)


@dataclass(frozen=True, slots=True)
class Pins:
    """The exact versions that one Airflow release was tested with on one Python."""

    version: str
    python: str
    versions: Mapping[str, str] = field(default_factory=dict)
    upstream: str = ""
    generated: str = ""
    """When upstream generated the file; empty where it does not say."""
    upstream_sha256: str = ""
    origin: str = "bundled"
    """`bundled`, `cache` or `network`."""

    def lines(self) -> list[str]:
        """Return the pins in pip format, canonical names, in the order of `LC_ALL=C sort`."""
        return sorted(f"{name}=={version}" for name, version in self.versions.items())

    @property
    def digest(self) -> str:
        """The sha256 of the pins alone, whatever the comments say."""
        return digest_of(self.lines())


def digest_of(lines: list[str]) -> str:
    """Return the sha256 of pin lines joined by newlines."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def parse_versions(text: str, where: str) -> dict[str, str]:
    """Read `name==version` lines; raise DataError for any other line, naming `where` and the line."""
    versions: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _PIN.match(stripped)
        if match is None:
            raise DataError(f"{where}, line {number}: not an exact pin: {stripped[:80]!r}")
        name = canonical(match["name"])
        if versions.setdefault(name, match["version"]) != match["version"]:
            raise DataError(f"{where}, line {number}: {name} is pinned twice with different versions")
    return versions


def parse_upstream(text: str, version: str, python: str, *, origin: str) -> Pins:
    """Read an official constraints file as published, comments included."""
    generated = _GENERATED.search(text)
    return Pins(
        version,
        python,
        parse_versions(text, f"constraints of {version} for Python {python}"),
        upstream_url(version, python),
        generated["time"] if generated else "",
        hashlib.sha256(text.encode()).hexdigest(),
        origin,
    )


def render(pins: Pins) -> str:
    """Print pins in the bundled format: a short header, then one canonical pin a line, sorted."""
    header = [
        f"# airflow: {pins.version}",
        f"# python: {pins.python}",
        f"# upstream: {pins.upstream}",
        f"# generated: {pins.generated}",
        f"# upstream-sha256: {pins.upstream_sha256}",
        f"# pins-sha256: {pins.digest}",
    ]
    return "\n".join([*header, *pins.lines()]) + "\n"


def parse_bundled(text: str, where: str, *, origin: str = "bundled") -> Pins:
    """Read the format that `render` writes; raise DataError where pins and checksum disagree."""
    header = {match["key"]: match["value"] for line in text.splitlines() if (match := _HEADER.match(line))}
    missing = {"airflow", "python", "upstream", "pins-sha256"} - header.keys()
    if missing:
        raise DataError(f"{where}: the header lacks {', '.join(sorted(missing))}")
    pins = Pins(
        header["airflow"],
        header["python"],
        parse_versions(text, where),
        header["upstream"],
        header.get("generated", ""),
        header.get("upstream-sha256", ""),
        origin,
    )
    if pins.digest != header["pins-sha256"]:
        raise DataError(f"{where}: the pins do not match pins-sha256; the file was edited or cut off")
    return pins
