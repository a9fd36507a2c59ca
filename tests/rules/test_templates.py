"""Templates: parsed, never searched; found in every argument that Airflow renders; places exact."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.engine.templates import parse_template
from airshift.fix.apply import rewrite
from airshift.judge import find_hits
from airshift.rules.template_strings import template_references
from airshift.rules.templates import check_template_file
from rules.checking import codes, context, facts_of

PREAMBLE = """\
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, task
"""
LINES = PREAMBLE.count("\n")
OURS = ("AS305", "AS306", "AS307", "AS308", "AS501", "AS502", "AS503", "AS511", "AS512")


def ours(source: str, others: dict[str, str] | None = None) -> list[tuple[str, int, str]]:
    """Findings about templates, lines counted after the preamble."""
    found = codes(PREAMBLE + dedent(source), others=others)
    return [(code, line - LINES, symbol) for code, line, symbol in found if code in OURS]


FOUND = {
    "argument": (
        'BashOperator(task_id="a", bash_command="echo {{ next_ds }}")',
        [("AS305", 1, "next_ds")],
    ),
    "every name once a place": (
        'BashOperator(task_id="a", bash_command="{{ next_ds }} {{ next_ds }}")',
        [("AS305", 1, "next_ds"), ("AS305", 1, "next_ds")],
    ),
    "nested in lists and dictionaries": (
        """
        PythonOperator(
            task_id="a",
            python_callable=print,
            op_args=["{{ prev_ds }}"],
            op_kwargs={"a": [{"b": "{{ execution_date.isoformat() }}"}]},
            templates_dict={"c": "{{ macros.ds_add(tomorrow_ds, 1) }}"},
        )
        """,
        [("AS305", 5, "prev_ds"), ("AS305", 6, "execution_date"), ("AS305", 7, "tomorrow_ds")],
    ),
    "variable": (
        '''
        SQL = """
        select {{ ds }}
        from t where d = '{{ yesterday_ds }}'
        """
        SQLExecuteQueryOperator(task_id="a", sql=SQL)
        ''',
        [("AS305", 4, "yesterday_ds")],
    ),
    "implicit concatenation": (
        """
        BashOperator(task_id="a", bash_command=(
            "echo {{ ds }} "
            "{{ next_ds }}"
        ))
        """,
        [("AS305", 4, "next_ds")],
    ),
    "f-string, plus, percent and format": (
        """
        name = "x"
        BashOperator(task_id="a", bash_command=f"{name} {{{{ next_ds }}}}")
        BashOperator(task_id="b", bash_command="echo {{ prev_ds }} " + name)
        BashOperator(task_id="c", bash_command="echo {{ execution_date }} %s" % name)
        BashOperator(task_id="d", bash_command="echo {{{{ tomorrow_ds }}}} {}".format(name))
        """,
        [
            ("AS305", 3, "next_ds"),
            ("AS305", 4, "prev_ds"),
            ("AS305", 5, "execution_date"),
            ("AS305", 6, "tomorrow_ds"),
        ],
    ),
    "template over a plus": (
        """
        BashOperator(task_id="a", bash_command="{{ macros.ds_add(next_ds, " + str(3) + ") }}")
        """,
        [("AS305", 2, "next_ds")],
    ),
    "partial and expand": (
        """
        BashOperator.partial(task_id="a", env={"D": "{{ next_ds }}"}).expand(bash_command=["{{ prev_ds }}"])
        """,
        [("AS305", 2, "next_ds"), ("AS305", 2, "prev_ds")],
    ),
    "default_args": (
        """
        DAG("x", default_args={"env": {"D": "{{ next_ds }}"}, "owner": "{{ next_ds }}"})
        """,
        [("AS305", 2, "next_ds")],
    ),
    "call of a task": (
        """
        @task
        def load(day): ...
        load("{{ next_ds }}")
        """,
        [("AS305", 4, "next_ds")],
    ),
    "bash task": (
        """
        @task.bash
        def load():
            return "echo {{ next_ds }}"
        """,
        [("AS305", 4, "next_ds")],
    ),
    "own operator class": (
        """
        class Load(BaseOperator):
            template_fields = ("query",)
            def __init__(self, query="{{ next_ds }}", label="{{ prev_ds }}", **kwargs):
                super().__init__(**kwargs)
                self.query = query or "{{ execution_date }}"
        """,
        [("AS305", 4, "next_ds"), ("AS305", 6, "execution_date")],
    ),
    "unknown operator": (
        """
        from acme.operators import Load
        Load(task_id="a", query="{{ next_ds }}")
        """,
        [("AS305", 3, "next_ds")],
    ),
    "object inside an argument": (
        """
        from kubernetes.client import V1EnvVar
        BashOperator(task_id="a", env_vars=[V1EnvVar(name="D", value="{{ next_ds }}")])
        """,
        [("AS305", 3, "next_ds")],
    ),
    "returned by a function": (
        """
        def query(table):
            return f"select {{{{ next_ds }}}} from {table}"
        SQLExecuteQueryOperator(task_id="a", sql=query("x"))
        """,
        [("AS305", 3, "next_ds")],
    ),
    "blocks": (
        """
        BashOperator(task_id="a", bash_command="{% if execution_date.day == 1 %}x{% endif %}")
        """,
        [("AS305", 2, "execution_date")],
    ),
    "lenient DAG": (
        """
        import jinja2
        with DAG("x", template_undefined=jinja2.Undefined):
            BashOperator(task_id="a", bash_command="{{ next_ds }}")
        """,
        [("AS306", 4, "next_ds")],
    ),
    "syntax error": (
        'BashOperator(task_id="a", bash_command="{{ ds ")',
        [("AS307", 1, "")],
    ),
    "members": (
        """
        BashOperator(task_id="a", bash_command="{{ ti.execution_date }} {{ dag_run.external_trigger }}")
        BashOperator(task_id="b", bash_command="{{ task_instance.task.dag.concurrency }}")
        """,
        [
            ("AS501", 2, "ti.execution_date"),
            ("AS502", 2, "dag_run.external_trigger"),
            ("AS503", 3, "dag.concurrency"),
        ],
    ),
    "pulls": (
        """
        BashOperator(task_id="a", bash_command="{{ ti.xcom_pull(key='x') }}")
        BashOperator(task_id="b", bash_command="{{ ti.xcom_pull(task_ids=None) }}")
        BashOperator(task_id="c", bash_command="{{ ti.xcom_pull('x', key=None) }}")
        """,
        [("AS511", 2, "xcom_pull"), ("AS511", 3, "xcom_pull"), ("AS512", 4, "xcom_pull.key")],
    ),
    "run type": (
        'BashOperator(task_id="a", bash_command="{{ dag_run.run_type }}")',
        [("AS308", 1, "dag_run.run_type")],
    ),
}

SILENT = {
    "docstring": '"""Loads {{ execution_date }}."""',
    "log message": 'import logging\nlogging.info("{{ execution_date }}")',
    "plain variable": 'MODEL = "{{ execution_date }}"',
    "documentation of a task": 'BashOperator(task_id="a", bash_command="x", doc_md="{{ execution_date }}")',
    "kept names": 'BashOperator(task_id="a", bash_command="{{ ds }} {{ logical_date }} {{ params.next_ds }}")',
    "attribute of something else": 'BashOperator(task_id="a", bash_command="{{ params.execution_date }}")',
    "key of something else": """BashOperator(task_id="a", bash_command="{{ dag_run.conf['next_ds'] }}")""",
    "string in a template": """BashOperator(task_id="a", bash_command="{{ 'next_ds' }}")""",
    "keyword of a macro": 'BashOperator(task_id="a", bash_command="{{ macros.f(next_ds=ds) }}")',
    "set by the template": 'BashOperator(task_id="a", bash_command="{% set next_ds = ds %}{{ next_ds }}")',
    "loop variable": 'BashOperator(task_id="a", bash_command="{% for next_ds in [1] %}{{ next_ds }}{% endfor %}")',
    "macro parameter": (
        'BashOperator(task_id="a", bash_command="{% macro f(next_ds) %}{{ next_ds }}{% endmacro %}")'
    ),
    "comment and raw": (
        'BashOperator(task_id="a", bash_command="{# {{ next_ds }} #}{% raw %}{{ next_ds }}{% endraw %}")'
    ),
    "text outside the braces": 'BashOperator(task_id="a", bash_command="echo next_ds {{ ds }} execution_date")',
    "user_defined_macros": """
        with DAG("x", user_defined_macros={"next_ds": "x"}):
            BashOperator(task_id="a", bash_command="{{ next_ds }}")
        """,
    "pull with a task": """BashOperator(task_id="a", bash_command="{{ ti.xcom_pull('x') }}")""",
    "pull with named tasks": """BashOperator(task_id="a", bash_command="{{ ti.xcom_pull(task_ids=['x']) }}")""",
    "pull with unknown tasks": """BashOperator(task_id="a", bash_command="{{ ti.xcom_pull(params.task) }}")""",
    "kept members": 'BashOperator(task_id="a", bash_command="{{ ti.try_number }} {{ dag_run.run_id }}")',
    "run type compared": """BashOperator(task_id="a", bash_command="{{ dag_run.run_type == 'manual' }}")""",
    "braces of another language": 'BashOperator(task_id="a", bash_command="docker inspect -f ${x}")',
}


@pytest.mark.parametrize(("source", "expected"), FOUND.values(), ids=FOUND.keys())
def test_finds(source: str, expected: list[tuple[str, int, str]]) -> None:
    """Code, line and name of what the templates read."""
    found = codes(PREAMBLE + dedent(source))
    listed = [(code, line - LINES, symbol) for code, line, symbol in found if code in OURS]
    assert listed == expected


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_stays_silent(source: str) -> None:
    """What Airflow does not render, or what the template sets itself."""
    assert ours(source) == []


def test_a_template_of_another_file_is_recognised_by_the_file_that_uses_it() -> None:
    """A constant that is imported and given to an operator."""
    queries = 'LOAD = "select {{ next_ds }}"\nOTHER = "select {{ next_ds }}"\n'
    user = (
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        "from queries import LOAD\nSQLExecuteQueryOperator(task_id='a', sql=LOAD)\n"
    )
    assert codes(queries, path="queries.py", others={"dag.py": user}) == [("AS305", 1, "next_ds")]


FIXED = {
    '"{{ execution_date }}"': '"{{ logical_date }}"',
    "'{{ execution_date.strftime(\"%Y\") }}'": "'{{ logical_date.strftime(\"%Y\") }}'",
    '"{{ tomorrow_ds }}"': '"{{ macros.ds_add(ds, 1) }}"',
    '"{{ yesterday_ds_nodash }}"': '"{{ (logical_date - macros.timedelta(days=1)) | ds_nodash }}"',
    '"{{ yesterday_ds_nodash ~ 1 }}"': '"{{ ((logical_date - macros.timedelta(days=1)) | ds_nodash) ~ 1 }}"',
    '"{{ next_ds }}"': '"{{ data_interval_end | ds }}"',
    '"{{ next_ds.replace(1, 2) }}"': '"{{ (data_interval_end | ds).replace(1, 2) }}"',
    '"é {{ next_ds }}" "{{ execution_date }}"': '"é {{ data_interval_end | ds }}" "{{ logical_date }}"',
    'r"\\d {{ execution_date }}"': 'r"\\d {{ logical_date }}"',
    '"\\n {{ execution_date }}"': '"\\n {{ execution_date }}"',
    '"\\n" "{{ execution_date }}"': '"\\n" "{{ logical_date }}"',
    'f"{{{{ execution_date }}}}"': 'f"{{{{ execution_date }}}}"',
    '"{{ prev_ds }}"': '"{{ prev_ds }}"',
    '"{{ ti.execution_date }}"': '"{{ logical_date }}"',
    '"{{ ti.get_dagrun().run_id }}"': '"{{ dag_run.run_id }}"',
    '"{{ dag_run.execution_date.day }}"': '"{{ dag_run.logical_date.day }}"',
    '"{{ ti.operator }}"': '"{{ ti.task.task_type }}"',
    '"{{ dag_run.run_type }}"': '"{{ dag_run.run_type.value }}"',
}


@pytest.mark.parametrize(("before", "after"), FIXED.items())
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rewrites(before: str, after: str, newline: str) -> None:
    """Only what is written literally is rewritten, at its exact place."""
    head = (
        "from airflow.providers.standard.operators.bash import BashOperator\nBashOperator(\n    task_id='a', "
    )
    source = f"{head}bash_command={before})\n".replace("\n", newline)
    facts = facts_of(source)
    hits = [hit for hit in find_hits(facts, context()) if hit.code in OURS]
    assert rewrite(facts, hits).utf8.decode() == f"{head}bash_command={after})\n".replace("\n", newline)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rewrites_in_a_long_literal(newline: str) -> None:
    """Lines keep their ends."""
    head = "from airflow.providers.standard.operators.bash import BashOperator\nBashOperator(task_id='a', bash_command="
    text = '"""\necho ä {{ next_ds }}\necho {{ execution_date }}\n"""'
    facts = facts_of(f"{head}{text})\n".replace("\n", newline))
    hits = [hit for hit in find_hits(facts, context()) if hit.code in OURS]
    after = text.replace("next_ds", "data_interval_end | ds").replace("execution_date", "logical_date")
    assert rewrite(facts, hits).utf8.decode() == f"{head}{after})\n".replace("\n", newline)


def test_files_that_a_module_renders() -> None:
    """As they are written, without those that are templates themselves."""
    source = PREAMBLE + dedent(
        """
        BashOperator(task_id="a", bash_command="scripts/load.sh", doc_md="readme.md")
        SQLExecuteQueryOperator(task_id="b", sql=["sql/one.sql", "select 1", "{{ params.x }}.sql"])
        print("other.sql")
        """
    )
    found = template_references(facts_of(source), context())
    assert [reference.name for reference in found] == ["scripts/load.sh", "sql/one.sql"]


PLAIN = {
    "BashOperator": 'BashOperator(task_id="a", bash_command="ls", output_encoding="{{ next_ds }}")',
    "partial": 'BashOperator.partial(task_id="a", output_encoding="{{ next_ds }}").expand(bash_command=["ls"])',
    "moved class": """
        from airflow.operators.bash import BashOperator as Old
        Old(task_id="a", bash_command="ls", output_encoding="{{ next_ds }}")
        """,
    "file name": 'BashOperator(task_id="a", bash_command="ls", output_encoding="load.sql")',
}


@pytest.mark.parametrize("source", PLAIN.values(), ids=PLAIN.keys())
def test_parameters_that_are_no_template_fields_are_not_rendered(source: str) -> None:
    assert ours(source) == []
    assert template_references(facts_of(PREAMBLE + dedent(source)), context()) == ()


RENDERED = {
    "template field": 'BashOperator(task_id="a", bash_command="ls", cwd="{{ next_ds }}")',
    "unknown operator": """
        from acme.operators import AcmeOperator
        AcmeOperator(task_id="a", output_encoding="{{ next_ds }}")
        """,
    "own subclass, which may have fields of its own": """
        class Mine(BashOperator):
            template_fields = (*BashOperator.template_fields, "output_encoding")
        Mine(task_id="a", output_encoding="{{ next_ds }}")
        """,
    "notifier": """
        from airflow.providers.slack.notifications.slack import SlackNotifier
        BashOperator(task_id="a", bash_command="ls", on_failure_callback=SlackNotifier(text="{{ next_ds }}"))
        """,
}


@pytest.mark.parametrize("source", RENDERED.values(), ids=RENDERED.keys())
def test_everything_else_may_be_rendered(source: str) -> None:
    assert [code for code, _, _ in ours(source)] == ["AS305"]


class TestFiles:
    """Template files."""

    text = "-- ü\r\nselect '{{ next_ds }}'\r\nwhere a = {{ ti.execution_date }} -- $AIRFLOW_CTX_EXECUTION_DATE\r\n"

    def test_a_file_is_judged_with_exact_places(self) -> None:
        """Bytes of the file as it is."""
        raw = self.text.encode()
        found = {hit.symbol: raw[slice(*hit.span)] for hit in check_template_file(self.text, context())}
        assert found == {
            "next_ds": b"next_ds",
            "ti.execution_date": b"execution_date",
            "AIRFLOW_CTX_EXECUTION_DATE": b"AIRFLOW_CTX_EXECUTION_DATE",
        }

    def test_an_unreachable_file_gives_warnings(self) -> None:
        """It may belong to something else."""
        hits = check_template_file(self.text, context(), reachable=False)
        assert {hit.severity and hit.severity.value for hit in hits} == {"warning"}

    def test_names_of_the_dag_are_known(self) -> None:
        """`user_defined_macros` reach files too."""
        assert check_template_file("{{ next_ds }}", context(), macros=frozenset({"next_ds"})) == []

    @pytest.mark.parametrize("text", ["{{ ds", "{% if %}", "{{ 1 + }}"])
    def test_a_broken_file_is_a_finding(self, text: str) -> None:
        """Where a DAG renders it; nothing is known about others."""
        assert [hit.code for hit in check_template_file(text, context())] == ["AS307"]
        assert check_template_file(text, context(), reachable=False) == []

    def test_hostile_files_are_answered(self) -> None:
        """Too long or too deep is a reason, not a crash."""
        assert parse_template("{{ " + "(" * 100_000 + " }}").error
        assert parse_template("{{ next_ds }}" * 200_000).error
        assert parse_template("{{ 10 ** 10 ** 10 }}").error == ""


@given(
    st.lists(
        st.sampled_from(
            [
                "{{ next_ds }}",
                "{{ execution_date.day }}",
                "text",
                "\n",
                "\r\n",
                "{{ ds }}",
                "ü",
                "{% if ti.pool -%}",
                "{% endif %}",
                "  ",
                "{# next_ds #}",
            ]
        ),
        max_size=12,
    )
)
def test_spans_always_hold_the_name(parts: list[str]) -> None:
    """Whatever surrounds a name, its span is the name."""
    text = "".join(parts)
    for name in parse_template(text).names:
        for part, (start, end) in zip((name.name, *name.attrs), name.spans, strict=False):
            assert text[start:end] == part
