"""Run fuzz targets, each in a process of its own, guided by coverage (atheris) or by chance.

    python -m airshift_dev.fuzz                       # every target, 2,000 inputs each
    python -m airshift_dev.fuzz --runs 100000 --write # the long run; writes docs/faults-fuzz.json

An input that breaks a promise, crashes or takes too long is kept in tests/corpus/fuzz/TARGET and fails the run.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airshift_dev.fuzz.targets import TARGETS

FOUND = Path(__file__).parents[3] / "tests" / "corpus" / "fuzz"
RESULTS = Path(__file__).parents[3] / "docs" / "faults-fuzz.json"
SLOW = 10
"""Seconds after which an input counts as a hang."""
LONGEST = 4096
"""Bytes of an input."""


def main() -> int:
    """Run the targets that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", help=", ".join(TARGETS))
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--by-chance", action="store_true", help="without coverage, as where atheris is missing"
    )
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.name}")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return _inside(options.targets[0], options.runs, options.seed, by_chance=options.by_chance)
    unknown = set(options.targets) - TARGETS.keys()
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}")
    failed = False
    for name in options.targets or TARGETS:
        started = time.monotonic()
        code = _outside(name, options)
        failed |= code != 0
        seconds = time.monotonic() - started
        print(
            f"{name:14}{options.runs:>9,} inputs {seconds:8.1f} s  {'ok' if code == 0 else 'FAILED'}",
            flush=True,
        )
        if options.write:
            _write(name, options.runs, seconds, code)
    return int(failed)


def _outside(name: str, options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "airshift_dev.fuzz", "--inside", name]
    command += ["--runs", str(options.runs), "--seed", str(options.seed)]
    command += ["--by-chance"] if options.by_chance else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-6000:], sep="\n", file=sys.stderr)
    return done.returncode


def _inside(name: str, runs: int, seed: int, *, by_chance: bool) -> int:
    try:
        atheris: Any = None if by_chance else importlib.import_module("atheris")
    except ImportError:
        atheris = None
    if atheris is None:
        return _chance(name, runs, seed)
    with atheris.instrument_imports(include=["airshift"]):
        import airshift.checking
        import airshift.fix.files
        import airshift.surroundings  # noqa: F401
    seeds = _seeded(name)
    arguments = [
        f"-runs={runs}",
        f"-seed={seed}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOW}",
        "-rss_limit_mb=4096",
    ]
    arguments += [f"-artifact_prefix={FOUND / name}/", "-verbosity=0"]
    (FOUND / name).mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], *arguments, str(seeds)], TARGETS[name].run)
    atheris.Fuzz()
    return 0


def _seeded(name: str) -> Path:
    """A folder with the seeds, which the fuzzer may add to."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix=f"airshift-seeds-{name}-"))
    for text in _known(name):
        (folder / hashlib.sha256(text).hexdigest()[:16]).write_bytes(text)
    return folder


def _known(name: str) -> Iterator[bytes]:
    yield from TARGETS[name].seeds()
    yield from (file.read_bytes() for file in sorted((FOUND / name).glob("*")) if file.is_file())


def _chance(name: str, runs: int, seed: int) -> int:
    """Mutations of the seeds without any guidance."""
    chance = random.Random(seed)
    known = list(_known(name))
    for _ in range(runs):
        raw = mutated(chance, known)
        started = time.monotonic()
        try:
            TARGETS[name].run(raw)
            slow = time.monotonic() - started > SLOW
        except BaseException:
            _keep(name, raw)
            raise
        if slow:
            _keep(name, raw)
            raise TimeoutError(f"an input took longer than {SLOW} s")
    return 0


def mutated(chance: random.Random, known: list[bytes]) -> bytes:
    """A seed after a few random cuts, copies, swaps and changes of bytes."""
    raw = bytearray(chance.choice(known))
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(raw))
        match chance.randint(0, 5):
            case 0:
                del raw[at : at + chance.randint(1, 20)]
            case 1:
                raw[at:at] = bytes(chance.randint(0, 255) for _ in range(chance.randint(1, 4)))
            case 2:
                other = chance.choice(known)
                start = chance.randint(0, len(other))
                raw[at:at] = other[start : start + chance.randint(1, 60)]
            case 3:
                raw[at:at] = raw[at : at + chance.randint(1, 30)] * chance.randint(1, 8)
            case 4 if at < len(raw):
                raw[at] ^= 1 << chance.randint(0, 7)
            case _:
                raw[at:at] = chance.choice(_ODD)
    return bytes(raw[:LONGEST])


_ODD = (
    *(b"\0", b"\r\n", b"\r", b"\x0c", b"\xef\xbb\xbf", b"\xff", "ü💥".encode(), b"\\\n", b"'''", b'"""', b"{{", b"%}"),
    *(b"# -*- coding: utf-7 -*-\n", b"# coding: latin-1\n", b"(" * 200, b"[" * 200, b"-" * 500, b"lambda: " * 50),
    *(b"None", b"1e999", b"9" * 400, b"\x1b[31m", b"*", b"**", b"f'{", b"global x\n", b"async ", b"match x:\n case _:"),
)  # fmt: skip


def _keep(name: str, raw: bytes) -> None:
    (FOUND / name).mkdir(parents=True, exist_ok=True)
    (FOUND / name / f"crash-{hashlib.sha256(raw).hexdigest()[:16]}").write_bytes(raw)


def _write(name: str, runs: int, seconds: float, code: int) -> None:
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    known[name] = {"inputs": runs, "seconds": round(seconds), "failures": int(code != 0)}
    RESULTS.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("AIRSHIFT_CACHE", os.devnull)
    sys.exit(main())
