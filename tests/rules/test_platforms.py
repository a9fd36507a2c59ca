"""What a move from another platform to Amazon MWAA finds, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.checking import check_paths
from airshift.cli.app import run
from airshift.errors import UsageError
from airshift.files import list_files
from airshift.platforms.checking import check_platform
from airshift.platforms.model import Platform
from airshift.targets import parse_target

MWAA = parse_target("mwaa-3.0.6")
DAG = "from airflow.sdk import DAG, task\n"


def found(
    folder: Path, files: dict[str, str], platform: Platform = Platform.ON_PREM
) -> list[tuple[str, str, str]]:
    """Code, path and symbol of each finding."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    findings = check_platform(list_files([folder]), platform, MWAA)
    return [(one.code, one.place.path, one.symbol) for one in findings]


def codes(
    folder: Path, text: str, path: str = "dags/orders.py", platform: Platform = Platform.ON_PREM
) -> list[str]:
    """Codes found in one file."""
    return [code for code, _, _ in found(folder, {path: text}, platform)]


PROFILES: dict[Platform, tuple[dict[str, str], set[tuple[str, str]]]] = {
    Platform.ON_PREM: (
        {
            "dags/orders.py": DAG
            + """
from airflow.providers.standard.operators.bash import BashOperator
with DAG("orders", schedule=None, default_args={"queue": "etl"}):
    BashOperator(task_id="copy", bash_command="cp /mnt/share/orders.csv /mnt/archive/", run_as_user="etl")
""",
            "airflow.cfg": "[core]\nexecutor = LocalExecutor\n[logging]\nremote_base_log_folder = hdfs://logs\n",
            "webserver_config.py": "AUTH_TYPE = 2\nAUTH_LDAP_SERVER = 'ldap://x'\n",
            "plugins/status.py": "from airflow.plugins_manager import AirflowPlugin\n"
            "class Status(AirflowPlugin):\n    flask_blueprints = [status]\n",
        },
        {
            ("AS860", "queue"),
            ("AS860", "run_as_user"),
            ("AS852", "/mnt/share/orders.csv"),
            ("AS852", "/mnt/archive/"),
            ("AS851", "core.executor"),
            ("AS859", "logging.remote_base_log_folder"),
            ("AS856", "AUTH_LDAP_SERVER"),
            ("AS857", "AirflowPlugin.flask_blueprints"),
        },
    ),
    Platform.ECS: (
        {
            "dags/orders.py": DAG
            + """
import os
WHERE = os.environ["ECS_CONTAINER_METADATA_URI_V4"]
DAG("orders", schedule=None)
""",
            "Dockerfile": "FROM apache/airflow:2.10.3\nUSER root\n# RUN apt-get install -y vim\n"
            "RUN apt-get update \\\n && apt-get install -y --no-install-recommends \\\n    libpq-dev=15 \\\n    unixodbc\n",
            "docker-compose.yaml": "services:\n  worker:\n    image: airflow\n    volumes:\n"
            "      - /var/run/docker.sock:/var/run/docker.sock\n",
            "requirements.txt": "apache-airflow-providers-amazon==99.1.0\npandas\nboto3\nmy-package==1.0\n",
        },
        {
            ("AS858", "ECS_CONTAINER_METADATA_URI_V4"),
            ("AS854", "libpq-dev"),
            ("AS854", "unixodbc"),
            ("AS855", "docker.sock"),
            ("AS861", "apache-airflow-providers-amazon"),
            ("AS859", "boto3"),
        },
    ),
    Platform.COMPOSER: (
        {
            "dags/orders.py": DAG
            + """
import os
PROJECT = os.environ.get("GCP_PROJECT")
SQL = open("/home/airflow/gcs/dags/sql/orders.sql").read()
SOURCE = "gs://europe-west1-etl-1a2b-bucket/data/orders.csv"
DAG("orders", schedule=None)
""",
            "dags/airflow_monitoring.py": DAG + "DAG('airflow_monitoring', schedule=None)\n",
            "deploy.sh": "#!/bin/sh\ngcloud composer environments run etl dags list # airflow\n",
            "environment.json": '{"softwareConfig": {"imageVersion": "composer-3-airflow-3.1.8-build.2"}}',
        },
        {
            ("AS858", "GCP_PROJECT"),
            ("AS858", "/home/airflow/gcs/dags/sql/orders.sql"),
            ("AS858", "gs://europe-west1-etl-1a2b-bucket/data/orders.csv"),
            ("AS858", "airflow_monitoring.py"),
            ("AS858", "gcloud composer environments"),
            ("AS861", "apache-airflow"),
        },
    ),
    Platform.ASTRO: (
        {
            "dags/orders.py": DAG
            + """
from airflow.providers.standard.operators.python import PythonOperator
def load():
    return open("/usr/local/airflow/include/orders.sql").read()
with DAG("orders", schedule=None):
    PythonOperator(task_id="load", python_callable=load, executor_config={"KubernetesExecutor": {"request_memory": "4Gi"}})
""",
            "Dockerfile": "FROM quay.io/astronomer/astro-runtime:3.2-1\n",
            "packages.txt": "# for odbc\nunixodbc-dev\n",
            "airflow_settings.yaml": "airflow:\n  pools: []\n",
            ".github/workflows/deploy.yaml": "jobs:\n  deploy:\n    steps:\n      - run: astro deploy --dags # airflow\n",
        },
        {
            ("AS850", "executor_config"),
            ("AS852", "/usr/local/airflow/include/orders.sql"),
            ("AS861", "apache-airflow"),
            ("AS854", "unixodbc-dev"),
            ("AS858", "airflow_settings.yaml"),
            ("AS858", "astro deploy"),
        },
    ),
}
CLEAN = {
    "dags/orders.py": DAG
    + """
import os
from airflow.providers.amazon.aws.operators.s3 import S3ListOperator
from airflow.providers.standard.operators.bash import BashOperator
HERE = os.path.dirname(__file__)
STAGE = os.environ.get("STAGE", "dev")
with DAG("orders", schedule=None, default_args={"retries": 1, "queue": "default"}):
    S3ListOperator(task_id="list", bucket="orders", prefix="data/")
    BashOperator(task_id="say", bash_command="echo https://example.com/data/orders > /tmp/said && cat /tmp/said")
""",
    "airflow.cfg": "[core]\nexecutor = CeleryExecutor\nparallelism = 40\n",
    "requirements.txt": "my-package==1.0\n# boto3\n",
    "Dockerfile": "FROM python:3.12\nRUN apt-get update && apt-get install -y libpq-dev\n",
}


