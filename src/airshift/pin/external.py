"""Resolution of packages outside the constraints, by uv or pip-tools as a subprocess."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from airshift.errors import ServiceError, UsageError
from airshift.pin.explanations import explain
from airshift.pin.index_settings import IndexSettings
from airshift.pin.pins import canonical

PATIENCE = 180.0
"""Seconds for an answer. Who takes longer builds one old source distribution after the other."""

_LOCKED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
_VIA = re.compile(r"#\s*via\s+(?P<names>.*)\Z")
_NETWORK = re.compile(
    r"error sending request|failed to fetch|dns error|failed to lookup|could not connect|tcp connect|"
    r"connection refused|network is unreachable|NewConnectionError|NameResolutionError|ConnectTimeout|"
    r"Max retries exceeded|operation timed out",
    re.IGNORECASE,
)
_OFFLINE = "the network was disabled"


class ResolverName(StrEnum):
    """Which tool resolves what the constraints do not pin."""

    UV = "uv"
    PIP_TOOLS = "pip-tools"


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be resolved together, for which Python."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    python: str
    settings: IndexSettings = field(default_factory=IndexSettings)
    wheels_only: tuple[str, ...] = ()
    """Packages whose source distributions do not count."""
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Solved:
    """A set of versions that fit together."""

    versions: dict[str, str]
    needs_airflow: frozenset[str]
    """Packages that depend on apache-airflow."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Every package with its version, sorted."""
        return tuple(f"{name}=={version}" for name, version in sorted(self.versions.items()))


@dataclass(frozen=True, slots=True)
class Unsolved:
    """No set of versions fits; the resolver's explanation on one line."""

    explanation: str
    missed_the_network: bool = False
    """Asked offline, and something was not in the resolver's cache."""


class Resolver(Protocol):
    """A tool that answers questions."""

    def solve(self, question: Question) -> Solved | Unsolved:
        """Return versions or an explanation; raise ServiceError when the index cannot be reached."""
        ...


def make_resolver(name: ResolverName | None) -> Resolver:
    """Return the asked tool, by default uv where it is installed, else pip-tools."""
    uv = uv_command()
    if name is ResolverName.PIP_TOOLS or (name is None and uv is None):
        return PipTools()
    if uv is None:
        raise UsageError("--resolver uv: uv is not installed; `pip install uv` or use --resolver pip-tools")
    return Uv(tuple(uv))


def uv_command() -> list[str] | None:
    """Return how uv is called, or None where it is not installed."""
    beside = Path(sys.executable).with_name("uv")
    if beside.is_file():
        return [str(beside)]
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return [found] if found else None


@dataclass(slots=True)
class Uv:
    """`uv pip compile`, for any Python from any Python.

    After the first answer its cache has almost everything: that a later question has no solution is seen there, in a
    tenth of the time that asking the index about every package again takes. Solutions always come from the index.
    """

    command: tuple[str, ...]
    has_asked: bool = False

    def solve(self, question: Question) -> Solved | Unsolved:
        """Resolve for Linux x86_64 and the question's Python."""
        if self.has_asked:
            known = self._ask(question, "--offline")
            if isinstance(known, Unsolved) and not known.missed_the_network:
                return known
        self.has_asked = True
        return self._ask(question)

    def _ask(self, question: Question, *more: str) -> Solved | Unsolved:
        arguments = (
            *("pip", "compile", "in.txt", "--constraint", "constraints.txt", "--no-header", "--no-progress"),
            *("--annotation-style", "line", "--no-emit-index-url", "--no-emit-find-links"),
            *("--python-version", question.python, "--python-platform", "x86_64-manylinux_2_34"),
            *("--index-strategy", "unsafe-best-match", "--prerelease", "explicit", "--color", "never"),
        )
        return _run((*self.command, *arguments, *more), question)


