import os

import pytest

os.environ.setdefault("AIRFLOW__CORE__UNIT_TEST_MODE", "True")
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
os.environ.setdefault("AIRFLOW__WEBSERVER__BASE_URL", "http://localhost:8080")


@pytest.fixture(scope="session")
def dag_bag():
    from airflow.models import DagBag

    return DagBag(dag_folder="dags", include_examples=False, read_dags_from_db=False)
