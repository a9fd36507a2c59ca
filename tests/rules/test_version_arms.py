"""Code that tests Airflow's version, or catches a failing import, is prepared for both sides."""

from __future__ import annotations

import pytest

from rules.checking import codes

BOTH_SIDES = {
    "the other arm, with a function inside": """
        from airflow.version import version
        from airflow.models import DagBag
        AIRFLOW_V_3_0_PLUS = version.startswith("3")
        if AIRFLOW_V_3_0_PLUS:
            def dags(): ...
        else:
            def dags():
                return DagBag(read_dags_from_db=True)
        """,
    "what follows an arm that returns": """
        from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS
        from airflow.sdk import task
        @task
        def load(**context):
            if AIRFLOW_V_3_0_PLUS:
                return context["logical_date"]
            from airflow.utils.helpers import build_airflow_url_with_query
            return build_airflow_url_with_query(context["execution_date"], context["ti"].operator)
        """,
    "a try inside the handler of a try that works": """
        try:
            from airflow.sdk import Asset
        except ImportError:
            try:
                from airflow.datasets import Dataset as Asset
            except ImportError:
                raise RuntimeError
        """,
    "candidates in one tuple": """
        import importlib
        import airflow
        HOMES = {"literal": ("airflow.sdk.definitions.template", "airflow.utils.template")}
        """,
}


@pytest.mark.parametrize("source", BOTH_SIDES.values(), ids=BOTH_SIDES.keys())
def test_prepared_code_is_silent(source: str) -> None:
    assert codes(source) == []


ONE_SIDE = {
    "a test of something else": (
        """
        from airflow.sdk import task
        VERSION = 3
        @task
        def load(**context):
            if VERSION:
                return context["logical_date"]
            return context["execution_date"]
        """,
        [("AS301", 8, "execution_date")],
    ),
    "before the test": (
        """
        from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS
        from airflow.sdk import task
        @task
        def load(**context):
            context["execution_date"]
            if AIRFLOW_V_3_0_PLUS:
                return 1
        """,
        [("AS301", 6, "execution_date")],
    ),
    "after an arm that goes on": (
        """
        from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS
        from airflow.sdk import task
        @task
        def load(**context):
            if AIRFLOW_V_3_0_PLUS:
                print(1)
            context["execution_date"]
        """,
        [("AS301", 8, "execution_date")],
    ),
    "a suppressed import goes missing": (
        """
        from contextlib import suppress
        with suppress(AttributeError, ImportError):
            from airflow.utils.context import AirflowContextDeprecationWarning
        """,
        [("AS107", 4, "airflow.utils.context.AirflowContextDeprecationWarning")],
    ),
    "suppressing something else": (
        """
        from contextlib import suppress
        with suppress(ValueError):
            from airflow.utils.context import AirflowContextDeprecationWarning
        """,
        [("AS101", 4, "airflow.utils.context.AirflowContextDeprecationWarning")],
    ),
    "a list of old names only": (
        """
        import airflow
        HOMES = ["airflow.utils.template", "airflow.datasets"]
        """,
        [("AS108", 3, "airflow.utils.template"), ("AS108", 3, "airflow.datasets")],
    ),
}


@pytest.mark.parametrize(("source", "expected"), ONE_SIDE.values(), ids=ONE_SIDE.keys())
def test_everything_else_is_found(source: str, expected: list[tuple[str, int, str]]) -> None:
    assert codes(source) == expected


def test_the_forwarding_module_of_the_compatibility_provider_is_the_task_sdk() -> None:
    source = """
        import urllib.request
        from airflow.providers.common.compat.sdk import DAG, Variable, dag, task
        def fetch():
            return urllib.request.urlopen("https://a")
        @dag(schedule=None)
        def load():
            @task
            def get(**context):
                fetch()
                context["execution_date"]
            get()
        DAG("a", schedule_interval=None)
        Variable.get("a", default_var=1)
        """
    found = [(code, symbol) for code, _, symbol in codes(source, path="dags/load.py")]
    assert ("AS301", "execution_date") in found
    assert ("AS201", "schedule_interval") in found
    assert ("AS213", "default_var") in found
    assert "AS904" not in {code for code, _ in found}
