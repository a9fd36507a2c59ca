"""Which files differ from a commit, as git says: what is committed since, staged, changed or new."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from airshift.errors import UsageError

DEFAULT = "HEAD"
"""What is compared with when nobody says: the last commit, so what is not committed yet is checked."""
_TIMEOUT = 120


def changed_files(root: Path, base: str = DEFAULT) -> frozenset[Path]:
    """Files of the repository around `root` that changed since `base` and HEAD parted, those git does not know too.

    Deleted files are not among them. Raises UsageError when there is no repository or no such commit.
    """
    top = Path(os.fsdecode(_git(root, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    commit = _text(
        _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}", said=base)
    )
    parted = _text(_git(root, "merge-base", commit, "HEAD", said=base))
    differing = _git(top, "diff", "--name-only", "--no-renames", "--diff-filter=d", "-z", parted, "--")
    unknown = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    names = [name for name in (differing + unknown).split(b"\0") if name]
    return frozenset(top / os.fsdecode(name) for name in names)


def _text(output: bytes) -> str:
    return output.decode("ascii", "replace").strip()


def _git(folder: Path, *arguments: str, said: str = "") -> bytes:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True, check=False, timeout=_TIMEOUT, env=environment,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"--changed needs git: {type(error).__name__}") from error
    if done.returncode == 0:
        return done.stdout
    if said:
        raise UsageError(f"--changed {said}: no commit that HEAD has a common ancestor with")
    reason = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    raise UsageError(f"--changed: git says: {reason}")
