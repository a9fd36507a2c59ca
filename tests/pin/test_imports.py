from __future__ import annotations

from pathlib import Path

from airshift.files import list_files
from airshift.findings import Problem
from airshift.pin.imports import imports_of, scan_imports


def test_imports_at_any_depth_count() -> None:
    source = (
        "import a.b\nfrom c import D\ndef f():\n"
        "    try:\n        from e.f import G as H\n    except ImportError:\n        import i\n"
    )
    scan = imports_of(source, "x.py")
    assert scan.modules == {"a.b", "i"}
    assert scan.names == {"c:D", "e.f:G"}


def test_imports_for_type_checkers_and_relative_ones_do_not() -> None:
    source = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b\n"
        "from . import c\nfrom .d import e\n"
    )
    modules = imports_of(source, "x.py").modules
    assert "a" not in modules
    assert "b" in modules
    assert not {"c", "d", "e"} & modules


def test_a_broken_file_is_a_problem_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("print 'x'\n")
    (tmp_path / "good.py").write_text("import airflow.operators.bash\n")
    (tmp_path / "note.txt").write_text("import no\n")
    scan = scan_imports(list_files([tmp_path]))
    assert "airflow.operators.bash" in scan.modules
    assert [problem.path for problem in scan.problems] == ["bad.py"]


def test_null_bytes_and_bad_encodings_are_problems() -> None:
    assert isinstance(imports_of(b"import a\0", "x.py"), Problem)
    assert isinstance(imports_of(b"# coding: nonsense\nimport a", "x.py"), Problem)