@pytest.mark.parametrize("platform", Platform)
def test_each_platform_has_its_findings(tmp_path: Path, platform: Platform) -> None:
    files, wanted = PROFILES[platform]
    assert {(code, symbol) for code, _, symbol in found(tmp_path, files, platform)} == wanted


@pytest.mark.parametrize("platform", Platform)
def test_an_estate_that_is_ready_has_none(tmp_path: Path, platform: Platform) -> None:
    assert found(tmp_path, CLEAN, platform) == []


@pytest.mark.parametrize("platform", Platform)
def test_things_of_one_platform_mean_nothing_on_another(tmp_path: Path, platform: Platform) -> None:
    other = Platform.ASTRO if platform is not Platform.ASTRO else Platform.COMPOSER
    files, wanted = PROFILES[other]
    own = {(code, symbol) for code, symbol in wanted if code == "AS858"}
    assert own
    assert not own & {(code, symbol) for code, _, symbol in found(tmp_path, files, platform)}


def test_a_plain_check_does_not_look(tmp_path: Path) -> None:
    files, _ = PROFILES[Platform.ON_PREM]
    found(tmp_path, files)
    assert not [
        one for one in check_paths([tmp_path], target=MWAA).findings if one.code.startswith(("AS85", "AS86"))
    ]


