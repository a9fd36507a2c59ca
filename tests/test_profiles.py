"""Profiles: what a file's path says about the code in it."""

from __future__ import annotations

import pytest

from airshift.profiles import Profile, profile


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dags/load.py", Profile.DAG),
        ("load.py", Profile.DAG),
        ("dags/scripts/load.py", Profile.DAG),
        ("dags/test_load.py", Profile.DAG),
        ("team/dags/plugins_of_ours.py", Profile.DAG),
        ("plugins/operators/lake.py", Profile.PLUGIN),
        ("config/airflow_local_settings.py", Profile.PLUGIN),
        ("webserver_config.py", Profile.PLUGIN),
        ("tests/dags/load.py", Profile.TEST),
        ("dags/tests/load.py", Profile.TEST),
        ("dags/conftest.py", Profile.TEST),
        ("test_load.py", Profile.TEST),
        ("checks/load_test.py", Profile.TEST),
        ("plugins/tests/test_lake.py", Profile.TEST),
        ("scripts/backfill.py", Profile.SCRIPT),
        ("setup.py", Profile.SCRIPT),
        ("dags/setup.py", Profile.DAG),
        ("latest/load.py", Profile.DAG),
        ("./setup.py", Profile.SCRIPT),
        ("/setup.py", Profile.DAG),
        ("TESTS//a.py", Profile.TEST),
        ("checks/load_test", Profile.TEST),
        ("checks/load_test.", Profile.DAG),
        ("checks/load_test.old.py", Profile.DAG),
        ("checks/._test", Profile.TEST),
        ("", Profile.DAG),
    ],
)
def test_profile_of_a_path(path: str, expected: Profile) -> None:
    assert profile(path) is expected
