"""Real Airflow installs: one virtual environment a version, built once with uv and reused.

python -m airshift_dev.envs 3.0.6 [--wide] [--print-python]
python -m airshift_dev.envs --wheel apache-airflow==1.10.15
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airshift.verify.interpreters import interpreter
from airshift_dev.versions import NO_BINARY, NOT_WIDE, PINS, Pin
from airshift_dev.wheels import unpacked_wheel

ROOT = Path(__file__).parents[2]
RECIPE = "1"
"""Raise it when the way of building changes, so that existing installs are rebuilt."""


class BuildError(Exception):
    """An install that could not be made, with the installer's own words."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One install of Airflow: core alone, or with the wide set of providers."""

    version: str
    wide: bool = False

    @property
    def pin(self) -> Pin:
        return PINS.get(self.version, Pin("3.12", self.version))

    @property
    def folder(self) -> Path:
        return envs_folder() / f"airflow-{self.version}{'-wide' if self.wide else ''}"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


def envs_folder() -> Path:
    """The folder that holds every install; `AIRSHIFT_ENVS` moves it."""
    return Path(os.environ.get("AIRSHIFT_ENVS") or Path.home() / ".cache" / "airshift" / "envs")


def constraints_file(pin: Pin) -> Path:
    """The official constraints file behind `pin`: the repository's own copy, or the shared one."""
    name = f"airflow-{pin.constraints}-python-{pin.python}.txt"
    shared = Path(os.environ.get("AIRSHIFT_SHARED") or ROOT.parent / "shared")
    for folder in (ROOT / "constraints", shared / "constraints"):
        if (folder / name).is_file():
            return folder / name
    raise BuildError(f"no constraints file {name}")


def requirements(environment: Environment, constraints: str) -> list[str]:
    """What to install: Airflow itself and, when wide, every provider its constraints name."""
    airflow = f"apache-airflow=={environment.version}"
    if not environment.wide:
        return [airflow]
    named = re.findall(r"^apache-airflow-providers-([a-z0-9-]+)==", constraints, re.MULTILINE)
    return [airflow, *(f"apache-airflow-providers-{name}" for name in sorted(named) if name not in NOT_WIDE)]


def pins(environment: Environment, constraints: str) -> str:
    """The constraint lines handed to the installer; none when a cut-off day does the pinning."""
    if environment.pin.cutoff:
        return ""
    lines = (line.strip() for line in constraints.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))


def digest(environment: Environment) -> str:
    """Digest of everything an install is made from, whatever the order of the constraints."""
    constraints = constraints_file(environment.pin).read_text()
    pinned = sorted(line.lower().replace("_", "-") for line in pins(environment, constraints).splitlines())
    parts = [
        RECIPE,
        repr(environment.pin),
        *NO_BINARY,
        *sorted(requirements(environment, constraints)),
        *pinned,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ensure(environment: Environment) -> Path:
    """Return the interpreter of `environment`, building the install when it is missing or stale."""
    marker = environment.folder / ".complete"
    wanted = digest(environment)
    with _locked(environment.folder):
        if not (marker.is_file() and marker.read_text() == wanted):
            _build(environment)
            marker.write_text(wanted)
    return environment.python


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(environment: Environment) -> None:
    shutil.rmtree(environment.folder, ignore_errors=True)
    python = environment.pin.python
    _uv("venv", "--quiet", "--python", interpreter(python) or python, str(environment.folder))
    constraints = constraints_file(environment.pin).read_text()
    pinned, left_out, build_tools = (
        environment.folder / f"{name}.txt" for name in ("pins", "left-out", "build")
    )
    pinned.write_text(pins(environment, constraints))
    left_out.write_text("".join(f"{name} ; python_version < '3'\n" for name in NO_BINARY))
    cutoff = ["--exclude-newer", environment.pin.cutoff] if environment.pin.cutoff else []
    build_tools.write_text("setuptools<80\n")
    files = ["--constraint", str(pinned), "--override", str(left_out), "--build-constraint", str(build_tools)]
    wanted = requirements(environment, constraints)
    _uv("pip", "install", "--quiet", "--python", str(environment.python), *cutoff, *files, *wanted)


def _uv(*arguments: str) -> None:
    settings = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    command = [sys.executable, "-m", "uv", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=settings, check=False)
    if done.returncode:
        raise BuildError(f"uv {' '.join(arguments[:2])} failed: {done.stderr.strip()[-4000:]}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m airshift_dev.envs", description="Build or reuse a real Airflow install."
    )
    parser.add_argument("version", nargs="?", help="an Airflow version, for example 3.0.6")
    parser.add_argument("--wide", action="store_true", help="with every provider its constraints name")
    parser.add_argument("--print-python", action="store_true", help="print the interpreter alone")
    parser.add_argument("--wheel", metavar="NAME==VERSION", help="unpack a wheel without installing it")
    options = parser.parse_args(arguments)
    if bool(options.version) == bool(options.wheel):
        parser.error("give either a version or --wheel")
    try:
        if options.wheel:
            print(unpacked_wheel(options.wheel, envs_folder() / "wheels"))
            return 0
        python = ensure(Environment(options.version, options.wide))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 3
    print(python if options.print_python else f"Airflow {options.version}: {python}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
