"""One target in this process: inputs guided by coverage where atheris is there, by chance otherwise."""

from __future__ import annotations

import hashlib
import importlib
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airshift_dev.fuzz.targets import Fuzzed

FOUND = Path(__file__).parents[3] / "tests" / "corpus" / "fuzz"
SLOW = 10
"""Seconds of processor time after which an input counts as a hang."""
_WALL = 300
"""Seconds after which a guided input counts as one, however busy the machine is."""


def run(name: str, runs: int, seed: int, *, by_chance: bool) -> int:
    """Feed a target; the exit code."""
    atheris = None if by_chance else guidance()
    return _chance(name, runs, seed) if atheris is None else _guided(atheris, name, runs, seed)


def guidance() -> Any:
    """atheris, or None where it cannot be installed."""
    try:
        return importlib.import_module("atheris")
    except ImportError:
        return None


def known_inputs(name: str, target: Fuzzed) -> list[bytes]:
    """Seeds, and inputs that once broke a promise."""
    found = sorted((FOUND / name).glob("*"))
    return [*target.seeds(), *(file.read_bytes() for file in found if file.is_file())]


def _chance(name: str, runs: int, seed: int) -> int:
    """Changes of known inputs without guidance."""
    from airshift_dev.fuzz.mutations import grown
    from airshift_dev.fuzz.targets import TARGETS

    target, chance = TARGETS[name], random.Random(seed)
    known = known_inputs(name, target)
    for _ in range(runs):
        raw = grown(chance, chance.choice(known), known, target.mutations, target.longest)
        _judged(name, target.run, raw)
    return 0


def _judged(name: str, feed: Callable[[bytes], None], raw: bytes) -> None:
    started = time.process_time()
    try:
        feed(raw)
        if time.process_time() - started > SLOW:
            raise TimeoutError(f"an input took longer than {SLOW} s")
    except BaseException:
        (FOUND / name).mkdir(parents=True, exist_ok=True)
        (FOUND / name / f"found-{hashlib.sha256(raw).hexdigest()[:16]}").write_bytes(raw)
        raise


def _guided(atheris: Any, name: str, runs: int, seed: int) -> int:
    """libFuzzer chooses the inputs that lead somewhere new; they grow by its changes and by ours."""
    with atheris.instrument_imports(include=["airshift"]):
        from airshift_dev.fuzz.mutations import grown
        from airshift_dev.fuzz.targets import TARGETS

        target = TARGETS[name]
        known = known_inputs(name, target)
        for raw in known:
            target.run(raw)

    def grow(raw: bytes, longest: int, number: int) -> bytes:
        chance = random.Random(number)
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(raw, longest))
        return grown(chance, raw, known, target.mutations, longest)

    folder = Path(tempfile.mkdtemp(prefix=f"airshift-seeds-{name}-"))
    for raw in known:
        (folder / hashlib.sha256(raw).hexdigest()[:16]).write_bytes(raw)
    arguments = [f"-runs={runs}", f"-seed={seed}", f"-max_len={target.longest}", f"-timeout={_WALL}"]
    arguments += ["-rss_limit_mb=4096", f"-artifact_prefix={folder}/../", "-verbosity=1", "-len_control=0"]
    atheris.Setup(
        [sys.argv[0], *arguments, str(folder)],
        lambda raw: _judged(name, target.run, raw),
        custom_mutator=grow,
    )
    atheris.Fuzz()
    return 0
