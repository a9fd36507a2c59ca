"""What is installed for development and shipped is pinned by hash, and nothing in it names a place to get it from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from airshift_dev.audit import judged

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, list[tuple[Requirement, list[str]]]]:
    """Requirements of a lock file with their hashes, by name; one name may have a version a platform."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, list[tuple[Requirement, list[str]]]] = {}
    for line in text.splitlines():
        spec, *hashes = re.split(r"\s+--hash=", line.strip())
        one = Requirement(spec)
        found.setdefault(canonicalize_name(one.name), []).append((one, hashes))
    return found


def wanted(*, development: bool) -> list[Requirement]:
    project = PROJECT["project"]
    lines = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    return [Requirement(one) for one in lines + (PROJECT["dependency-groups"]["dev"] if development else [])]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    for versions in locked(name).values():
        for one, hashes in versions:
            assert str(one.specifier).startswith("=="), one
            assert one.url is None
            assert hashes, one
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value.strip()) for value in hashes), one


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--?(?!hash)", text.replace("--hash", ""), re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "development"), [("requirements.lock", False), ("requirements-dev.lock", True)]
)
def test_the_lock_has_what_the_project_asks_for(name: str, development: bool) -> None:
    found = locked(name)
    for one in wanted(development=development):
        versions = found[canonicalize_name(one.name)]
        assert all(one.specifier.contains(next(iter(pin.specifier)).version) for pin, _ in versions), one


def test_what_is_shipped_is_what_is_tested() -> None:
    tested = locked("requirements-dev.lock")
    for name, versions in locked("requirements.lock").items():
        assert {str(one.specifier) for one, _ in versions} <= {str(one.specifier) for one, _ in tested[name]}
        hashes = {value.strip() for _, values in tested[name] for value in values}
        assert {value.strip() for _, values in versions for value in values} <= hashes


def test_runtime_dependencies_have_upper_bounds_only_where_the_decisions_say_why() -> None:
    decisions = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    for one in map(Requirement, PROJECT["project"]["dependencies"]):
        upper = [part for part in one.specifier if part.operator in ("<", "<=", "==", "~=")]
        said = f"{one.name}, below {Version(upper[0].version)}" if upper else ""
        assert said in decisions, one


FOUND = '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}]}'
CLEAN = '{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}'
PART = '{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found on the index"}]}'
NONE = '{"dependencies": [{"name": "b", "skip_reason": "Dependency not found on the index and could not be audited"}]}'
OTHER = '{"dependencies": [{"name": "b", "skip_reason": "could not be parsed"}]}'


@pytest.mark.parametrize(
    ("output", "errors", "required", "code", "said"),
    [
        (CLEAN, "", False, 0, "no known vulnerability in 1 packages"),
        (CLEAN, "", True, 0, "no known vulnerability in 1 packages"),
        (FOUND, "Found 1 known vulnerability", False, 1, "a 1: CVE-1, fixed in 2"),
        (PART, "", False, 3, "could not be asked about: b"),
        (NONE, "", False, 0, "NOT AUDITED: could not be checked"),
        (NONE, "", True, 3, "NOT AUDITED: could not be checked"),
        (OTHER, "", False, 3, "looked at nothing"),
        ("", "ConnectionError: Max retries exceeded", False, 0, "NOT AUDITED: could not be checked"),
        ("", "ConnectionError: Max retries exceeded", True, 3, "NOT AUDITED: could not be checked"),
        ("", "error: unrecognized arguments", False, 3, "pip-audit failed"),
        ("[]", "", False, 3, "pip-audit failed"),
        ('{"dependencies": []}', "", False, 3, "looked at nothing"),
    ],
)
def test_an_audit_is_never_silently_green(
    output: str, errors: str, required: bool, code: int, said: str
) -> None:
    outcome = judged("x.lock", output, errors, required=required)
    assert outcome.code == code
    assert said in "\n".join(outcome.lines)
