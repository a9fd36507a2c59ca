"""`airshift fix --compat` and `--drop-compat`: one file for two versions, and back."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings

from airshift.fix.files import Compat, FileFix, fix_file
from airshift.index import NameStatus
from fix.old_imports import SOURCE, files
from fix.test_properties import imported
from rules.checking import context


def made(source: str, target: str = "3.3.1", compat: Compat = Compat.BOTH) -> FileFix:
    result = fix_file("dag.py", dedent(source).encode(), context(target), unsafe=True, compat=compat)
    assert not result.refused, result.refused
    return result


def text(source: str, target: str = "3.3.1", compat: Compat = Compat.BOTH) -> str:
    return made(source, target, compat).after.decode()


GUARDED = [
    (
        "a class that was renamed and moved",
        """\
        from airflow.datasets import Dataset

        MINE = Dataset("s3://a/b")
        """,
        """\
        try:
            from airflow.sdk import Asset
        except ImportError:
            from airflow.datasets import Dataset as Asset

        MINE = Asset("s3://a/b")
        """,
        """\
        from airflow.sdk import Asset

        MINE = Asset("s3://a/b")
        """,
    ),
    (
        "several names in a function, of which all move",
        """\
        def f():
            from airflow.datasets import Dataset, DatasetAlias

            return Dataset, DatasetAlias
        """,
        """\
        def f():
            try:
                from airflow.sdk import Asset, AssetAlias
            except ImportError:
                from airflow.datasets import Dataset as Asset, DatasetAlias as AssetAlias

            return Asset, AssetAlias
        """,
        """\
        def f():
            from airflow.sdk import Asset, AssetAlias

            return Asset, AssetAlias
        """,
    ),
    (
        "what stays is imported as before",
        """\
        from airflow.decorators import TaskDecorator, dag
        TaskDecorator, dag
        """,
        """\
        from airflow.decorators import dag
        try:
            from airflow.sdk.bases.decorator import TaskDecorator
        except ImportError:
            from airflow.decorators import TaskDecorator
        TaskDecorator, dag
        """,
        """\
        from airflow.sdk import dag
        from airflow.sdk.bases.decorator import TaskDecorator
        TaskDecorator, dag
        """,
    ),
    (
        "an alias stays",
        "from airflow.datasets import Dataset as Data\nData\n",
        """\
        try:
            from airflow.sdk import Asset as Data
        except ImportError:
            from airflow.datasets import Dataset as Data
        Data
        """,
        "from airflow.sdk import Asset as Data\nData\n",
    ),
]


@pytest.mark.parametrize(("before", "both", "_"), [c[1:] for c in GUARDED], ids=[c[0] for c in GUARDED])
def test_a_name_without_a_common_home_is_guarded(before: str, both: str, _: str) -> None:
    assert text(before) == dedent(both)
    assert text(both) == dedent(both)


@pytest.mark.parametrize(("_", "both", "later"), [c[1:] for c in GUARDED], ids=[c[0] for c in GUARDED])
def test_dropping_leaves_the_target_s_arm(_: str, both: str, later: str) -> None:
    assert text(both, compat=Compat.DROP) == dedent(later)
    assert text(later, compat=Compat.DROP) == dedent(later)


def test_line_breaks_stay() -> None:
    before = "from airflow.datasets import Dataset\r\nDataset\r\n"
    both = text(before)
    assert both.count("\r\n") == both.count("\n") == 5
    assert text(both, compat=Compat.DROP) == "from airflow.sdk import Asset\r\nAsset\r\n"


ON_BOTH = [
    (
        "a common home, though it warns on the target",
        "from airflow.hooks.base_hook import BaseHook\n",
        "from airflow.hooks.base import BaseHook\n",
    ),
    (
        "the flat module of 1.10",
        "from airflow.operators.bash_operator import BashOperator\n",
        "from airflow.operators.bash import BashOperator\n",
    ),
    (
        "schedule has been there since 2.4",
        "from airflow import DAG\nDAG('a', schedule_interval=None, catchup=False)\n",
        "from airflow import DAG\nDAG('a', schedule=None, catchup=False)\n",
    ),
    (
        "an argument that only the source knew goes",
        "from airflow import DAG\nDAG('a', schedule=None, catchup=False, default_view='graph')\n",
        "from airflow import DAG\nDAG('a', schedule=None, catchup=False)\n",
    ),
    (
        "a class that both have, with its keywords",
        "from airflow.operators.postgres_operator import PostgresOperator\n"
        "PostgresOperator(task_id='a', postgres_conn_id='b', sql='')\n",
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        "SQLExecuteQueryOperator(task_id='a', conn_id='b', sql='')\n",
    ),
    (
        "days_ago",
        "from airflow.utils.dates import days_ago\nx = days_ago(2)\n",
        'import pendulum\nx = pendulum.today("UTC").add(days=-2)\n',
    ),
    ("what both import stays", "from airflow.operators.bash import BashOperator\n", None),
    ("a parameter that only the target knows", "from airflow import DAG\nDAG('a', schedule=None, catchup=False, fail_stop=True)\n", None),
    ("a line shared with other code", "import os; from airflow.datasets import Dataset\n", None),
    ("only type checkers look", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from airflow.datasets import Dataset\n", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "expected"), [c[1:] for c in ON_BOTH], ids=[c[0] for c in ON_BOTH]
)  # fmt: skip
def test_what_both_know_is_written_plainly(before: str, expected: str | None) -> None:
    result = made(before)
    assert result.after.decode() == (expected or before)
    assert bool(result.held) or expected is not None
    assert text(result.after.decode()) == result.after.decode()


def test_reasons_are_given() -> None:
    held = made("from airflow.operators.bash import BashOperator\n").held
    assert [(h.line, h.reason) for h in held] == [(1, "it imports on both versions as it is")]


PAIRS = [
    (
        "comments of the arm stay",
        "try:\n    # new\n    from airflow.sdk import Asset  # here\nexcept ImportError:\n    # old\n"
        "    from airflow.datasets import Dataset as Asset\nAsset\n",
        "# new\nfrom airflow.sdk import Asset  # here\nAsset\n",
    ),
    (
        "on one line",
        "try: from airflow.sdk import Asset\nexcept ImportError: from airflow.datasets import Dataset as Asset\n",
        "from airflow.sdk import Asset\n",
    ),
    (
        "the flag of the providers",
        "if AIRFLOW_V_3_0_PLUS:\n    from airflow.sdk import BaseOperator\nelse:\n"
        "    from airflow.models import BaseOperator\n",
        "from airflow.sdk import BaseOperator\n",
    ),
    (
        "a version of which one arm is missing",
        "if AIRFLOW_VERSION >= (3, 0):\n    from airflow.sdk import Asset\nelse:\n"
        "    from airflow.datasets import Dataset as Asset\n",
        "from airflow.sdk import Asset\n",
    ),
    (
        "the old home first",
        "try:\n    from airflow.datasets import Dataset as Asset\nexcept ImportError:\n"
        "    from airflow.sdk import Asset\n",
        "from airflow.sdk import Asset\n",
    ),
]


@pytest.mark.parametrize(("before", "expected"), [c[1:] for c in PAIRS], ids=[c[0] for c in PAIRS])
def test_pairs_that_people_wrote(before: str, expected: str) -> None:
    assert text(before, compat=Compat.DROP) == expected


KEPT = [
    ("another library", "try:\n    import ujson as json\nexcept ImportError:\n    import json\n"),
    ("a name that may be missing", "try:\n    from airflow.sdk import Asset\nexcept ImportError:\n    Asset = None\n"),
    ("other names", "try:\n    from airflow.sdk import Asset\nexcept ImportError:\n    from airflow.models import DAG\n"),
    ("more than imports", "try:\n    from airflow.sdk import DAG\n    x = 1\nexcept ImportError:\n    from airflow import DAG\n"),
    ("another error", "try:\n    from airflow.sdk import DAG\nexcept ValueError:\n    from airflow import DAG\n"),
    ("an else", "try:\n    from airflow.sdk import DAG\nexcept ImportError:\n    from airflow import DAG\nelse:\n    x = 1\n"),
    ("another test", "if HAS_IT:\n    from airflow.sdk import DAG\nelse:\n    from airflow import DAG\n"),
    ("a version test that the index cannot judge", "if AIRFLOW_VERSION > (9,):\n    from airflow import DAG\nelse:\n    from airflow.sdk import DAG\n"),
]  # fmt: skip


@pytest.mark.parametrize("source", [c[1] for c in KEPT], ids=[c[0] for c in KEPT])
def test_what_is_no_pair_stays(source: str) -> None:
    assert text(source, compat=Compat.DROP) == source


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_laws(target: str, file: tuple[str, list[str]]) -> None:
    once = made(file[0], target)
    after = once.after.decode()
    ast.parse(after)
    assert text(after, target) == after
    index = context(target).index
    lines = {line for f in once.left for line in range(f.place.line, f.place.end_line + 1)}
    for line, module, name in imported(once.after):
        assert index.status(module, name, target) is not NameStatus.MISSING or line in lines, after
    assert missing(once.after) <= missing(file[0].encode()), after
    dropped = text(after, target, Compat.DROP)
    ast.parse(dropped)
    assert text(dropped, target, Compat.DROP) == dropped


def missing(raw: bytes) -> set[tuple[str, str | None]]:
    """Unguarded imports that the source does not have."""
    index = context().index
    return {
        (module, name)
        for _, module, name in imported(raw)
        if index.status(module, name, SOURCE) is NameStatus.MISSING
    }
