"""What a walk leaves out besides tool folders: patterns of the settings, and what git ignores.

Only files say what git ignores: .gitignore from the top of the repository down, and .git/info/exclude. The index is
not asked, so a file that was added in spite of a pattern is left out, too.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from airshift.records import dataclass

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from airshift.files import Walk

_FILE = ".gitignore"


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Patterns and the folder that they are relative to."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, *, is_folder: bool) -> bool | None:
        """Whether the path is left out; None when no pattern says anything about it."""
        if not path.is_relative_to(self.folder):
            return None
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(relative + "/" if is_folder else relative).include


@dataclass(slots=True)
class LeavingOut:
    """Decides about the files and folders below one path; folders are asked about before what is in them."""

    patterns: _Patterns | None
    git: dict[Path, tuple[_Patterns, ...]] = field(default_factory=dict)
    """For each folder, the pattern files in force there, the nearest last; empty where git says nothing."""
    top: Path | None = None
    """The top of the repository, while what git ignores is left out."""

    @classmethod
    def of(cls, path: Path, walk: Walk) -> LeavingOut | None:
        """What is left out below `path`, which itself was asked for; None when that is nothing."""
        folder = path if path.is_dir() else path.parent
        patterns = _Patterns(walk.base or folder, _spec(walk.patterns)) if walk.patterns else None
        top = _top(folder) if walk.gitignore else None
        out = cls(patterns, top=top)
        if top is not None and out._is_ignored_itself(folder):
            out.top = None
        return out if out.patterns is not None or out.top is not None else None

    def by_pattern(self, path: Path, *, is_folder: bool = False) -> bool:
        """Whether the settings leave a path out."""
        return self.patterns is not None and self.patterns.verdict(path, is_folder=is_folder) is True

    def file(self, path: Path) -> bool:
        """Whether a file is left out."""
        return self.by_pattern(path) or self._by_git(path, is_folder=False)

    def folder(self, path: Path) -> bool:
        """Whether a folder is left out, with everything below it."""
        return self.by_pattern(path, is_folder=True) or self._by_git(path, is_folder=True)

    def _by_git(self, path: Path, *, is_folder: bool) -> bool:
        if self.top is None:
            return False
        for patterns in reversed(self._in_force(path.parent)):
            verdict = patterns.verdict(path, is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False

    def _in_force(self, folder: Path) -> tuple[_Patterns, ...]:
        """The pattern files from the top of the repository down to a folder."""
        if folder not in self.git:
            if folder == self.top:
                found = (*_read(folder, folder / ".git" / "info" / "exclude"), *_read(folder, folder / _FILE))
            else:
                found = (*self._in_force(folder.parent), *_read(folder, folder / _FILE))
            self.git[folder] = found
        return self.git[folder]

    def _is_ignored_itself(self, folder: Path) -> bool:
        """Whether git ignores the folder that was asked for: then its patterns would leave nothing."""
        assert self.top is not None
        above = [one for one in (folder, *folder.parents) if one != self.top and one.is_relative_to(self.top)]
        return any(self._by_git(one, is_folder=True) for one in above)


def _top(folder: Path) -> Path | None:
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)


def _read(folder: Path, file: Path) -> tuple[_Patterns, ...]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return (_Patterns(folder, _spec(text.splitlines())),)


def _spec(lines: tuple[str, ...] | list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(line for line in lines if _is_valid(line))


def _is_valid(line: str) -> bool:
    """Whether a line is a pattern; git skips those that are none."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
