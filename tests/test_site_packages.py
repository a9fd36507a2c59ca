"""Whole trees of foreign code: nothing crashes, and nobody who never mentions Airflow is accused."""

from __future__ import annotations

import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from airshift.checking import check_listing, rule_context
from airshift.files import EstateFile, Listing, list_files, read_file
from airshift.findings import Finding, Severity
from airshift.targets import default_source, parse_target
from airshift.workers import Processes
from airshift_dev.envs import Environment
from airshift_dev.parsing import site_packages

OWN = Path(sysconfig.get_path("purelib"))
INTERNAL = "internal error"


def without_airflow(folder: Path, most: int) -> Listing:
    """Up to `most` Python files of each package of a site-packages folder, of those that are not Airflow's own."""
    listing = list_files([folder])
    packages: dict[str, list[EstateFile]] = {}
    for file in listing.files:
        if file.path.endswith(".py") and not file.path.startswith(("airflow/", "airflow_shared/")):
            packages.setdefault(file.path.partition("/")[0], []).append(file)
    kept = [file for files in packages.values() for file in files[:: max(1, len(files) // most)]]
    return Listing(listing.root, tuple(kept), listing.problems)


def mentions(listing: Listing) -> frozenset[str]:
    """Files whose text has the word, in any case."""
    found = set()
    for file in listing.files:
        raw = read_file(file)
        if isinstance(raw, bytes) and b"airflow" in raw.lower():
            found.add(file.path)
    return frozenset(found)


def scanned(listing: Listing) -> tuple[tuple[Finding, ...], list[str]]:
    """Findings, and what went wrong inside airshift; the time goes to the test's output."""
    started = time.perf_counter()
    result = check_listing(
        listing, rule_context(parse_target("3.3.1"), default_source()), workers=Processes(2)
    )
    spent = time.perf_counter() - started
    print(f"{len(listing.files)} files in {spent:.1f} s, {1000 * spent / len(listing.files):.2f} ms a file")
    print(f"{len(result.findings)} findings, {len(result.problems)} files that are not Python")
    broken = [f"{p.path}:{p.line}: {p.reason}" for p in result.problems if INTERNAL in p.reason]
    return result.findings, broken


def accused(findings: tuple[Finding, ...], mentioning: frozenset[str]) -> Iterator[str]:
    """Errors in files that never mention Airflow."""
    for finding in findings:
        if finding.severity is Severity.ERROR and finding.place.path not in mentioning:
            yield f"{finding.place.path}:{finding.place.line}: {finding.code} {finding.message}"


@pytest.mark.parametrize("package", ["boto3", "libcst", "jinja2", "hypothesis"])
def test_a_package_without_airflow_has_no_errors(package: str) -> None:
    assert (OWN / package).is_dir()
    listing = list_files([OWN / package])
    findings, broken = scanned(listing)
    assert broken == []
    assert list(accused(findings, mentions(listing))) == []


def test_the_standard_library_has_no_errors() -> None:
    folder = Path(sysconfig.get_path("stdlib"))
    files = tuple(file for file in list_files([folder]).files if file.path.count("/") == 0)
    listing = Listing(folder, files, ())
    findings, broken = scanned(listing)
    assert len(files) > 150
    assert broken == []
    assert list(accused(findings, mentions(listing))) == []


@pytest.mark.oracle
@pytest.mark.exhaustive
def test_everything_that_airflow_and_its_providers_pull_in() -> None:
    listing = without_airflow(site_packages(Environment("3.3.1", wide=True)), most=5)
    assert len(listing.files) > 2_500
    findings, broken = scanned(listing)
    assert broken == []
    assert list(accused(findings, mentions(listing))) == []


def test_the_interpreter_of_the_tests_is_the_one_that_is_scanned() -> None:
    assert Path(sys.prefix) in OWN.parents
