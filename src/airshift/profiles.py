"""What kind of code a file holds: the same call matters differently in a DAG, a plugin, a test or a script.

Task code reaches Airflow 3 through the Execution API only; plugins also run in the API server and the
scheduler, tests and scripts run in a process of their own, where the metadata database is still open.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

_TEST_FOLDERS = frozenset({"test", "tests", "unit_tests", "integration_tests"})
_PLUGIN_FILES = frozenset({"airflow_local_settings.py", "webserver_config.py"})
_SCRIPT_FOLDERS = frozenset({"bin", "script", "scripts", "tools"})
_SCRIPT_FILES = frozenset({"setup.py", "noxfile.py", "tasks.py", "manage.py"})


class Profile(StrEnum):
    """Where the code of a file runs."""

    DAG = "dag"
    """On the DAG processor, and in tasks, callbacks and triggers."""
    PLUGIN = "plugin"
    """In every Airflow process, the API server and the scheduler included."""
    TEST = "test"
    """In the user's own test process."""
    SCRIPT = "script"
    """From a shell, outside Airflow's processes."""


@lru_cache(maxsize=64)
def profile(path: str) -> Profile:
    """Tell the profile of a file from its path relative to the estate's root."""
    parts = _parts(path)
    folders, name = frozenset(parts[:-1]), parts[-1]
    if _is_test(name, folders):
        return Profile.TEST
    if "plugins" in folders or name in _PLUGIN_FILES:
        return Profile.PLUGIN
    if "dags" in folders:
        return Profile.DAG
    if folders & _SCRIPT_FOLDERS or (len(parts) == 1 and name in _SCRIPT_FILES):
        return Profile.SCRIPT
    return Profile.DAG


def in_test_folder(path: str) -> bool:
    """Whether a file lies among tests; Airflow loads a `test_*.py` of the DAG folder like any other file."""
    return bool(_TEST_FOLDERS.intersection(_parts(path)[:-1]))


def _parts(path: str) -> list[str]:
    """The root, the folders and the file of a path in lower case, at least one part."""
    parts = [part for part in path.lower().split("/") if part not in ("", ".")]
    return ["/", *parts] if path.startswith("/") else parts or [""]


def _is_test(name: str, folders: frozenset[str]) -> bool:
    if name == "conftest.py" or folders & _TEST_FOLDERS:
        return True
    return "dags" not in folders and (name.startswith("test_") or _stem(name).endswith("_test"))


def _stem(name: str) -> str:
    """The name of a file without its suffix; a dot at either end begins none."""
    dot = name.rfind(".")
    return name[:dot] if 0 < dot < len(name) - 1 else name
