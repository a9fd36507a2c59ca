"""What only the whole estate shows: changed defaults nobody set, and files ignored differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from airshift.around.document import Document
from airshift.around.examine import Examined, examine
from airshift.around.ignore_files import check_ignore_files
from airshift.around.kinds import IGNORE_FILE
from airshift.around.options import Default, Name, Options
from airshift.around.report import report
from airshift.around.setting import Spelling
from airshift.errors import SourceError
from airshift.findings import Finding
from airshift.targets import Target

_SYNTAX: Name = ("core", "dag_ignore_file_syntax")
_RANK = {Spelling.CFG: 0, Spelling.DOTTED: 1, Spelling.NESTED: 2, Spelling.ENV: 3}
_LARGEST = 4_000_000


@dataclass(slots=True)
class Gathered:
    """What the files of an estate say together."""

    files: list[Examined] = field(default_factory=list)
    """Files that set options."""
    ignore: dict[str, Document] = field(default_factory=dict)

    def take(self, path: str, data: bytes, examined: Examined) -> None:
        """Add a file that was examined."""
        if path.rpartition("/")[2] == IGNORE_FILE:
            with suppress(SourceError):
                self.ignore[path] = Document.from_bytes(path, data)
        elif examined.settings and (not path.endswith((".py", ".pyi")) or b"onfiguration" in data):
            self.files.append(examined)


def gather(root: Path, paths: Iterable[str], target: Target) -> Gathered:
    """Examine every file; `paths` are posix paths below `root`."""
    gathered = Gathered()
    for path in paths:
        data = _bytes(root / path)
        if data is not None:
            gathered.take(path, data, examine(path, data, target))
    return gathered


def check_estate(
    paths: Sequence[str], gathered: Gathered, target: Target, source: Target | None = None
) -> Iterator[Finding]:
    """Yield findings that need more than one file of those at `paths`."""
    taken = frozenset(_taken(gathered.files, target))
    if gathered.ignore and _SYNTAX not in taken:
        yield from check_ignore_files(paths, gathered.ignore, target)
    yield from _defaults(gathered, taken, target, source)


def _taken(files: Iterable[Examined], target: Target) -> Iterator[Name]:
    for file in files:
        for setting in file.settings:
            yield setting.name
            moved = Options.load().verdict(setting.name, target).to
            if moved is not None:
                yield moved


def _defaults(
    gathered: Gathered, taken: frozenset[Name], target: Target, source: Target | None
) -> Iterator[Finding]:
    anchor = min(gathered.files, key=_rank, default=None)
    if anchor is None or anchor.document is None:
        return
    options = Options.load()
    for default in options.changed_defaults(source, target):
        if default.name in taken or options.managed_by_mwaa(default.name, target) is not None:
            continue
        if default.only == "airflowignore" and not gathered.ignore:
            continue
        span = anchor.settings[0].key
        message = _message(default)
        yield from report("AS805", anchor.document, span, message, target, symbol=".".join(default.name))


def _message(default: Default) -> str:
    return (
        f"{'.'.join(default.name)} is not set: its default changes from {default.before} to {default.after};"
        f" {default.effect}"
    )


def _rank(file: Examined) -> tuple[int, int, str]:
    best = min(_RANK[setting.spelling] for setting in file.settings)
    return best, -len(file.settings), file.document.path if file.document else ""


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError:
        return None