HANDED_ON = {
    "between TaskFlow tasks": """
@task
def extract():
    with open("/tmp/orders.csv", "w") as out: ...
@task
def load():
    return open("/tmp/orders.csv")
""",
    "between callables, by a constant": """
from airflow.providers.standard.operators.python import PythonOperator
PATH = "/tmp/orders.csv"
def extract(frame):
    frame.to_csv(PATH)
def load():
    import pandas
    return pandas.read_csv(PATH)
PythonOperator(task_id="a", python_callable=extract)
PythonOperator(task_id="b", python_callable=load)
""",
    "from a command to a function": """
from airflow.providers.standard.operators.bash import BashOperator
BashOperator(task_id="get", bash_command="curl -o /tmp/orders.csv https://example.com")
@task
def load():
    return open("/tmp/orders.csv")
""",
    "to an operator's argument": """
from airflow.providers.amazon.aws.transfers.local_to_s3 import LocalFilesystemToS3Operator
@task
def extract():
    open("/tmp/orders.csv", mode="w")
LocalFilesystemToS3Operator(task_id="send", filename="/tmp/orders.csv", dest_key="x")
""",
}
NOT_HANDED_ON = {
    "within one task": """
@task
def work():
    open("/tmp/orders.csv", "w")
    return open("/tmp/orders.csv")
""",
    "two files": """
@task
def extract():
    open("/tmp/a.csv", "w")
@task
def load():
    return open("/tmp/b.csv")
""",
    "nobody writes": """
@task
def first():
    return open("/tmp/orders.csv")
@task
def second():
    return open("/tmp/orders.csv")
""",
    "both write": """
@task
def first():
    open("/tmp/orders.csv", "w")
@task
def second():
    open("/tmp/orders.csv", "w")
""",
    "helpers of one task": """
def write():
    open("/tmp/orders.csv", "w")
def read():
    return open("/tmp/orders.csv")
@task
def work():
    write()
    return read()
""",
    "paths that are not known": """
import tempfile
@task
def first():
    open(tempfile.mktemp(), "w")
@task
def second(path):
    return open(path)
""",
}


@pytest.mark.parametrize("body", HANDED_ON.values(), ids=HANDED_ON)
def test_files_handed_on(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, DAG + body) == ["AS853"]


@pytest.mark.parametrize("body", NOT_HANDED_ON.values(), ids=NOT_HANDED_ON)
def test_files_that_stay_with_their_task(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, DAG + body) == []


NO_HOST_PATH = {
    "a key in S3": 'S3ListOperator(task_id="l", bucket="b", prefix="/data/orders")',
    "an endpoint": 'HttpOperator(task_id="g", endpoint="/data/orders")',
    "a URL in a command": 'BashOperator(task_id="g", bash_command="curl https://example.com/mnt/x")',
    "a path below the DAG folder": 'open("/usr/local/airflow/dags/x.sql")',
    "a docstring": '"""Data is in /mnt/orders."""',
    "a log message": 'print("/mnt/orders")',
    "a relative path": 'open("data/orders.csv")',
    "a name": "open(path)",
}


@pytest.mark.parametrize("line", NO_HOST_PATH.values(), ids=NO_HOST_PATH)
def test_no_host_path(tmp_path: Path, line: str) -> None:
    imports = (
        "from airflow.providers.amazon.aws.operators.s3 import S3ListOperator\n"
        "from airflow.providers.http.operators.http import HttpOperator\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
    )
    assert codes(tmp_path, DAG + imports + line + "\n") == []


HOST_PATHS = [
    'open("/mnt/x")',
    'open(f"/data/{day}.csv")',
    'import pathlib\npathlib.Path("/srv/x")',
    'A = "/efs/x"\nopen(A)',
]


@pytest.mark.parametrize("line", HOST_PATHS)
def test_host_path(tmp_path: Path, line: str) -> None:
    assert codes(tmp_path, DAG + line + "\n") == ["AS852"]


DOCKER = {
    "the operator": (
        "from airflow.providers.docker.operators.docker import DockerOperator\nDockerOperator(task_id='x')",
        True,
    ),
    "the decorator": ("@task.docker(image='x')\ndef work(): ...", True),
    "a command": (
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "BashOperator(task_id='x', bash_command='cd x; docker run img')",
        True,
    ),
    "the client": ("import docker\ndocker.from_env()", True),
    "a word in a command": (
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "BashOperator(task_id='x', bash_command='echo docker run')",
        False,
    ),
    "another image": (
        "from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator\n"
        "EcsRunTaskOperator(task_id='docker', cluster='c', task_definition='docker', overrides={})",
        False,
    ),
}


