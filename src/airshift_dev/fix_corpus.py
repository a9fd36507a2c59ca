"""Example DAGs of the Airflow 1.10 and 2 eras, copied out of the wheels they travel in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airshift_dev.envs import Environment, envs_folder
from airshift_dev.parsing import Parsed, parse_in_parallel, site_packages
from airshift_dev.wheels import unpacked_wheel

SOURCE = "2.10.3"
WHEELS = (
    "apache-airflow==1.10.15",
    "apache-airflow-providers-amazon==2.6.0",
    "apache-airflow-providers-cncf-kubernetes==2.2.0",
    "apache-airflow-providers-databricks==2.2.0",
    "apache-airflow-providers-docker==2.3.0",
    "apache-airflow-providers-http==2.0.3",
    "apache-airflow-providers-microsoft-azure==3.5.0",
    "apache-airflow-providers-mysql==2.1.1",
    "apache-airflow-providers-postgres==3.0.0",
    "apache-airflow-providers-slack==4.1.0",
    "apache-airflow-providers-snowflake==2.4.0",
    "apache-airflow-providers-sqlite==2.0.1",
    "apache-airflow-providers-apache-spark==2.0.3",
    "apache-airflow-providers-dbt-cloud==1.0.1",
    "apache-airflow-providers-airbyte==2.1.4",
    "apache-airflow-providers-apache-hive==2.3.0",
    "apache-airflow-providers-apache-livy==2.2.0",
    "apache-airflow-providers-jenkins==2.0.7",
    "apache-airflow-providers-neo4j==2.1.0",
    "apache-airflow-providers-papermill==2.2.0",
    "apache-airflow-providers-tableau==2.1.5",
    "apache-airflow-providers-trino==2.1.0",
)
"""Wheels of the Airflow 1.10 and early 2.x era whose example DAGs travel inside."""
_OWN = re.compile(r"\bairflow(\.\w+)*\.example_dags\.")


@dataclass(frozen=True, slots=True)
class Case:
    """One example file: where it came from, and what the source version makes of it."""

    corpus: str
    path: Path
    before: Parsed


def cases(work: Path) -> list[Case]:
    """Every example file that parses on the source version and defines a DAG, copied below `work`."""
    copied = [(corpus, path) for corpus, folder in estates(work) for path in sorted(folder.rglob("*.py"))]
    parsed = parse_in_parallel(SOURCE, [path for _, path in copied])
    found = [(corpus, path, parsed[path]) for corpus, path in copied if path in parsed]
    return [Case(corpus, path, before) for corpus, path, before in found if not before.error and before.dags]


def estates(work: Path) -> Iterator[tuple[str, Path]]:
    """Copy every set of examples into an estate of its own below `work`: its name and folder."""
    for corpus, folder in _corpora():
        target = work / corpus.replace(" ", "-") / folder.parent.name / "dags"
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))
        for path in target.rglob("*.py"):
            _refer_to_copies(path)
        yield corpus, target


def _corpora() -> Iterator[tuple[str, Path]]:
    yield "Airflow 2.10.3", site_packages(Environment(SOURCE, wide=True)) / "airflow" / "example_dags"
    for wheel in WHEELS:
        content = unpacked_wheel(wheel, envs_folder() / "wheels")
        for folder in sorted(content.rglob("example_dags")):
            name = wheel.removeprefix("apache-").removeprefix("airflow-providers-").replace("==", " ")
            yield name.replace("airflow ", "Airflow "), folder


def _refer_to_copies(path: Path) -> None:
    """The examples import each other out of the installed Airflow; the copies import the copies."""
    text = path.read_text(encoding="utf-8")
    path.write_text(_OWN.sub("", text), encoding="utf-8")
