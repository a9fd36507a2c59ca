"""Objects of a bucket and the files they become; keys that would lead out of the folder are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from airshift.findings import Problem

LARGEST = 100 * 1024 * 1024
"""Bytes of one DAG file or anything beside it; larger objects are not fetched."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class S3Object:
    """One object, or one version of it, and the file it becomes: a posix path within the snapshot."""

    key: str
    path: str
    size: int
    etag: str
    version: str = ""


def key_of(path: object, bucket: str) -> str:
    """The key of a place in the bucket, also where it is written as an address."""
    return str(path or "").removeprefix(f"s3://{bucket}/").strip("/")


def unsafe(path: str) -> str:
    """Why a path from outside must not become a file; empty when it may."""
    parts = path.split("/")
    if path.startswith("/") or _DRIVE.match(path):
        return "an absolute path"
    if "\\" in path or _CONTROL.search(path):
        return "a name with a backslash or a control character"
    if ".." in parts:
        return "a path that leads out of the folder"
    if "" in parts or "." in parts:
        return "a path with an empty part"
    if any(len(part.encode("utf-8", "surrogatepass")) > 255 for part in parts):
        return "a name of more than 255 bytes"
    return ""


def below(prefix: str, folder: str, listed: Iterable[S3Object]) -> tuple[list[S3Object], list[Problem]]:
    """The objects below a prefix as files below a folder, and those that cannot be files."""
    found: dict[str, S3Object] = {}
    problems = []
    for one in listed:
        relative = one.key.removeprefix(prefix)
        if not relative or relative.endswith("/"):
            continue
        path, reason = f"{folder}/{relative}", unsafe(relative)
        if one.size > LARGEST:
            reason = reason or f"larger than {LARGEST // 1024 // 1024} MB"
        if reason:
            problems.append(Problem(path, f"not fetched: {reason}"))
        else:
            found[path] = S3Object(one.key, path, one.size, one.etag)
    folders = {str(parent) for path in found for parent in PurePosixPath(path).parents}
    for path in folders & found.keys():
        problems.append(Problem(path, "not fetched: a file and a folder of the same name"))
        del found[path]
    return [found[path] for path in sorted(found)], problems
