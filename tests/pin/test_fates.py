from __future__ import annotations

from pathlib import Path

from airshift.pin.fates import fates_of
from airshift.report.model import RequirementFate
from airshift.targets import Target, parse_version


def test_every_line_of_every_file_is_judged_once_without_network(tmp_path: Path) -> None:
    folder = tmp_path / "mwaa"
    folder.mkdir()
    (folder / "requirements.txt").write_text("-r base.txt\npandas==1.5.3\nown-thing\n")
    (folder / "base.txt").write_text("boto3\ngit+https://tok_secret@h.example/r.git#egg=own\n")
    files = [("mwaa/requirements.txt", folder / "requirements.txt"), ("mwaa/base.txt", folder / "base.txt")]
    fates = fates_of(files, parse_version("mwaa-3.3.1"))
    assert [(fate.path, fate.line, fate.name, fate.action, fate.after) for fate in fates] == [
        ("mwaa/base.txt", 1, "boto3", "drop", ""),
        ("mwaa/base.txt", 2, "own", "manual", "git+https://****@h.example/r.git#egg=own"),
        ("mwaa/requirements.txt", 2, "pandas", "change", "pandas==3.0.5"),
        ("mwaa/requirements.txt", 3, "own-thing", "manual", "own-thing"),
    ]
    assert fates[3].reason == "not in the constraints; airshift pin resolves it"
    assert not any("tok_secret" in str(fate) for fate in fates)


def test_a_target_without_bundled_constraints_has_no_fates(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pandas\n")
    assert fates_of([("requirements.txt", tmp_path / "requirements.txt")], Target("3.1.99")) == ()


def test_what_cannot_be_read_takes_no_report_down(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"\xff\xfe\x00 = <<<\npandas\n")
    for fate in fates_of([("requirements.txt", tmp_path / "requirements.txt")], Target("3.3.1")):
        assert isinstance(fate, RequirementFate)
