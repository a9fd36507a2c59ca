"""Unpack an archive from elsewhere: only regular files, only below the folder, and within limits."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from zlib import error as ZlibError  # noqa: N812

from airshift.environments.objects import unsafe
from airshift.findings import Problem

_CHUNK = 1 << 16
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may become."""

    files: int = 20_000
    total: int = 2 * 1024**3
    ratio: int = 200
    """Times its packed size that a file above `small` may have."""
    small: int = 1024**2


def unpack(archive: Path, folder: Path, limits: Limits = Limits()) -> list[Problem]:
    """Replace `folder` by the content of a zip archive; what is refused is named with the reason.

    An archive that is none, or that breaks a limit, leaves no folder behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        problems = _unpack(archive, made, limits)
        if folder.exists():
            shutil.rmtree(folder)
        if any(made.iterdir()):
            made.chmod(0o755)
            made.rename(folder)
        return problems
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _unpack(archive: Path, folder: Path, limits: Limits) -> list[Problem]:
    try:
        with zipfile.ZipFile(archive) as opened:
            reason = _too_much(opened.infolist(), limits)
            if reason:
                return [Problem(archive.name, f"not unpacked: {reason}")]
            return list(_entries(opened, folder, archive.name, limits))
    except (
        zipfile.BadZipFile,
        OSError,
        EOFError,
        ZlibError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        shutil.rmtree(folder)
        folder.mkdir()
        return [Problem(archive.name, f"not unpacked: {_kind(error)}")]


def _too_much(entries: list[zipfile.ZipInfo], limits: Limits) -> str:
    if len(entries) > limits.files:
        return f"{len(entries)} files, {limits.files} are allowed"
    total = sum(entry.file_size for entry in entries)
    if total > limits.total:
        return f"{total} bytes unpacked, {limits.total} are allowed"
    for entry in entries:
        if entry.file_size > limits.small and entry.file_size > limits.ratio * entry.compress_size:
            return f"a file that grows more than {limits.ratio} times"
    return ""


def _entries(opened: zipfile.ZipFile, folder: Path, name: str, limits: Limits) -> Iterator[Problem]:
    left = limits.total
    for entry in opened.infolist():
        path = entry.orig_filename.rstrip("/")
        reason = unsafe(path) or _odd(entry)
        if not reason and not entry.is_dir():
            reason, written = _write(opened, entry, folder / PurePosixPath(path), left)
            left -= written
        if reason:
            yield Problem(f"{name}/{path}".encode("utf-8", "replace").decode(), f"not unpacked: {reason}")


def _odd(entry: zipfile.ZipInfo) -> str:
    """Why an entry is neither a plain file nor a folder."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a device, pipe or socket"
    return "encrypted" if entry.flag_bits & _ENCRYPTED else ""


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> tuple[str, int]:
    """Write one file; its declared size is not trusted."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as packed, target.open("xb") as file:
            written = _copy(packed, file, min(entry.file_size, left))
    except (FileExistsError, NotADirectoryError):
        return "another entry has this name", 0
    return "", written


def _copy(packed: IO[bytes], file: IO[bytes], most: int) -> int:
    written = 0
    while chunk := packed.read(_CHUNK):
        written += len(chunk)
        if written > most:
            raise ValueError("more bytes than declared")
        file.write(chunk)
    return written


def _kind(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "a damaged archive, or one in a format that cannot be read"
