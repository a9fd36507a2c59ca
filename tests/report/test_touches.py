"""Which files count for a DAG."""

from __future__ import annotations

from airshift.engine.project import ModuleSummary
from airshift.report.touches import touching_files


def module(path: str, *imported: str) -> ModuleSummary:
    return ModuleSummary(path, {}, {}, {}, imported=imported)


def touches(*modules: ModuleSummary, templates: list[str] | None = None, **texts: str) -> dict[str, set[str]]:
    found = touching_files(modules, templates or [], lambda path: texts.get(path[:-3].rpartition("/")[2], ""))
    return {path: set(files) for path, files in found.items() if files}


def test_imports_are_followed_to_the_end_and_through_cycles() -> None:
    found = touches(
        module("dags/a.py", "common.ops.Load"),
        module("dags/common/ops.py", "common.base.*"),
        module("dags/common/base.py", "common.ops.Load", "requests.get"),
        module("dags/unrelated.py", "pandas.*"),
    )
    assert found["dags/a.py"] == {"dags/common/ops.py", "dags/common/base.py"}
    assert found["dags/common/ops.py"] == {"dags/common/base.py"}
    assert "dags/unrelated.py" not in found


def test_the_module_next_to_the_importer_is_meant() -> None:
    found = touches(
        module("one/dags/a.py", "common.x"), module("one/dags/common.py"), module("two/dags/common.py")
    )
    assert found["one/dags/a.py"] == {"one/dags/common.py"}


def test_a_template_counts_for_the_dag_that_names_it() -> None:
    found = touches(
        module("dags/f/a.py"),
        module("dags/f/b.py"),
        templates=["dags/f/sql/load.sql", "dags/g/sql/load.sql", "dags/f/other.sql"],
        a='sql="sql/load.sql"',
        b="# load.sql is not used here",
    )
    assert found == {"dags/f/a.py": {"dags/f/sql/load.sql"}}


def test_templates_of_imported_modules_count_too() -> None:
    found = touches(
        module("dags/a.py", "helper.x"), module("dags/helper.py"), templates=["dags/x.sql"], helper="'x.sql'"
    )
    assert found["dags/a.py"] == {"dags/helper.py", "dags/x.sql"}
