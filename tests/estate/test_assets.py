"""Which datasets and assets are the same, and who produces and consumes them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.estate.assets import normalised
from airshift_dev.envs import Environment, ensure
from airshift_dev.parsing import migrated_home, process_settings
from estate.estates import inventory_of

HEAD = """
from airflow import DAG
from airflow.datasets import Dataset, DatasetAlias
from airflow.decorators import task
from airflow.operators.empty import EmptyOperator as E
from airflow.operators.python import PythonOperator
from airflow.sdk import Asset, AssetAlias, asset
"""
URIS = [
    ("s3://b/k/", "s3://b/k"),
    ("S3://B/k", "s3://B/k"),
    (" s3://b/k", "s3://b/k"),
    ("s3://b/k?b=1&a=2#f", "s3://b/k?a=2&b=1"),
    ("s3://b", "s3://b/"),
    ("s3://user:word@b/k", "s3://b/k"),
    ("http://h:80/x//", "http://h:80/x"),
    ("postgres://h/db/s/t", "postgres://h:5432/db/s/t"),
    ("mysql://H/d/t", "mysql://H:3306/d/t"),
    ("plain name", "plain name"),
    ("x-thing/y/", "x-thing/y/"),
]


@pytest.mark.parametrize(("uri", "same"), URIS)
def test_uris(uri: str, same: str) -> None:
    assert normalised(uri) == same


@given(st.text("ab:/?#@=&%[ ", max_size=20))
def test_normalising_again_changes_nothing(uri: str) -> None:
    assert normalised(normalised(uri)) == normalised(uri)


@pytest.mark.oracle
@pytest.mark.parametrize(("version", "module"), [("2.10.3", "airflow.datasets"), ("3.3.1", "airflow.sdk")])
def test_uris_as_airflow_has_them(version: str, module: str, tmp_path: Path) -> None:
    environment = Environment(version, wide=True)
    kind = "Dataset" if module.endswith("datasets") else "Asset"
    code = f"import json, sys\nfrom {module} import {kind}\nprint('URIS' + json.dumps([{kind}(u).uri for u in json.loads(sys.argv[1])]))"
    done = subprocess.run(
        [str(ensure(environment)), "-c", code, json.dumps([uri for uri, _ in URIS])],
        capture_output=True, text=True, check=False, env=process_settings(migrated_home(environment), tmp_path),
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("URIS")]
    assert lines, done.stderr[-2000:]
    assert json.loads(lines[0].removeprefix("URIS")) == [same for _, same in URIS]


P = "with DAG('p', schedule=None):\n    "
PAIRS = [
    (P + "E(task_id='t', outlets=[Dataset('s3://b/k/')])", "Dataset('S3://b/k')", "p>c s3://b/k"),
    (P + "E(task_id='t', outlets=Asset(name='n', uri='s3://b/k'))", "Asset.ref(name='n')", "p>c n"),
    (P + "E(task_id='t', outlets=Asset('n', 's3://b/k'))", "Asset.ref(uri='s3://b/k')", "p>c s3://b/k"),
    (P + "E(task_id='t', outlets=Asset('n', 's3://b/k'))", "Asset('n', 's3://b/k')", "p>c s3://b/k"),
    (P + "E(task_id='t', outlets=Asset('n'))", "Asset('n') | Asset('m')", "p>c n"),
    (P + "E(task_id='t', outlets=[DatasetAlias('x')])", "DatasetAlias('x')", "p>c x"),
    (P + "E(task_id='t', outlets=[AssetAlias(name='x')])", "AssetAlias('x')", "p>c x"),
    (P + "E(task_id='t', outlets=[DatasetAlias('x')])", "Dataset('x')", ""),
    (P + "E(task_id='t', outlets=[Dataset('s3://b/k')])", "Dataset('s3://b/K')", ""),
    (P + "E(task_id='t', inlets=[Dataset('s3://b/k')])", "Dataset('s3://b/k')", ""),
    (P + "@task(outlets=[Dataset('s3://b/k')], inlets=[Dataset('s3://i')])\n    def t(): pass\n    t()",
     "[Dataset('s3://b/k'), Dataset('s3://i')]", "p>c s3://b/k"),
    (P + "@task(outlets=[DatasetAlias('x')])\n    def t(*, outlet_events):\n        outlet_events['x'].add(Dataset('s3://b/k'))\n    t()",
     "Dataset('s3://b/k')", "p>c s3://b/k?"),
    (P + "def f(outlet_events):\n        outlet_events[DatasetAlias('x')].add(Dataset('s3://b/k'))\n    PythonOperator(task_id='t', python_callable=f, outlets=[DatasetAlias('x')])",
     "Dataset('s3://b/k')", "p>c s3://b/k?"),
    ("@asset(schedule='@daily')\ndef p(): pass", "Asset('p')", "p>c p"),
    ("@asset(uri='s3://b/k', schedule=None)\ndef p(): pass", "p", "p>c s3://b/k"),
    ("@asset.multi(schedule=None, outlets=[Asset('one'), Asset('two')])\ndef p(): pass", "Asset('two')", "p>c two"),
]  # fmt: skip


@pytest.mark.parametrize(("producer", "schedule", "edge"), PAIRS)
def test_producers_and_consumers(tmp_path: Path, producer: str, schedule: str, edge: str) -> None:
    source = f"{HEAD}{producer}\nwith DAG('c', schedule={schedule}):\n    E(task_id='t')\n"
    found = inventory_of(tmp_path, d__py=source)
    edges = [f"{e.source}>{e.target} {e.via}{'' if e.certain else '?'}" for e in found.edges]
    assert edges == ([edge] if edge else [])
    assert [dag.dag_id for dag in found.dags] == ["c", "p"]
