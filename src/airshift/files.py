"""Which files an estate consists of: a walk that follows no links and skips what is not the estate's own.

What else a walk leaves out is said by `Walk`: patterns of the settings, and what git ignores.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from airshift.errors import UsageError
from airshift.findings import Problem
from airshift.records import dataclass

if TYPE_CHECKING:
    from airshift.leaving_out import LeavingOut

SKIPPED = frozenset(
    {"__pycache__", ".git", ".hg", ".svn", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache",
     "node_modules", ".idea", ".vscode", ".eggs"}
)  # fmt: skip
"""Names of folders that are not entered, unless the settings say otherwise."""
LARGEST = 10 * 1024 * 1024
"""Bytes; a larger file is reported as not read."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk leaves out; a file or folder that is named itself is always looked at, unless `forced`."""

    folders: frozenset[str] = SKIPPED
    """Names of folders that are not entered."""
    patterns: tuple[str, ...] = ()
    """Patterns as in .gitignore, relative to `base`."""
    base: Path | None = None
    gitignore: bool = False
    """Whether what git ignores is left out."""
    forced: bool = False
    """Whether `patterns` count for files that are named themselves, too."""


State = tuple[int, int, int, int]
"""Size, time of modification, time of change (both in nanoseconds) and number of a file."""


@dataclass(frozen=True, slots=True)
class EstateFile:
    """A regular file: where it is, and its posix path relative to the root."""

    at: str | Path
    """Where it is; a text for most, because most are never opened."""
    path: str
    state: State | None = field(default=None, compare=False)
    """What the file system said about it when it was listed."""

    @property
    def location(self) -> Path:
        """Where the file is."""
        return Path(self.at)

    @property
    def name(self) -> str:
        """The name of the file in its folder, as the file system has it."""
        return os.fspath(self.at).rpartition(os.sep)[2]


@dataclass(frozen=True, slots=True)
class Listing:
    """The files below the given paths, sorted, and what could not be listed."""

    root: Path
    files: tuple[EstateFile, ...]
    problems: tuple[Problem, ...]
    idle: tuple[str, ...] = ()
    """Paths of Python files that are not among `files`, because Airflow ignores them and nothing else uses them."""


def list_files(paths: list[Path], walk: Walk | None = None) -> Listing:
    """List the regular files below `paths`; raise UsageError when one does not exist.

    The root is the folder itself for one folder, else the nearest folder above all paths.
    """
    missing = [f"{path}{_similar(path)}" for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"no such file or folder: {', '.join(missing)}")
    root = root_of(paths)
    problems: list[Problem] = []
    found = [file for path in paths for file in _walk(path.absolute(), root, walk or Walk(), problems)]
    if len(paths) > 1:
        found = list({str(file.at): file for file in reversed(found)}.values())
    return Listing(root, tuple(sorted(found, key=lambda file: file.path)), tuple(problems))


def _similar(path: Path) -> str:
    """A hint at the name that may have been meant."""
    from difflib import get_close_matches

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    near = get_close_matches(path.name, names, n=1)
    return f" (did you mean {path.parent / near[0]}?)" if near else ""


def root_of(paths: list[Path]) -> Path:
    """The folder that the paths of results are relative to."""
    folders = [path.absolute() if path.is_dir() else path.absolute().parent for path in paths]
    if len(folders) == 1:
        return folders[0]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        return folders[0]


def _relative(file: Path, root: Path) -> str:
    try:
        relative = file.relative_to(root)
    except ValueError:
        relative = file
    return _decodable(relative.as_posix())


def _walk(path: Path, root: Path, walk: Walk, problems: list[Problem]) -> Iterator[EstateFile]:
    out = _leaving_out(path, walk)
    if not path.is_dir():
        if not (walk.forced and out is not None and out.by_pattern(path)):
            yield EstateFile(path, _relative(path, root))
        return

    def note(error: OSError) -> None:
        where = _relative(Path(error.filename or path), root)
        problems.append(Problem(where, f"cannot be listed: {error.strerror or error}"))

    for folder, names, files in os.walk(path, onerror=note):
        here = Path(folder)
        names[:] = sorted(
            name for name in names if name not in walk.folders and not _is_environment(here / name)
        )
        if out is not None:
            names[:] = [name for name in names if not out.folder(here / name)]
            files = [name for name in files if not out.file(here / name)]
        yield from _regular(here, "" if here == root else _relative(here, root) + "/", files)


def _regular(folder: Path, prefix: str, names: Iterable[str]) -> Iterator[EstateFile]:
    """The regular files of a folder; their paths begin with `prefix`."""
    above = str(folder / "_")[:-1]
    for name in sorted(names):
        file = above + name
        try:
            found = os.stat(file)  # noqa: PTH116 (a path takes longer to make than to look up)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(found.st_mode):
            yield EstateFile(file, prefix + _decodable(name), _state(found))


def _decodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8", "replace")


def _state(found: os.stat_result) -> State:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _leaving_out(path: Path, walk: Walk) -> LeavingOut | None:
    """What decides about each file; nothing where there is nothing to decide."""
    if not (walk.patterns or walk.gitignore):
        return None
    from airshift.leaving_out import LeavingOut

    return LeavingOut.of(path, walk)


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").is_file()


def is_regular(file: Path) -> bool:
    """Whether there is a regular file of that name, which may be no possible name at all."""
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except (OSError, ValueError):
        return False


def read_file(file: EstateFile) -> bytes | Problem:
    """The bytes of a file, or the reason why they are not read."""
    found = read_with_state(file)
    return found if isinstance(found, Problem) else found[0]


def read_with_state(file: EstateFile) -> tuple[bytes, State] | Problem:
    """The bytes of a file and what the file system said about it before they were read; or why they are not read."""
    try:
        with file.location.open("rb", buffering=0) as opened:
            found = os.fstat(opened.fileno())
            if found.st_size > LARGEST:
                return Problem(file.path, f"larger than {LARGEST // 1024 // 1024} MB, not read")
            return opened.read(), _state(found)
    except OSError as error:
        return Problem(file.path, f"cannot be read: {error.strerror or error}")
