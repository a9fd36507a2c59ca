"""Make the name index: walk real installs and write what is importable in which version to `rules/index/`.

    python -m airshift_dev.index [VERSION...]

Walks are cached beside the installs and made again when the install or the walking code changed, or for the versions
that are named.
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
from airshift_dev.layout_facts import write_config, write_members, write_signatures
from airshift_dev.versions import INDEXED

Walk = dict[str, Any]
HERE = Path(__file__).parent
SCRIPTS = {"walk": ("walk", "walk_classes", "walk_imports", "walk_names"), "walk_runtime": ("walk_runtime",)}
"""The modules that run inside an install, each with the sources its result depends on."""


def walked(version: str, extra: dict[str, list[str]] | None = None) -> Walk:
    """The walk of one version's wide install, from the cache when nothing changed since."""
    return cached("walk", version, {"extra": extra or {}})


def cached(script: str, version: str, order: object) -> Walk:
    """What `script` says about a version's wide install, run again only when an input changed."""
    environment = Environment(version, wide=True)
    sources = [(HERE / f"{name}.py").read_text() for name in SCRIPTS[script]]
    identity = [digest(environment), *sources, json.dumps(order, sort_keys=True)]
    key = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]
    result = envs_folder() / "walks" / f"{script}-{version}-{key}.json"
    if not result.is_file():
        result.parent.mkdir(parents=True, exist_ok=True)
        run_inside(environment, script, order, result)
    return dict(json.loads(result.read_text()))


def run_inside(environment: Environment, script: str, order: object, result: Path) -> None:
    """Run a module of ours in the interpreter of an install; it reads `order` and writes `result`."""
    python = ensure(environment)
    with tempfile.TemporaryDirectory() as scratch:
        request, answer = Path(scratch) / "order.json", Path(scratch) / "answer.json"
        request.write_text(json.dumps(order))
        found = f"import sys; sys.path.append({str(HERE.parent)!r})"
        program = f"{found}; from airshift_dev import {script}; {script}.main()"
        command = [str(python), "-P", "-B", "-c", program, str(request), str(answer)]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=scratch, env=_settings(scratch), check=False
        )
        if not answer.is_file():
            raise BuildError(f"{script} failed on {environment.version}: {done.stderr[-3000:]}")
        partial = result.with_suffix(".partial")
        partial.write_bytes(answer.read_bytes())
        partial.replace(result)


def _settings(scratch: str) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AIRFLOW", "PYTHON", "VIRTUAL"))
    }
    return {
        **kept,
        "AIRFLOW_HOME": scratch,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONWARNINGS": "ignore",
    }


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


def complete(walks: dict[str, Walk]) -> None:
    """Ask the lazy modules of every version for the names that only other versions spell out."""
    questions = asked(walks.values())
    for version, walk in walks.items():
        again = walked(version, questions)
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
    parser = argparse.ArgumentParser(
        prog="python -m airshift_dev.index", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "versions", nargs="*", choices=[*INDEXED, []], help="walk these again, whatever is cached"
    )
    options = parser.parse_args(arguments)
    for version in options.versions:
        forget(version)
    try:
        walks = {version: walked(version) for version in INDEXED}
        complete(walks)
        runtime = {version: cached("walk_runtime", version, None) for version in INDEXED}
    except BuildError as error:
        print(error, file=sys.stderr)
        return 3
    sources = {version: source(version) for version in walks}
    folder = ROOT / "rules" / "index"
    files = write_names(walks, sources, folder) + write_signatures(walks, folder / "signatures")
    files += [write_members(runtime, folder / "members.json"), write_config(runtime, folder / "config.json")]
    for file in files:
        print(f"{file.stat().st_size:>9} {file.relative_to(ROOT)}")
    return 0


def forget(version: str) -> None:
    for file in (envs_folder() / "walks").glob(f"*-{version}-*.json"):
        file.unlink()


if __name__ == "__main__":
    raise SystemExit(main())
