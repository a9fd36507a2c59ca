"""Options read in code."""

from __future__ import annotations

import pytest

from airshift.findings import Kind, Severity
from airshift.fix.apply import rewrite
from airshift.rules import options
from rules.checking import codes, context, facts_of, findings


def found(source: str, target: str = "3.3.1", path: str = "dags/dag.py") -> list[tuple[str, int, str]]:
    return [hit for hit in codes(source, target, path) if hit[0] == "AS716"]


HEAD = "from airflow.configuration import conf\n"


@pytest.mark.parametrize(
    ("call", "symbol"),
    [
        ('conf.getint("scheduler", "min_file_process_interval")', "scheduler.min_file_process_interval"),
        ('conf.get("core", "dag_concurrency", fallback="4")', "core.dag_concurrency"),
        ('conf.getboolean(section="core", key="check_slas")', "core.check_slas"),
        ('conf.get("webserver", "base_url")', "webserver.base_url"),
    ],
)
def test_is_flagged(call: str, symbol: str) -> None:
    assert found(f"{HEAD}x = {call}\n") == [("AS716", 2, symbol)]


@pytest.mark.parametrize(
    "source",
    [
        f'{HEAD}conf.get("core", "dags_folder")\n',
        f'{HEAD}conf.get("team", "dag_concurrency")\n',
        f'{HEAD}conf.get(section, "dag_concurrency")\n',
        f'{HEAD}conf.get("core", "sql_alchemy_conn")\n',
        'conf = {}\nconf.get("core", "dag_concurrency")\n',
        'def f(conf):\n    conf.get("core", "dag_concurrency")\n',
    ],
)
def test_stays_silent(source: str) -> None:
    assert found(source) == []


def test_an_option_that_is_still_there_on_the_target_stays_silent() -> None:
    source = f'{HEAD}conf.get("core", "max_num_rendered_ti_fields_per_task")\n'
    assert found(source, "3.0.6") == []
    assert found(source, "3.3.1") == [("AS716", 2, "core.max_num_rendered_ti_fields_per_task")]


@pytest.mark.parametrize(
    ("code", "kind", "severity"),
    [
        ('x = conf.get("core", "dag_concurrency")\n', Kind.PARSE, Severity.ERROR),
        ('def f():\n    conf.get("core", "dag_concurrency")\n', Kind.RUNTIME, Severity.ERROR),
        ('x = conf.get("core", "dag_concurrency", fallback=1)\n', Kind.BEHAVIOUR, Severity.WARNING),
        ('x = conf.get("webserver", "base_url")\n', Kind.BEHAVIOUR, Severity.WARNING),
    ],
)
def test_the_outcome_decides(code: str, kind: Kind, severity: Severity) -> None:
    finding = next(f for f in findings(HEAD + code) if f.code == "AS716")
    assert (finding.kind, finding.severity) == (kind, severity)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('conf.get("core", "dag_concurrency")', 'conf.get("core", "max_active_tasks_per_dag")'),
        ("conf.get('webserver', 'base_url')", "conf.get('api', 'base_url')"),
        ('conf.get("core", "check_slas")', 'conf.get("core", "check_slas")'),
    ],
)
def test_is_rewritten(before: str, after: str) -> None:
    facts = facts_of(f"{HEAD}x = {before}\n")
    result = rewrite(facts, list(options.check(facts, context())))
    assert result.utf8.decode() == f"{HEAD}x = {after}\n"
