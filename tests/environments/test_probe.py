"""The probe: what it writes, how it judges values, and what its counts mean."""

from __future__ import annotations

import ast
import json
import sys
import types
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from airshift.cli.app import run
from airshift.environments.probe import dag_text, parse_result, remarks
from airshift.errors import UsageError
from airshift.targets import parse_target
from environments.fake_mwaa import Airflow, fake_mwaa
from metadata.fake_airflow import FakeAirflow
from metadata.serving import served

FOUND: dict[str, Any] = {
    "probe": 1,
    "airflow": "2.10.3",
    "xcom": {"rows": 9, "null": 1, "json": 2, "pickled": 3, "not_json": 1, "empty": 1, "nan": 1, "not_in_postgres": 0, "complete": True},
    "dag_run_conf": {"rows": 2, "not_json": 1, "complete": False},
    "unfinished_runs": [{"dag_id": "a", "state": "running", "runs": 2}, {"dag_id": "b", "state": "queued", "runs": 1}],
    "unfinished_tasks": {"running": 4},
    "tables": {"xcom": {"rows": 9, "exact": True, "bytes": None}},
    "dags": [{"dag_id": "a", "is_paused": False, "is_active": True, "runs": 5, "last_run": None}],
    "failed": {},
    "database": "sqlite",
}  # fmt: skip


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """The functions of the generated file, with Airflow's names standing for nothing."""

    class Anything:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def __enter__(self) -> None:
            pass

        def __exit__(self, *_: Any) -> None:
            pass

    for name in ("airflow", "airflow.operators", "airflow.operators.python"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    vars(sys.modules["airflow"]).update(DAG=Anything, __version__="2.10.3")
    vars(sys.modules["airflow.operators.python"]).update(PythonOperator=Anything)
    names: dict[str, Any] = {"__name__": "probe"}
    exec(compile(dag_text("variable"), "airshift_probe.py", "exec"), names)
    return types.SimpleNamespace(**names)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (b'{"a": 1}', "json"),
        (b'"NaN"', "json"),
        (b'"\\\\u0000"', "json"),
        (b'"\\ud83d\\ude80"', "json"),
        ("\u00fc".encode().join([b'"', b'"']), "json"),
        (memoryview(b"1"), "json"),
        (b"\x80\x05}\x94.", "pickled"),
        (b"", "empty"),
        (b"{'a': 1}", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"plain", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a": NaN}', "nan"),
        (b"[-Infinity]", "nan"),
        (b'"a\\u0000b"', "not_in_postgres"),
        (b'{"\\u0000": 1}', "not_in_postgres"),
        (b'"\\ud800"', "not_in_postgres"),
    ],
)
def test_what_the_migration_makes_of_a_value(probe: types.SimpleNamespace, value: Any, kind: str) -> None:
    """As seen with the statements of the migrations of 3.0.6 and 3.1.8 on PostgreSQL 15."""
    assert probe.kind_of(value) == kind


def test_the_file_needs_nothing_that_old_airflows_lack() -> None:
    tree = ast.parse(dag_text("variable"), feature_version=(3, 7))
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {str(name).partition(".")[0] for name in imported} <= {
        "__future__", "collections", "datetime", "json", "pickle", "platform", "re", "time", "typing", "airflow", "sqlalchemy", "boto3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("to", "place"),
    [
        ("variable", "variable:airshift_probe"),
        ("variable:mine", "variable:mine"),
        ("s3://bucket/a/b.json", "s3://bucket/a/b.json"),
    ],
)
def test_the_place_is_written_into_the_file(
    to: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["env", "probe", "generate", "--out", str(tmp_path), "--to", to]) == 0
    text = (tmp_path / "airshift_probe.py").read_text()
    assert f'RESULT = "{place}"' in text
    assert capsys.readouterr().out.strip() == str(tmp_path / "airshift_probe.py")


@pytest.mark.parametrize("to", ["", "s3://B/x", "s3://bucket", 'variable:a"b', "file:x", "s3://bucket/a\nb"])
def test_places_that_are_none(to: str) -> None:
    with pytest.raises(UsageError, match="--to"):
        dag_text(to)


def test_what_the_counts_mean() -> None:
    said = {one.title: (one.count, one.stops) for one in remarks(FOUND, parse_target("3.0.6"))}
    assert said == {
        "XCom rows whose value is no JSON": (1, True),
        "XCom rows with an empty value": (1, True),
        "XCom rows with NaN or Infinity": (1, True),
        "Pickled XCom rows": (3, False),
        "DAG runs whose configuration is no JSON": (1, False),
        "Unfinished DAG runs": (3, False),
        "Unfinished task instances": (4, False),
        "Counts that ran out of time": (1, False),
    }
    nan = {one.title: one.stops for one in remarks(FOUND, parse_target("3.3.1"))}
    assert nan["XCom rows with NaN or Infinity"] is False
    assert not remarks({"probe": 1}, parse_target("3.3.1"))


def test_the_result_is_read_from_a_variable_through_mwaa(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blue = FakeAirflow("2.10.3", variables=[{"key": "airshift_probe", "value": json.dumps(FOUND)}])
    with served(blue) as url, fake_mwaa({"blue": Airflow(url, 2)}) as mwaa:
        for name, value in mwaa.settings().items():
            monkeypatch.setenv(name, value)
        assert run(["env", "probe", "read", "mwaa:blue", "--target", "3.0.6"]) == 1
        document = json.loads(capsys.readouterr().out)
        assert run(["env", "probe", "read", "mwaa:blue", "--variable", "none"]) == 2
    assert document["remarks"][0] | {"text": ""} == {
        "title": "XCom rows whose value is no JSON", "count": 1, "text": "", "stops": True,
    }  # fmt: skip
    assert (document["xcom"], document["target"]) == (FOUND["xcom"], "3.0.6")
    assert "has the probe run there" in capsys.readouterr().err


def test_the_result_is_read_from_s3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a/probe.json", Body=json.dumps(FOUND).encode())
        assert run(["env", "probe", "read", "s3://bucket/a/probe.json"]) == 1
        assert json.loads(capsys.readouterr().out)["probe"] == 1
        assert run(["env", "probe", "read", "s3://bucket/none"]) == 3


@pytest.mark.parametrize(
    "text", ["canary", "[]", '{"probe": 2, "x": "canary"}', '{"probe": 1, "xcom": ["canary"]}', "[" * 100_000]
)
def test_other_texts_are_not_quoted(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_result(text)
    assert "canary" not in str(caught.value)
    (tmp_path / "x.json").write_text(text)
    assert run(["env", "probe", "read", str(tmp_path / "x.json")]) == 2
    assert "canary" not in capsys.readouterr().err
