"""Changed defaults that nobody set."""

from __future__ import annotations

from pathlib import Path

from airshift.around import check_tree
from airshift.targets import parse_target, parse_version


def unset(
    folder: Path, files: dict[str, str], target: str = "3.3.1", source: str = "2.10.3"
) -> list[tuple[str, str]]:
    for name, text in files.items():
        (folder / name).write_text(text)
    found = check_tree(folder, sorted(files), parse_target(target), parse_version(source))
    return [(finding.place.path, finding.symbol) for finding in found if finding.code == "AS805"]


def test_each_default_is_reported_once_on_the_configuration_file(tmp_path: Path) -> None:
    files = {
        "airflow.cfg": "[core]\nparallelism = 4\n[scheduler]\ncatchup_by_default = False\n",
        ".env": "AIRFLOW__CORE__EXECUTOR=CeleryExecutor\n",
    }
    assert unset(tmp_path, files) == [
        ("airflow.cfg", "api.fallback_page_limit"),
        ("airflow.cfg", "core.auth_manager"),
        ("airflow.cfg", "scheduler.create_cron_data_intervals"),
    ]


def test_mwaa_options_are_the_configuration_of_an_estate_without_a_file(tmp_path: Path) -> None:
    files = {"mwaa.json": '{"AirflowConfigurationOptions": {"core.parallelism": "4"}}'}
    found = unset(tmp_path, files, "mwaa-3.3.1")
    assert {path for path, _ in found} == {"mwaa.json"}
    assert "core.auth_manager" not in {option for _, option in found}
    assert "core.executor" not in {option for _, option in found}


def test_no_configuration_no_finding(tmp_path: Path) -> None:
    assert unset(tmp_path, {"dag.py": "import airflow\n", "README.md": "airflow"}) == []


def test_an_estate_that_is_on_airflow_3_already_has_them(tmp_path: Path) -> None:
    assert unset(tmp_path, {"airflow.cfg": "[core]\nparallelism = 4\n"}, source="3.0.6") == []