@dataclass(frozen=True, slots=True)
class PipTools:
    """`pip-compile`, which resolves for the Python it runs on."""

    def solve(self, question: Question) -> Solved | Unsolved:
        """Resolve with the running Python; raise ServiceError where the target's is another one."""
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        if running != question.python:
            raise ServiceError(
                f"pip-tools resolves for the Python it runs on ({running}), the target needs "
                f"{question.python}: run airshift on Python {question.python} or install uv"
            )
        arguments = (
            *("compile", "in.txt", "--constraint", "constraints.txt", "--output-file", "out.txt", "--quiet"),
            *("--no-header", "--annotation-style", "line", "--strip-extras", "--allow-unsafe"),
            *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
        )
        return _run((sys.executable, "-m", "piptools", *arguments), question)


def _run(command: tuple[str, ...], question: Question) -> Solved | Unsolved:
    """Run a resolver in a folder of its own; options go through the file, not through the process list."""
    with tempfile.TemporaryDirectory(prefix="airshift-") as name:
        folder = Path(name)
        lines = (
            *_option_lines(question.settings),
            *(f"--only-binary {name}" for name in question.wheels_only),
        )
        (folder / "in.txt").write_text("\n".join((*lines, *question.requirements)) + "\n", encoding="utf-8")
        (folder / "constraints.txt").write_text("\n".join(question.constraints) + "\n", encoding="utf-8")
        done = _finished(command, folder, question.patience)
        if done is not None and done[0] and _NETWORK.search(done[2]):
            done = _finished(command, folder, question.patience)  # one lost connection is no answer yet
        if done is None:
            return Unsolved(f"the resolver found no answer in {question.patience:.0f} seconds")
        code, stdout, stderr = done
        output = folder / "out.txt"
        text = output.read_text(encoding="utf-8") if output.is_file() else stdout
    if code == 0:
        return parse_lock(text)
    if _OFFLINE in stderr or ("--offline" in command and "No solution found" not in stderr):
        return Unsolved("not in the cache", missed_the_network=True)
    if _NETWORK.search(stderr) and "No solution found" not in stderr:
        raise ServiceError("the package index could not be reached")
    return Unsolved(explain(stderr))


def _finished(command: tuple[str, ...], folder: Path, patience: float) -> tuple[int, str, str] | None:
    """Run a command with everything that it starts; return (exit code, stdout, stderr), None when it takes too long."""
    variables = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
    except OSError as error:
        raise ServiceError(
            f"the resolver {Path(command[0]).name} cannot be run ({error.strerror})"
        ) from error
    with process:
        try:
            stdout, stderr = process.communicate(timeout=patience)
        except BaseException as error:
            _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                return None
            raise
    return process.returncode, stdout, stderr


def _end(process: subprocess.Popen[str]) -> None:
    """Kill the process and the builds it runs."""
    if sys.platform == "win32":
        process.kill()
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _option_lines(settings: IndexSettings) -> list[str]:
    lines = [f"--index-url {settings.main}"] if settings.main and not settings.no_index else []
    lines += [f"--extra-index-url {url}" for url in settings.extra if not settings.no_index]
    lines += [
        f"--find-links {Path(place).resolve() if _is_folder(place) else place}"
        for place in settings.find_links
    ]
    return [*lines, "--no-index"] if settings.no_index else lines


def _is_folder(place: str) -> bool:
    return "://" not in place and Path(place).is_dir()


def parse_lock(text: str) -> Solved:
    """Read a lock with one-line annotations."""
    versions: dict[str, str] = {}
    dependants: set[str] = set()
    for line in text.splitlines():
        match = _LOCKED.match(line.strip())
        if match is None:
            continue
        name = canonical(match["name"])
        versions[name] = match["version"]
        via = _VIA.search(line)
        if via and name == "apache-airflow":
            dependants |= {canonical(one.strip()) for one in via["names"].split(",")}
    return Solved(versions, frozenset(dependants & versions.keys()))


def constraint_lines(*tables: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Merge name-version pairs into constraint lines; later tables win."""
    merged = {name: version for table in tables for name, version in table}
    return tuple(f"{name}=={version}" for name, version in sorted(merged.items()))