@pytest.mark.parametrize(("body", "alarms"), DOCKER.values(), ids=DOCKER)
def test_docker(tmp_path: Path, body: str, alarms: bool) -> None:
    assert codes(tmp_path, DAG + body + "\n") == (["AS855"] if alarms else [])


def test_asking_for_nothing_special_is_fine(tmp_path: Path) -> None:
    body = """
from airflow.providers.standard.operators.bash import BashOperator
BashOperator(task_id="a", bash_command="x", executor_config=None, queue="default", executor="CeleryExecutor")
BashOperator(task_id="b", bash_command="x", executor_config={}, run_as_user=None)
"""
    assert codes(tmp_path, DAG + body) == []


def test_own_executors_are_found_by_what_they_derive_from(tmp_path: Path) -> None:
    assert codes(
        tmp_path, "from airflow.executors.base_executor import BaseExecutor\nclass Mine(BaseExecutor): ...\n"
    ) == ["AS851"]
    assert (
        codes(tmp_path, "from concurrent.futures import Executor\nclass Mine(Executor): ...  # airflow\n")
        == []
    )


def test_schedulers_of_a_chart(tmp_path: Path) -> None:
    chart = "# airflow\nscheduler:\n  replicas: {}\n"
    assert codes(tmp_path, chart.format(2), "values.yaml") == ["AS860"]
    assert codes(tmp_path, chart.format(1), "values.yaml") == []
    assert codes(tmp_path, "web:\n  replicas: 3\n# airflow\n", "values.yaml") == []


def test_tests_of_the_estate_are_left_alone(tmp_path: Path) -> None:
    assert codes(tmp_path, "import docker\ndocker.from_env()\nopen('/mnt/x')\n", "tests/test_orders.py") == []


def test_comments_silence_findings(tmp_path: Path) -> None:
    assert codes(tmp_path, DAG + "open('/mnt/x')  # airshift: ignore[AS852]\n") == []


def test_versions_that_are_no_newer_are_no_downgrade(tmp_path: Path) -> None:
    assert codes(tmp_path, "FROM apache/airflow:2.10.3\n", "Dockerfile") == []
    assert codes(tmp_path, "FROM apache/airflow:3.0.6\n", "Dockerfile") == []
    assert (
        codes(tmp_path, "FROM quay.io/astronomer/astro-runtime:12.1.0\n", "Dockerfile", Platform.ASTRO) == []
    )
    assert codes(tmp_path, "FROM apache/airflow:3.2.1\n", "Dockerfile") == ["AS861"]
    assert codes(tmp_path, "# the same folder, no image\n", "Dockerfile") == []
    assert codes(tmp_path, "apache-airflow-providers-http==4.0.0\n", "requirements-x.txt") == ["AS859"]


def test_the_target_has_to_be_mwaa(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Amazon MWAA"):
        check_platform(list_files([tmp_path]), Platform.ON_PREM, parse_target("3.0.6"))


def test_the_report_has_them_with_from_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    estate, out = tmp_path / "estate", tmp_path / "out"
    files, _ = PROFILES[Platform.COMPOSER]
    found(estate, files, Platform.COMPOSER)
    options = [
        "assess",
        str(estate),
        "--out",
        str(out),
        "--no-ruff",
        "-q",
        "--target",
        "mwaa-3.0.6",
        "--exit-zero",
    ]
    assert run([*options, "--from", "composer"]) == 0
    codes_found = {one["code"] for one in json.loads((out / "report.json").read_text())["findings"]}
    assert {"AS858", "AS861"} <= codes_found
    assert run(options) == 0
    codes_found = {one["code"] for one in json.loads((out / "report.json").read_text())["findings"]}
    assert not {"AS858", "AS861"} & codes_found
    assert run([*options, "--from", "heroku"]) == 2
    capsys.readouterr()
