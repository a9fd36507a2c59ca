"""One run of `airshift pin`: read, obtain the constraints, ask, resolve. All I/O of pinning meets here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from airshift.errors import UsageError
from airshift.files import Listing
from airshift.pin.decisions import Answers, Request, Resolution
from airshift.pin.external import ResolverName, make_resolver
from airshift.pin.gather import gather
from airshift.pin.grammar import Package
from airshift.pin.homes import uses_on
from airshift.pin.imports import Scan, scan_imports
from airshift.pin.index_settings import IndexSettings, settings_of
from airshift.pin.obtain import Fetcher, obtain
from airshift.pin.package_index import PackageIndex
from airshift.pin.pins import Pins, upstream_url
from airshift.pin.resolver import resolve
from airshift.pin.search import Sources
from airshift.pin.sources import Requirements, read_requirements, read_startup_script
from airshift.pin.store import essentials, images, load_bundled, minor, usual_python
from airshift.pin.tables import load_tables
from airshift.pin.versions import exact_version
from airshift.targets import MWAA_VERSIONS, Target


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asks for."""

    file: Path
    target: Target
    python: str = ""
    source: Target | None = None
    dags: Listing | None = None
    """DAGs whose imports tell which providers are needed."""
    environment: Mapping[str, str] = field(default_factory=dict)
    startup_script: Path | None = None
    constraints_url: str = ""
    resolver: ResolverName | None = None
    offline: bool = False
    lock: bool = False
    keep_preinstalled: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: pure data, ready to print."""

    request: Request
    resolution: Resolution
    settings: IndexSettings
    notes: tuple[str, ...] = ()


def run_pin(wishes: Wishes, fetcher: Fetcher | None) -> Outcome:
    """Carry out one run; only UsageError and ServiceError leave it."""
    requirements = read_requirements(wishes.file, _environment(wishes))
    python = (
        minor(wishes.python)
        if wishes.python
        else usual_python(wishes.target.version, platform=wishes.target.platform)
    )
    obtained = obtain(wishes.target.version, python, None if wishes.offline else fetcher)
    request = _request(wishes, requirements, obtained.pins)
    settings = IndexSettings() if wishes.offline else settings_of(requirements.documents)
    answers = _answers(request, settings, wishes)
    resolution = resolve(request, answers)
    problems = (*requirements.problems, *resolution.problems)
    notes = tuple(filter(None, (obtained.note, answers.problem and f"no lock: {answers.problem}")))
    return Outcome(request, replace(resolution, problems=problems), settings, notes)


def _environment(wishes: Wishes) -> dict[str, tuple[str, ...]]:
    exported = read_startup_script(wishes.startup_script) if wishes.startup_script else {}
    return {**exported, **{name: (value,) for name, value in wishes.environment.items()}}


def _request(wishes: Wishes, requirements: Requirements, pins: Pins) -> Request:
    target = wishes.target
    on_mwaa = target.platform == "mwaa"
    image = images().get(target.version) if on_mwaa else None
    if image is not None and minor(image.python) != pins.python:
        raise UsageError(f"MWAA {target.version} runs Python {image.python}, not {pins.python}")
    scan = scan_imports(wishes.dags) if wishes.dags is not None else Scan()
    return Request(
        requirements.documents,
        target,
        pins,
        load_tables(),
        source_pins(wishes.source or found_source(requirements)),
        scan,
        uses_on(scan, target) if wishes.dags is not None else (),
        essentials(target.version) if on_mwaa else {},
        image,
        upstream_url(target.version, pins.python, wishes.constraints_url)
        if wishes.constraints_url
        else pins.upstream,
        wishes.keep_preinstalled,
    )


def found_source(requirements: Requirements) -> Target:
    """Return the Airflow that the requirements name exactly, else 2.10.3."""
    for document in requirements.documents:
        for line in document.lines:
            entry = line.entry
            if isinstance(entry, Package) and entry.key == "apache-airflow":
                version = exact_version(entry.specifier)
                if version.replace(".", "").isdigit() and version.startswith(("1.", "2.")):
                    return Target(version)
    return Target("2.10.3")


def source_pins(source: Target) -> Pins:
    """Return the bundled constraints of the release, or of the nearest MWAA release before it."""
    known = [version for version in MWAA_VERSIONS if Target(version).release <= source.release]
    version = known[-1] if known else MWAA_VERSIONS[0]
    return load_bundled(version, usual_python(version, platform="mwaa"))


def _answers(request: Request, settings: IndexSettings, wishes: Wishes) -> Answers:
    if wishes.offline:
        return Answers(why_not="the network was not to be used", problem="offline" if wishes.lock else "")

    def sources() -> Sources:
        return Sources(PackageIndex(settings.urls), make_resolver(wishes.resolver), settings)

    return gather(request, sources, lock=wishes.lock)
