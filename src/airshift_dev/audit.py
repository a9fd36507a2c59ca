"""Ask pip-audit about the lock files, and tell "nothing is known" from "nothing could be asked".

    python -m airshift_dev.audit [--required]

pip-audit succeeds where its advisory service knows none of the packages, as behind a mirror without advisories. Here,
that is no success: it is said, and with --required (in CI, where the network is there) it fails. Exit codes: 0 no known
vulnerability, or the network is why nothing could be asked; 1 vulnerabilities; 3 not everything could be asked about.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "requirements-dev.lock")
_NETWORK = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|Max retries exceeded|Failed to resolve|"
    r"Connection refused|Network is unreachable|ServiceError|Could not connect",
)
_NOT_FOUND = "not found on"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said, and the exit code."""

    code: int
    lines: tuple[str, ...]


def judged(lock: str, output: str, errors: str, *, required: bool) -> Outcome:
    """The outcome of one run of pip-audit with `--format json`."""
    packages = _packages(output)
    if packages is None:
        reason = _last_line(errors)
        if _NETWORK.search(errors):
            return _unasked(lock, f"the advisory service cannot be reached ({reason})", required=required)
        return Outcome(3, (f"{lock}: pip-audit failed: {reason}",))
    asked = [one for one in packages if "skip_reason" not in one]
    left = [one for one in packages if "skip_reason" in one]
    if not asked:
        if left and all(_NOT_FOUND in str(one["skip_reason"]) for one in left):
            text = f"the advisory service behind this network knows none of the {len(left)} packages"
            return _unasked(lock, text, required=required)
        return Outcome(3, (f"{lock}: pip-audit has looked at nothing",))
    bad = [_said(lock, one, found) for one in asked for found in one.get("vulns") or ()]
    if bad:
        return Outcome(1, tuple(bad))
    if left:
        names = ", ".join(str(one["name"]) for one in left)
        return Outcome(3, (f"{lock}: no known vulnerability, but these could not be asked about: {names}",))
    return Outcome(0, (f"{lock}: no known vulnerability in {len(asked)} packages",))


def _said(lock: str, package: dict[str, Any], found: dict[str, Any]) -> str:
    fixed = ", ".join(found.get("fix_versions") or ["no version"])
    return f"{lock}: {package['name']} {package['version']}: {found['id']}, fixed in {fixed}"


def _unasked(lock: str, reason: str, *, required: bool) -> Outcome:
    return Outcome(3 if required else 0, (f"{lock}: NOT AUDITED: could not be checked: {reason}",))


def _packages(output: str) -> list[dict[str, Any]] | None:
    try:
        found = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, list) else None


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def audit(lock: str, *, required: bool) -> Outcome:
    """Ask about one lock file."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--require-hashes", "--disable-pip"]
    command += ["--progress-spinner", "off", "--format", "json", "--timeout", "15"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return judged(lock, done.stdout, done.stderr, required=required)


def main(arguments: list[str]) -> int:
    """Audit every lock file; the worst exit code counts."""
    required = "--required" in arguments
    outcomes = [audit(lock, required=required) for lock in LOCKS if Path(lock).is_file()]
    for outcome in outcomes:
        print("\n".join(outcome.lines))
    codes = {outcome.code for outcome in outcomes}
    return 1 if 1 in codes else max(codes, default=3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
