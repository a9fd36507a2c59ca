"""What is said about the context, templates, runtime objects and XCom, held against really running tasks.

One DAG per version runs with `dag.test()`; its probing task answers what every key, template, attribute and
replacement does there (tests/oracles/probe_task.py). The rules have to say exactly that.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from airshift.catalogue import Catalogue
from airshift.rules.context_keys import RemovedKey, removed_keys
from airshift.rules.members import gone_members
from airshift.rules.things import Thing
from airshift.targets import parse_version
from airshift_dev.envs import Environment, ensure
from airshift_dev.parsing import migrated_home
from oracles.interpreter import run_snippets
from rules.checking import codes

pytestmark = pytest.mark.oracle
SOURCE = "2.10.3"
TARGETS = ("3.0.6", "3.3.1")
PROBE = Path(__file__).with_name("probe_task.py")
KEYS = (
    "conf",
    "conn",
    "dag",
    "dag_run",
    "data_interval_end",
    "data_interval_start",
    "ds",
    "ds_nodash",
    "execution_date",
    "expanded_ti_count",
    "inlets",
    "inlet_events",
    "logical_date",
    "macros",
    "map_index_template",
    "next_ds",
    "next_ds_nodash",
    "next_execution_date",
    "outlets",
    "outlet_events",
    "params",
    "prev_data_interval_start_success",
    "prev_data_interval_end_success",
    "prev_ds",
    "prev_ds_nodash",
    "prev_execution_date",
    "prev_execution_date_success",
    "prev_start_date_success",
    "prev_end_date_success",
    "run_id",
    "task",
    "task_instance",
    "task_instance_key_str",
    "test_mode",
    "ti",
    "tomorrow_ds",
    "tomorrow_ds_nodash",
    "triggering_dataset_events",
    "ts",
    "ts_nodash",
    "ts_nodash_with_tz",
    "var",
    "yesterday_ds",
    "yesterday_ds_nodash",
)
"""Every key that 2.10.3 sets in the context of a task."""
XCOM = {
    "any key": "ti.xcom_pull(task_ids='push', key=None)",
    "own": "ti.xcom_pull(key='own')",
    "other": "ti.xcom_pull(key='rows')",
    "named": "ti.xcom_pull(task_ids='push', key='rows')",
    "list": "type(ti.xcom_pull(task_ids=['push'])).__name__",
    "push date": "ti.xcom_push(key='a', value=1, execution_date=None)",
    "push": "ti.xcom_push(key='a', value=1)",
}
EFFECTS = {
    "run type": "str(dag_run.run_type)",
    "run type value": "dag_run.run_type.value",
    "equal": "dag_run.run_type == 'manual'",
    "by uri": "context['outlet_events']['s3://lake/orders']",
}
OTHER_FAMILIES = {
    "ti": {"logger", "metadata", "registry"},
    "dag_run": {"logger", "metadata", "registry"},
    "dag": {"logger"},
    "task": {
        "logger",
        "extra_links",
        "get_extra_links",
        "priority_weight_total",
        "supports_lineage",
        "operator_extra_link_dict",
        "global_operator_extra_link_dict",
        "HIDE_ATTRS_FROM_UI",
        "get_parse_time_mapped_ti_count",
    },
}
"""Members that are gone and not ours: plumbing of the ORM, and what the rule for operator attributes reports."""
ONLY_IN_MODELS = {
    "get_next_data_interval",
    "get_run_data_interval",
    "infer_automated_data_interval",
    "iter_dagrun_infos_between",
    "next_dagrun_info",
    "validate_executor_field",
}
"""Members that a DAG of airflow.models still has on 3.0, but one of airflow.sdk does not."""


def _keys() -> dict[str, RemovedKey]:
    return removed_keys(Catalogue.load())


def _questions() -> dict[str, dict[str, str]]:
    python = {f"key {key}": f"context[{key!r}]" for key in KEYS}
    jinja = {f"key {key}": f"{{{{ {key} }}}}" for key in KEYS}
    for key in _keys().values():
        expression = key.python.replace("{context}", "context") or (
            f"context[{key.key!r}]" if key.key else ""
        )
        if expression:
            python[f"new {key.name}"] = expression
        if key.jinja:
            jinja[f"new {key.name}"] = f"{{{{ {key.jinja} }}}}"
    for member in gone_members(Catalogue.load(), parse_version("3.0.6")).values():
        owner = "self" if member.thing is Thing.TASK else member.thing.value
        after = member.python.replace("{owner}", owner)
        if member.attribute:
            after = f"{owner}.{member.attribute}"
        if member.key:
            after = f"{owner}.get_template_context()[{member.key!r}]"
        if after:
            python[f"new {member.symbol}"] = after
            python[f"old {member.symbol}"] = f"{owner}.{member.name}{'()' if member.is_call else ''}"
    callback = {
        "gone key": "context['execution_date']",
        "kept key": "context['ds']",
        "gone member": "ti.duration",
    }
    return {"python": {**python, **XCOM, **EFFECTS}, "jinja": jinja, "callback": callback}


@cache
def answers(version: str) -> Any:
    """What the probing task found on a version of Airflow."""
    environment = Environment(version)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copy(migrated_home(environment) / "airflow.db", folder / "airflow.db")
        shutil.copy(PROBE, folder / PROBE.name)
        (folder / "questions.json").write_text(json.dumps(_questions()))
        settings = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": scratch,
            "AIRFLOW_HOME": scratch,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
            "AIRFLOW__CORE__DAGS_FOLDER": scratch,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }
        command = [str(ensure(environment)), PROBE.name, "questions.json", "answers.json"]
        done = subprocess.run(command, env=settings, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads((folder / "answers.json").read_text().replace(scratch, "HOME"))


def _reading(lines: list[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return (
        "from airflow.providers.standard.operators.python import PythonOperator\n"
        "def load(ti, dag_run, dag, task, **context):\n"
        f"{body}\n"
        "PythonOperator(task_id='load', python_callable=load)\n"
    )


def _flagged(source: str, target: str) -> set[str]:
    return {symbol for code, _, symbol in codes(source, target) if code[:3] in ("AS3", "AS5")}


@pytest.mark.parametrize("target", TARGETS)
def test_exactly_the_keys_that_fail_in_a_task_are_flagged(target: str) -> None:
    """A key is gone when 2.10.3 gives a value and the target raises."""
    gone = {key for key in KEYS if answers(target)["python"][f"key {key}"][0] == "error"}
    assert all(answers(SOURCE)["python"][f"key {key}"][0] == "value" for key in KEYS)
    assert _flagged(_reading([f"context[{key!r}]" for key in KEYS]), target) == gone


@pytest.mark.parametrize("target", TARGETS)
def test_exactly_the_names_that_fail_in_a_template_are_flagged(target: str) -> None:
    """The same for Jinja, where StrictUndefined raises."""
    gone = {key for key in KEYS if answers(target)["jinja"][f"key {key}"][0] == "error"}
    command = " ".join(f"{{{{ {key} }}}}" for key in KEYS)
    source = (
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        f"BashOperator(task_id='load', bash_command={command!r})\n"
    )
    assert _flagged(source, target) == gone


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("language", ["python", "jinja"])
def test_replacements_of_keys_hold_on_the_target(target: str, language: str) -> None:
    """Each replacement gives a value there; a safe one gives what the old key gave on 2.10.3, on both sides."""
    for key in _keys().values():
        name = f"new {key.name}"
        if name not in answers(target)[language]:
            continue
        kind, value = answers(target)[language][name]
        assert kind == "value", (key.name, value)
        if not key.unsafe and not key.module:
            old = answers(SOURCE)[language][f"key {key.name}"]
            assert [kind, value] == old == answers(SOURCE)[language][name], key.name


def _gone(thing: str, target: str) -> set[str]:
    gone = set(answers(SOURCE)["members"][thing]) - set(answers(target)["members"][thing])
    return gone - ONLY_IN_MODELS if (thing, target) == ("dag", "3.0.6") else gone


def test_a_dag_of_models_keeps_some_members_on_3_0(tmp_path: Path) -> None:
    """Which is why they count as gone only from 3.1 on."""
    source = "from airflow.models.dag import DAG\n" + "".join(
        f"DAG.{name}\n" for name in sorted(ONLY_IN_MODELS)
    )
    assert run_snippets("3.0.6", [source], tmp_path) == [""]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("thing", ["ti", "dag_run", "dag", "task"])
def test_rows_name_exactly_the_members_that_are_gone(target: str, thing: str) -> None:
    """The walk over the objects of a running task decides."""
    gone = _gone(thing, target)
    rows = gone_members(Catalogue.load(), parse_version(target))
    ours = {name for owner, name in rows if owner is Thing(thing)}
    present = set(answers(SOURCE)["members"][thing])
    assert gone - OTHER_FAMILIES[thing] - _own_helpers(thing) <= ours
    assert ours & present <= gone


def _own_helpers(thing: str) -> set[str]:
    return {"log"} if thing == "task" else set()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("thing", ["ti", "dag_run", "dag"])
def test_members_are_flagged_and_their_neighbours_are_not(target: str, thing: str) -> None:
    """One attribute a line: flagged are those that are gone."""
    present = sorted(set(answers(SOURCE)["members"][thing]) - OTHER_FAMILIES[thing])
    gone = set(present) & _gone(thing, target)
    flagged = _flagged(_reading([f"{thing}.{name}" for name in present]), target)
    assert flagged == {f"{thing}.{name}" for name in gone}


@pytest.mark.parametrize("target", TARGETS)
def test_replacements_of_members_hold_on_the_target(target: str) -> None:
    """Each gives a value, and a safe one the value of 2.10.3."""
    for member in gone_members(Catalogue.load(), parse_version(target)).values():
        name = f"new {member.symbol}"
        if name not in answers(target)["python"]:
            continue
        kind, value = answers(target)["python"][name]
        assert kind == "value", (member.symbol, value)
        if not member.unsafe and member.name not in ("get_dagrun", "dag_run"):
            assert value == answers(SOURCE)["python"][f"old {member.symbol}"][1], member.symbol


@pytest.mark.parametrize("target", TARGETS)
def test_tasks_that_read_what_is_gone_fail_and_the_others_survive(target: str) -> None:
    """The end states of a really run DAG."""
    states = answers(target)["states"]
    assert {name for name, state in states.items() if state == "failed"} == {
        "pull_unnamed",
        "requires_removed",
        "defaults_removed",
        "failing",
        "removed_template",
        "member_template",
        "old_variable",
    }
    before = answers(SOURCE)["states"]
    assert {name for name, state in before.items() if state == "failed"} == {"failing", "new_variable"}


@pytest.mark.parametrize("target", TARGETS)
def test_xcom_behaves_as_the_rules_say(target: str) -> None:
    """Pulls without a task, without a key, of several tasks; arguments that are gone."""
    before, after = answers(SOURCE)["python"], answers(target)["python"]
    assert (before["other"], after["other"]) == (["value", "3"], ["value", "None"])
    assert before["own"] == after["own"] == ["value", "mine"]
    assert before["named"] == after["named"] == ["value", "3"]
    assert (before["any key"][0], after["any key"][0]) == ("value", "error")
    assert (before["list"][1], after["list"][1]) == ("LazyXComSelectSequence", "list")
    assert after["push date"] == ["error", "TypeError"]
    assert after["push"][0] == "value"


@pytest.mark.parametrize("target", TARGETS)
def test_other_effects_are_as_the_rules_say(target: str) -> None:
    """Run types in text, events by URI, the context of a callback."""
    before, after = answers(SOURCE)["python"], answers(target)["python"]
    assert (before["run type"][1], after["run type"][1]) == ("manual", "DagRunType.MANUAL")
    assert after["run type value"] == ["value", "manual"]
    assert after["equal"] == ["value", "True"]
    assert (before["by uri"][0], after["by uri"]) == ("value", ["error", "TypeError"])
    assert answers(target)["callback"] == {
        "gone key": ["error", "KeyError"],
        "kept key": ["value", "2024-01-01"],
        "gone member": ["error", "AttributeError"],
    }


@pytest.mark.parametrize("target", TARGETS)
def test_a_task_that_requires_a_removed_key_fails_while_parsing(target: str, tmp_path: Path) -> None:
    """The call of the decorated function already raises TypeError."""
    source = "from airflow.decorators import dag, task\n@task\ndef load(execution_date): ...\n"
    source += "@dag()\ndef f():\n    load()\nf()\n"
    (error,) = run_snippets(target, [source], tmp_path)
    assert error.startswith("TypeError")
    assert ("AS303", 3, "execution_date") in codes(source, target)
