"""What an archive from elsewhere may not do."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.environments.objects import S3Object, below, unsafe
from airshift.environments.unzip import Limits, unpack


def archive(folder: Path, *entries: tuple[str, bytes], mode: int = 0) -> Path:
    file = folder / "plugins.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode << 16
            made.writestr(entry, data)
    return file


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_files_and_folders_are_unpacked(tmp_path: Path) -> None:
    made = archive(
        tmp_path, ("own/", b""), ("own/hook.py", b"x = 1\n"), ("top.py", b""), ("deep/a/b.py", b"y")
    )
    assert unpack(made, tmp_path / "plugins") == []
    assert files(tmp_path / "plugins") == {"own/hook.py": b"x = 1\n", "top.py": b"", "deep/a/b.py": b"y"}


def test_an_earlier_folder_is_replaced(tmp_path: Path) -> None:
    unpack(archive(tmp_path, ("old.py", b"")), tmp_path / "plugins")
    unpack(archive(tmp_path, ("new.py", b"")), tmp_path / "plugins")
    assert files(tmp_path / "plugins").keys() == {"new.py"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plugins", "plugins.zip"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.py", "leads out of the folder"),
        ("own/../../evil.py", "leads out of the folder"),
        ("/etc/evil.py", "absolute"),
        ("C:/evil.py", "absolute"),
        ("c:evil.py", "absolute"),
        ("own\\..\\evil.py", "backslash"),
        ("bell\x07.py", "control character"),
        ("own//evil.py", "empty part"),
        ("./evil.py", "empty part"),
        ("x" * 256, "255 bytes"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str, reason: str) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (problem,) = unpack(archive(box, (name, b"evil"), ("good.py", b"")), box / "plugins")
    assert reason in problem.reason
    assert files(tmp_path).keys() == {"box/plugins.zip", "box/plugins/good.py"}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(stat.S_IFLNK, "symbolic link"), (stat.S_IFCHR, "device"), (stat.S_IFBLK, "device"), (stat.S_IFIFO, "pipe"),
     (stat.S_IFSOCK, "socket")],
)  # fmt: skip
def test_only_files_and_folders_come_out(tmp_path: Path, kind: int, reason: str) -> None:
    (problem,) = unpack(archive(tmp_path, ("link", b"/etc/passwd"), mode=kind | 0o777), tmp_path / "plugins")
    assert reason in problem.reason
    assert not (tmp_path / "plugins").exists()


def test_permissions_of_an_archive_do_not_count(tmp_path: Path) -> None:
    unpack(archive(tmp_path, ("run.sh", b""), mode=stat.S_IFREG | 0o4777), tmp_path / "plugins")
    assert not (tmp_path / "plugins" / "run.sh").stat().st_mode & 0o7111


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(files=2), "3 files, 2 are allowed"),
        (Limits(total=1_000_000), "bytes unpacked, 1000000 are allowed"),
        (Limits(ratio=100, small=1000), "grows more than 100 times"),
    ],
)
def test_a_bomb_is_not_unpacked_at_all(tmp_path: Path, limits: Limits, reason: str) -> None:
    made = archive(tmp_path, ("a.py", b""), ("b.py", b"b"), ("zeros", bytes(2_000_000)))
    (problem,) = unpack(made, tmp_path / "plugins", limits)
    assert reason in problem.reason
    assert not (tmp_path / "plugins").exists()


def test_a_file_that_is_larger_than_it_says_is_not_believed(tmp_path: Path) -> None:
    made = archive(tmp_path, ("zeros", bytes(500_000)))
    raw = bytearray(made.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", raw, raw.index(signature) + offset, 10)
    made.write_bytes(raw)
    (problem,) = unpack(made, tmp_path / "plugins")
    assert "not unpacked" in problem.reason
    assert not (tmp_path / "plugins").exists()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_what_is_no_archive_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "plugins.zip"
    file.write_bytes(content)
    (problem,) = unpack(file, tmp_path / "plugins")
    assert problem.path == "plugins.zip"
    assert "damaged" in problem.reason


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    made = archive(tmp_path, ("secret.py", b"x"))
    raw = bytearray(made.read_bytes())
    raw[raw.index(b"PK\x03\x04") + 6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    made.write_bytes(raw)
    (problem,) = unpack(made, tmp_path / "plugins")
    assert "encrypted" in problem.reason


def test_the_second_of_two_equal_names_and_a_file_that_is_a_folder_too_are_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        made = archive(tmp_path, ("a", b"first"), ("a", b"second"), ("a/b", b"third"))
    reasons = [problem.reason for problem in unpack(made, tmp_path / "plugins")]
    assert reasons == ["not unpacked: another entry has this name"] * 2
    assert files(tmp_path / "plugins") == {"a": b"first"}


@given(st.text(max_size=30))
def test_a_safe_path_stays_within_any_folder(path: str) -> None:
    if path and not unsafe(path):
        root = Path("/box")
        assert (root / path).parts[:2] == root.parts
        assert ".." not in (root / path).parts
        assert (root / path) != root


@given(st.lists(st.text("ab./\\\0", min_size=1, max_size=8), max_size=8, unique=True))
def test_objects_become_files_below_their_folder_or_problems(keys: list[str]) -> None:
    listed = [S3Object(f"dags/{key}", "", 1, "e") for key in keys]
    found, problems = below("dags/", "dags", listed)
    assert len(found) + len(problems) == sum(not key.endswith("/") for key in keys)
    paths = {one.path for one in found}
    assert len(paths) == len(found)
    for one in found:
        assert one.path.startswith("dags/")
        assert not any(str(parent) in paths for parent in Path(one.path).parents)


def test_an_object_too_large_for_a_dag_is_left_where_it_is() -> None:
    found, (problem,) = below("dags/", "dags", [S3Object("dags/dump.bin", "", 1 << 40, "e")])
    assert found == []
    assert "larger than 100 MB" in problem.reason
