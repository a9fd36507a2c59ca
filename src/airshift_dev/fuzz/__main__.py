"""Run fuzz targets, each in a process of its own, guided by coverage (atheris) or by chance.

    python -m airshift_dev.fuzz                       # every target, 2,000 inputs each
    python -m airshift_dev.fuzz --runs 100000 --write # the long run; writes docs/faults-fuzz.json

An input that breaks a promise, crashes or takes too long is kept in tests/corpus/fuzz/TARGET and fails the run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from airshift_dev.fuzz.running import guidance, run

RESULTS = Path(__file__).parents[3] / "docs" / "faults-fuzz.json"
NAMES = (
    *(
        "check",
        "fix",
        "inventory",
        "around",
        "jinja",
        "requirements",
        "policy",
        "environment",
        "plan",
        "exact",
    ),
    *("metadata", "journal", "wave", "archive"),
)
"""The targets; a test holds them to the table, which is loaded only under the fuzzer's eyes."""


def main() -> int:
    """Run the targets that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--by-chance", action="store_true", help="without coverage, as where atheris is missing"
    )
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.name}")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    by_chance = options.by_chance or guidance() is None
    if options.inside:
        return run(options.targets[0], options.runs, options.seed, by_chance=by_chance)
    unknown = set(options.targets) - set(NAMES)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}")
    failed = [
        name
        for name in options.targets or NAMES
        if _outside(name, options.runs, options.seed, by_chance=by_chance, write=options.write)
    ]
    return int(bool(failed))


def _outside(name: str, runs: int, seed: int, *, by_chance: bool, write: bool) -> int:
    """One target in a process of its own; its exit code."""
    command = [sys.executable, "-m", "airshift_dev.fuzz", "--inside", name]
    command += ["--runs", str(runs), "--seed", str(seed), *(["--by-chance"] if by_chance else [])]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    seconds = time.monotonic() - started
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-6000:], sep="\n", file=sys.stderr)
    verdict = "FAILED" if done.returncode else "ok"
    print(f"{name:14}{runs:>9,} inputs {seconds:8.1f} s  {verdict}", flush=True)
    if write:
        _write(name, runs, seconds, done.returncode, "chance" if by_chance else "coverage")
    return done.returncode


def _write(name: str, runs: int, seconds: float, code: int, guided_by: str) -> None:
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    known[name] = {
        "inputs": runs,
        "failures": int(code != 0),
        "guided_by": guided_by,
        "seconds": round(seconds),
        "date": datetime.now(UTC).date().isoformat(),
    }
    RESULTS.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("AIRSHIFT_CACHE", os.devnull)
    sys.exit(main())
