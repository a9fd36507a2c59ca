"""The registry names every rule module with the triggers that the module itself states."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.checking import check_paths
from airshift.judge import is_candidate
from airshift.rules.registry import RULES, LazyRule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_triggers_are_the_modules_own(rule: LazyRule) -> None:
    assert rule.triggers == tuple(rule.module.TRIGGERS)
    assert rule.CODES


DAG_FILE = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
import shared
with DAG("a", schedule=None, default_args=shared.ARGS, on_failure_callback=shared.alert):
    PythonOperator(task_id="a", python_callable=shared.load)
"""


@pytest.mark.parametrize(
    ("shared", "code"),
    [
        (
            "ARGS = {}\ndef load(): ...\ndef alert(context):\n    context['dag'].following_schedule(1)\n",
            "AS503",
        ),
        ("ARGS = {}\ndef load(): ...\ndef alert(context):\n    context['conf']\n", "AS301"),
        ("ARGS = {}\ndef alert(context): ...\ndef load(**kwargs):\n    kwargs['ti'].get_dagrun()\n", "AS501"),
        ("ARGS = {'sla': 1}\ndef load(): ...\ndef alert(context): ...\n", "AS205"),
        ("ARGS = dict(task_concurrency=1)\ndef load(): ...\ndef alert(context): ...\n", "AS206"),
    ],
)
def test_a_module_that_never_mentions_airflow_is_read_for_what_others_hand_over(
    tmp_path: Path, shared: str, code: str
) -> None:
    (tmp_path / "shared.py").write_text(shared)
    (tmp_path / "dag.py").write_text(DAG_FILE)
    found = {f.code for f in check_paths([tmp_path]).findings if f.place.path == "shared.py"}
    assert found == {code}


@pytest.mark.parametrize(
    "text",
    ["def f(context, **kwargs): return params, conf", "import slack\ndata_schedule = 1", "translate(email)"],
)
def test_files_with_everyday_words_are_not_read(text: str) -> None:
    assert not is_candidate(text.encode())
    assert is_candidate(f"# airflow\n{text}".encode())
