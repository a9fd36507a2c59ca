"""Callers of REST v1 in text, shell and Python."""

from __future__ import annotations

import pytest

from airshift.around.rest import check_mwaa_path, check_string
from around.checking import fixed, found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x/api/v1/dags", "AS820"),
        ("api/v1/dags/{{ dag.dag_id }}/dagRuns", "AS820"),
        ("/api/v1/eventLogs", "AS820"),
        ("https://airflow.example/api/v1", "AS820"),
        ("${AIRFLOW_URL}/api/v1/pools", "AS820"),
        ("{self.airflow_host}/api/v1/connections/{conn}", "AS820"),
        ("https://airflow.example/api/v1/health", "AS821"),
        ("https://airflow/api/v1/roles/Admin", "AS821"),
        ("/api/v1/dags/a/dagRuns/b/setNote", "AS821"),
        ("/api/v1/dags/a/updateTaskInstancesState", "AS821"),
        ("https://airflow/api/v1/datasets/events", "AS821"),
        ("http://airflow-webserver:8080/health", "AS821"),
        ("http://x/api/experimental/dags/a/dag_runs", "AS821"),
    ],
)
def test_urls_of_v1(text: str, expected: str) -> None:
    assert [match.code for match in check_string(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "http://prometheus:9090/api/v1/query?query=up",
        "https://superset.example/api/v1/dataset/3",
        "https://grafana/api/v1/health",
        "/api/v1/namespaces/default/pods",
        "/api/v1/users",
        "/api/v2/dags",
        "/api/v1beta1/dags",
        "/my-api/v1x",
        "https://airflow.example/api/v1/something",
        "http://localhost:8080/health",
        "http://other/health",
        "http://airflow:8080/healthy",
        "",
    ],
)
def test_other_urls(text: str) -> None:
    assert list(check_string(text)) == []


@pytest.mark.parametrize(
    ("path", "count"), [("/dags", 0), ("/health", 1), ("/datasets", 1), ("/dags/x/dagRuns", 0)]
)
def test_paths_given_to_mwaa(path: str, count: int) -> None:
    assert len(list(check_mwaa_path(path))) == count


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.sh", 'curl "$URL/api/v1/dags?only_active=1"\n', 'curl "$URL/api/v2/dags?only_active=1"\n'),
        ("a.sh", "curl 'https://airflow/api/v1/health'\n", "curl 'https://airflow/api/v2/monitor/health'\n"),
        ("a.sh", "curl https://airflow/api/v1/users/joe\n", "curl https://airflow/auth/fab/v1/users/joe\n"),
        ("a.sh", "curl x/api/v1/dags/a/dagRuns?execution_date_gte=1\n", "curl x/api/v2/dags/a/dagRuns?logical_date_gte=1\n"),
        ("a.sh", 'curl x/api/v2/dags/a/dagRuns -d \'{"execution_date": "$D"}\'\n', 'curl x/api/v2/dags/a/dagRuns -d \'{"logical_date": "$D"}\'\n'),
        ("a.sh", 'curl x/api/v2/dags/a/dagRuns -d "{\\"execution_date\\": \\"$D\\"}"\n', 'curl x/api/v2/dags/a/dagRuns -d "{\\"logical_date\\": \\"$D\\"}"\n'),
        ("a.json", '{"url": "https://x/api/v1/dags"}', '{"url": "https://x/api/v2/dags"}'),
        ("a.py", 'requests.get(f"{URL}/api/v1/dags/{dag}")\n', 'requests.get(f"{URL}/api/v2/dags/{dag}")\n'),
        ("a.py", 'X = "é"; Y = "/api/v1/dags"\n', 'X = "é"; Y = "/api/v2/dags"\n'),
        ("a.py", 'c.invoke_rest_api(Path="/health", Method="GET")\n', 'c.invoke_rest_api(Path="/monitor/health", Method="GET")\n'),
        ("a.py", 'requests.post("/api/v2/dags/a/dagRuns", json={"execution_date": d})\n', 'requests.post("/api/v2/dags/a/dagRuns", json={"logical_date": d})\n'),
    ],
)  # fmt: skip
def test_unsafe_fixes(path: str, before: str, after: str) -> None:
    assert fixed(path, before) == before
    assert fixed(path, before, unsafe=True) == after


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.sh", 'curl -u a:b "https://airflow/api/v2/dags"\n', [("AS823", 1, "basic auth")]),
        ("a.sh", 'curl -X POST x/api/v2/dags/a/dagRuns -d \'{"conf": {}}\'\n', [("AS822", 1, "logical_date")]),
        ("a.sh", "aws mwaa invoke-rest-api --name x --path /health --method GET\n", [("AS821", 1, "/health")]),
        ("a.py", 'requests.get("https://airflow/api/v2/dags", auth=("a", "b"))\n', [("AS823", 1, "basic auth")]),
        ("a.py", 'c.invoke_rest_api(Path="/dags/a/dagRuns", Method="POST", Body={})\n', [("AS822", 1, "logical_date")]),
        ("a.py", 'HttpOperator(endpoint="api/v2/dags/a/dagRuns", data=json.dumps({"conf": 1}))\n', [("AS822", 1, "logical_date")]),
        ("a.py", "from airflow_client.client.model.dag import DAG\n", [("AS824", 1, "airflow_client.client.model.dag")]),
        ("requirements.txt", "apache-airflow-client==2.10.0\n", [("AS824", 1, "apache-airflow-client")]),
        ("requirements.txt", "apache_airflow_client~=2.9 # old\n", [("AS824", 1, "apache-airflow-client")]),
    ],
)  # fmt: skip
def test_what_a_person_has_to_change(path: str, text: str, expected: list[tuple[str, int, str]]) -> None:
    assert found(path, text) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.sh", "# curl https://airflow/api/v1/dags\ncurl https://airflow/api/v2/dags\n"),
        ("a.sh", 'curl -u a:b "https://nexus/api/v1/x" # airflow\n'),
        ("a.sh", 'curl x/api/v2/dags/a/dagRuns -d @body.json\ncurl x/api/v2/dags/a/dagRuns -d "$BODY"\n'),
        ("a.sh", "curl x/api/v2/dags/a/dagRuns -d '{\"logical_date\": null}'\n"),
        ("a.py", '"""Calls /api/v1/dags."""\n# /api/v1/dags\n'),
        ("a.py", 'requests.post("/api/v2/dags/a/dagRuns", json=payload)\n'),
        ("a.py", 'requests.get("/api/v2/dags/a/dagRuns")\n'),
        ("a.py", 'requests.post("/api/v2/dags/a/dagRuns", json={"logical_date": None, **more})\n'),
        ("a.py", 'c.invoke_rest_api(Path="/dags", Method="GET")\n'),
        ("a.py", "from airflow_client.client.models import DAGResponse\n"),
        ("a.py", 'requests.get("https://other/x", auth=("a", "b"))  # /api/v2/\n'),
        (
            "requirements.txt",
            "apache-airflow-client>=2.10\napache-airflow-client==3.0.2\napache-airflow-client\n",
        ),
        ("a.py", "def broken(:\n  '/api/v1/dags'"),
    ],
)
def test_silent(path: str, text: str) -> None:
    assert found(path, text) == []


@pytest.mark.parametrize("path", ["airshift-baseline.json", "history/report.json"])
def test_what_airshift_wrote_is_no_part_of_the_estate(path: str) -> None:
    text = '{\n  "schema_version": 1,\n  "findings": [{"symbol": "/api/v1/dags"}]\n}\n'
    assert found(path, text) == []
    assert found(path, text.replace("schema_version", "version")) != []
