"""Make the name index: walk real installs and write what is importable in which version to `rules/index/`.

    python -m airshift_dev.index [VERSION...] [--core]

Versions that are not named keep what an earlier walk found; walks are cached beside the installs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from airshift_dev.envs import ROOT, BuildError, Environment, constraints_file, digest, ensure, envs_folder
from airshift_dev.layout import write_names
from airshift_dev.versions import INDEXED

Walk = dict[str, Any]
WALKER = Path(__file__).with_name("walk.py")
CORE = ("apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk")


def walked(version: str, names: Sequence[str] | None = None, extra: dict[str, list[str]] | None = None) -> Walk:
    """The walk of one version's wide install, from the cache when nothing changed since."""
    order = {"distributions": list(names) if names else None, "extra": extra or {}}
    environment = Environment(version, wide=True)
    identity = [digest(environment), WALKER.read_text(), json.dumps(order, sort_keys=True)]
    key = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]
    cached = envs_folder() / "walks" / f"{version}-{key}.json"
    if not cached.is_file():
        cached.parent.mkdir(parents=True, exist_ok=True)
        run_inside(environment, WALKER, order, cached)
    return dict(json.loads(cached.read_text()))


def run_inside(environment: Environment, script: Path, order: object, result: Path) -> None:
    """Run a script of ours in the interpreter of an install; it reads `order` and writes `result`."""
    python = ensure(environment)
    with tempfile.TemporaryDirectory() as scratch:
        request, answer = Path(scratch) / "order.json", Path(scratch) / "answer.json"
        request.write_text(json.dumps(order))
        command = [str(python), "-P", str(script), str(request), str(answer)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=scratch, env=_settings(scratch), check=False)
        if not answer.is_file():
            raise BuildError(f"{script.name} failed on {environment.version}: {done.stderr[-3000:]}")
        result.write_bytes(answer.read_bytes())


def _settings(scratch: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTHON", "VIRTUAL"))}
    return {**kept, "AIRFLOW_HOME": scratch, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONWARNINGS": "ignore"}


def asked(walks: Iterable[Walk]) -> dict[str, list[str]]:
    """For modules that answer lazily in some version: every name that any version knows there."""
    names: dict[str, set[str]] = {}
    lazy: set[str] = set()
    for walk in walks:
        for module, entry in walk["modules"].items():
            parent, _, child = module.rpartition(".")
            names.setdefault(module, set()).update(entry.get("names", ()))
            names.setdefault(parent, set()).add(child)
            lazy.update([module] if entry.get("hook") else [])
            lazy.update([parent] if entry.get("virtual") else [])
    return {module: sorted(names.get(module, ())) for module in sorted(lazy)}


def complete(walks: dict[str, Walk], names: Sequence[str] | None) -> None:
    """Ask the lazy modules of every version for the names that only other versions spell out."""
    questions = asked(walks.values())
    for version, walk in walks.items():
        again = walked(version, names, questions)
        for module, entry in again["modules"].items():
            if "names" in entry:
                walk["modules"][module] = entry


def source(version: str) -> dict[str, str]:
    """How a version's install came to be, for the provenance file."""
    pin = Environment(version, wide=True).pin
    file = constraints_file(pin)
    how = f"published before {pin.cutoff}" if pin.cutoff else f"official constraints {file.name}"
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    return {"how": how, "constraints": file.name, "constraints_sha256": content}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m airshift_dev.index", description=__doc__.partition("\n")[0])
    parser.add_argument("versions", nargs="*", default=list(INDEXED), help="all indexed versions unless named")
    parser.add_argument("--core", action="store_true", help="core only, without the providers")
    options = parser.parse_args(arguments)
    names = CORE if options.core else None
    try:
        walks = {version: walked(version, names) for version in INDEXED if version in options.versions}
        complete(walks, names)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 3
    sources = {version: source(version) for version in walks}
    for file in write_names(walks, sources, ROOT / "rules" / "index"):
        print(f"{file.stat().st_size:>9} {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
