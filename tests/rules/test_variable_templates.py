"""`Variable.get` of a DAG file becomes a template where only rendering needs its value, and stays anywhere else."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.findings import Applicability
from airshift.fix.apply import rewrite
from airshift.fix.files import fix_file
from airshift.judge import judge
from airshift.rules.parse_time import check
from rules.checking import context, facts_of

HEAD = """\
from airflow.sdk import DAG, Variable, task
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
"""
DAG = """\
with DAG("load", schedule=None):
"""


def templated(source: str, others: dict[str, str] | None = None) -> str | None:
    """The file with its look-ups as templates; None where nothing is rewritten."""
    facts = facts_of(source, "dags/dag.py", others)
    result = rewrite(facts, list(check(facts, context())))
    return result.utf8.decode() if result.applied else None


def given(value: str, top: str = "", more: str = "") -> str:
    """A DAG whose Bash task gets the value, with lines before it and behind it."""
    task = f'    BashOperator(task_id="a", bash_command={value})\n'
    return HEAD + dedent(top) + DAG + task + dedent(more)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Variable.get('command')", '"{{ var.value.command }}"'),
        ("Variable.get(key='command')", '"{{ var.value.command }}"'),
        ("Variable.get('our-command')", "\"{{ var.value.get('our-command') }}\""),
        ("Variable.get('team/command.daily')", "\"{{ var.value.get('team/command.daily') }}\""),
        ("Variable.get('get')", "\"{{ var.value.get('get') }}\""),
        ("Variable.get('command', 'true')", "\"{{ var.value.get('command', 'true') }}\""),
        ("Variable.get('command', '')", "\"{{ var.value.get('command', '') }}\""),
        ("Variable.get('command', default='true')", "\"{{ var.value.get('command', 'true') }}\""),
        ("Variable.get('command', deserialize_json=False)", '"{{ var.value.command }}"'),
        ("Variable.get('load', deserialize_json=True)['command']", "\"{{ var.json.load['command'] }}\""),
        ("Variable.get('load', deserialize_json=True)['steps'][0]", "\"{{ var.json.load['steps'][0] }}\""),
        ("str(Variable.get('load', deserialize_json=True))", '"{{ var.json.load }}"'),
        ("'load ' + Variable.get('table')", "'load ' + \"{{ var.value.table }}\""),
        ("'{{ ds }} ' + Variable.get('table')", "'{{ ds }} ' + \"{{ var.value.table }}\""),
        ("Variable.get('a') + '/' + Variable.get('b')", '"{{ var.value.a }}" + \'/\' + "{{ var.value.b }}"'),
        ("Variable.get('a') if FAST else 'true'", "\"{{ var.value.a }}\" if FAST else 'true'"),
        ("'x', env={'A': Variable.get('a')}", "'x', env={'A': \"{{ var.value.a }}\"}"),
        ("'x', env=dict(A=Variable.get('a'))", "'x', env=dict(A=\"{{ var.value.a }}\")"),
        (
            "'x', env={'A': Variable.get('a', deserialize_json=True)}",
            "'x', env={'A': \"{{ var.json.a }}\"}",
        ),
    ],
)
def test_a_look_up_in_a_template_field_becomes_a_template(before: str, after: str) -> None:
    expected = given(after).replace("DAG, Variable, task", "DAG, task")
    assert templated(given(before)) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """\
            BUCKET = Variable.get("bucket")  # of the team
            PATH = f"s3://{BUCKET}/{{{{ ds }}}}"

            with DAG("load", schedule=None):
                BashOperator(task_id="a", bash_command=f"load {PATH} {BUCKET}")
            """,
            """\
            BUCKET = "{{ var.value.bucket }}"  # of the team
            PATH = f"s3://{BUCKET}/{{{{ ds }}}}"

            with DAG("load", schedule=None):
                BashOperator(task_id="a", bash_command=f"load {PATH} {BUCKET}")
            """,
            id="through names and f-strings",
        ),
        pytest.param(
            """\
            with DAG("load", schedule=None):
                bucket: str = Variable.get("bucket")
                for table in ("orders", "items"):
                    PythonOperator(task_id=table, python_callable=print, op_args=[bucket, table])
                    PythonOperator(task_id=f"{table}_2", python_callable=print, op_kwargs={"in": [bucket]})
            """,
            """\
            with DAG("load", schedule=None):
                bucket: str = "{{ var.value.bucket }}"
                for table in ("orders", "items"):
                    PythonOperator(task_id=table, python_callable=print, op_args=[bucket, table])
                    PythonOperator(task_id=f"{table}_2", python_callable=print, op_kwargs={"in": [bucket]})
            """,
            id="into lists and dictionaries, within a loop over tasks",
        ),
        pytest.param(
            """\
            from airflow.sdk import dag

            @dag(schedule=None)
            def flow():
                command = Variable.get("command")
                BashOperator.partial(task_id="a", bash_command=command).expand(env=[{"A": "1"}])

            flow()
            """,
            """\
            from airflow.sdk import dag

            @dag(schedule=None)
            def flow():
                command = "{{ var.value.command }}"
                BashOperator.partial(task_id="a", bash_command=command).expand(env=[{"A": "1"}])

            flow()
            """,
            id="a DAG function and a mapped task",
        ),
        pytest.param(
            """\
            SETTINGS = Variable.get("settings", deserialize_json=True)
            DAYS = Variable.get("load", deserialize_json=True)["days"]
            with DAG("load", schedule=None):
                BashOperator(task_id="a", bash_command=f"load '{SETTINGS}' {DAYS}")
            """,
            """\
            SETTINGS = "{{ var.json.settings }}"
            DAYS = "{{ var.json.load['days'] }}"
            with DAG("load", schedule=None):
                BashOperator(task_id="a", bash_command=f"load '{SETTINGS}' {DAYS}")
            """,
            id="JSON inside of a text",
        ),
        pytest.param(
            """\
            with DAG("load", schedule=None, user_defined_macros={"day": 1}, render_template_as_native_obj=False):
                BashOperator(
                    task_id="a",
                    # what to run
                    bash_command=Variable.get(
                        "command",
                        "#",
                    ),  # by operations
                )
            """,
            """\
            with DAG("load", schedule=None, user_defined_macros={"day": 1}, render_template_as_native_obj=False):
                BashOperator(
                    task_id="a",
                    # what to run
                    bash_command="{{ var.value.get('command', '#') }}",  # by operations
                )
            """,
            id="over several lines",
        ),
        pytest.param(
            """\
            BUCKET = Variable.get("bucket", "lake")

            def build(name):
                dag = DAG(name, **{"schedule": None, "catchup": False})
                PythonOperator(task_id="a", python_callable=print, op_args=[f"s3://{BUCKET}/{name}"], dag=dag)
                return dag

            for name in ("a", "b"):
                globals()[name] = build(name)
            """,
            """\
            BUCKET = "{{ var.value.get('bucket', 'lake') }}"

            def build(name):
                dag = DAG(name, **{"schedule": None, "catchup": False})
                PythonOperator(task_id="a", python_callable=print, op_args=[f"s3://{BUCKET}/{name}"], dag=dag)
                return dag

            for name in ("a", "b"):
                globals()[name] = build(name)
            """,
            id="a function that makes DAGs",
        ),
    ],
)
def test_only_the_look_up_changes(before: str, after: str) -> None:
    expected = HEAD.replace("DAG, Variable, task", "DAG, task") + dedent(after)
    assert templated(HEAD + dedent(before)) == expected


MUST_STAY = [
    # what is looked up
    pytest.param(given("Variable.get(KEY)"), id="the key is not written out"),
    pytest.param(given("Variable.get(f'{TEAM}_command')"), id="the key is made"),
    pytest.param(given("Variable.get(\"it's\")"), id="a quote in the key"),
    pytest.param(given("Variable.get('a}}b')"), id="braces in the key"),
    pytest.param(given("Variable.get('a', None)"), id="None as the default: a template renders a text"),
    pytest.param(given("Variable.get('a', 5)"), id="a number as the default"),
    pytest.param(given("Variable.get('a', DEFAULT)"), id="a name as the default"),
    pytest.param(given("Variable.get('a', '{{ ds }}')"), id="a template as the default"),
    pytest.param(given("Variable.get('a', \"it's\")"), id="a quote in the default"),
    pytest.param(given("Variable.get('a', 'load.sh')"), id="the name of a template file as the default"),
    pytest.param(given("Variable.get('a', default_var='true')"), id="an argument that another fix renames"),
    pytest.param(given("Variable.get('a', deserialize_json=PARSED)"), id="nobody knows whether it is JSON"),
    pytest.param(given("Variable.get('a', default='{}', deserialize_json=True)"), id="JSON with a default"),
    pytest.param(given("Variable.get(\n  'a',  # which\n)"), id="a comment inside"),
    pytest.param(given("Variable.get(*KEYS)"), id="unpacked arguments"),
    pytest.param(given("Variable.get('a', **MORE)"), id="unpacked keywords"),
    # what is done with it
    pytest.param(given("f'load {Variable.get(\"a\")}'"), id="inside of an f-string"),
    pytest.param(given("Variable.get('a').strip()"), id="a method"),
    pytest.param(given("Variable.get('a')[:3]"), id="a part"),
    pytest.param(given("Variable.get('a').split(',')[0]"), id="split"),
    pytest.param(given("int(Variable.get('a'))"), id="converted"),
    pytest.param(given("'%s' % Variable.get('a')"), id="formatted"),
    pytest.param(given("Variable.get('a') or 'true'"), id="or"),
    pytest.param(given("'x' if Variable.get('a') else 'y'"), id="a condition"),
    pytest.param(given("Variable.get('a') == 'x'"), id="compared"),
    pytest.param(given("[Variable.get(k) for k in 'ab'][0]"), id="comprehension"),
    pytest.param(given("(lambda: Variable.get('a'))()"), id="lambda"),
    pytest.param(given("'x', env={Variable.get('a'): 'x'}"), id="the key of a dictionary"),
    pytest.param(given("'{{ var.value.' + Variable.get('a') + ' }}'"), id="within a template"),
    pytest.param(given("'{% raw %}' + Variable.get('a')"), id="within a raw block"),
    pytest.param(given("'{' + Variable.get('a') + '}'"), id="between braces"),
    pytest.param(given("Variable.get('a', deserialize_json=True) + TAIL"), id="JSON joined with who knows"),
    # where it ends
    pytest.param(given("'x', cwd=None, append_env=Variable.get('a')"), id="no template field"),
    pytest.param(given("'x', retries=Variable.get('a')"), id="a field of every operator"),
    pytest.param(given("'x', params={'a': Variable.get('a')}"), id="params"),
    pytest.param(given("'x', **{'env': Variable.get('a')}"), id="in unpacked arguments"),
    pytest.param(
        HEAD + DAG + "    PythonOperator(task_id='a', python_callable=print,\n"
        "        op_kwargs={'a': Variable.get('a', deserialize_json=True)})\n",
        id="JSON where any value goes",
    ),
    pytest.param(
        "from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator\n"
        + HEAD
        + DAG
        + "    TriggerDagRunOperator(task_id='a', trigger_dag_id=Variable.get('a'))\n",
        id="the DAG that is triggered",
    ),
    pytest.param(
        "from airflow.providers.standard.sensors.external_task import ExternalTaskSensor\n"
        + HEAD
        + DAG
        + "    ExternalTaskSensor(task_id='a', external_dag_id=Variable.get('a'))\n",
        id="the DAG that is waited for",
    ),
    pytest.param(
        "from airflow.providers.google.cloud.transfers.gcs_to_gcs import GCSToGCSOperator\n"
        + HEAD
        + DAG
        + "    GCSToGCSOperator(task_id='a', source_bucket='b', source_object=Variable.get('a'))\n",
        id="a field that the constructor looks at",
    ),
    pytest.param(
        HEAD + "class Ours(BashOperator):\n    pass\n" + DAG
        + "    Ours(task_id='a', bash_command=Variable.get('a'))\n",
        id="an operator of one's own",
    ),
    pytest.param(
        HEAD + "from team.operators import BashOperator as Ours\n" + DAG
        + "    Ours(task_id='a', bash_command=Variable.get('a'))\n",
        id="an operator that nobody knows",
    ),
    pytest.param(HEAD + "DAG('a', tags=[Variable.get('a')])\n", id="an argument of the DAG"),
    pytest.param(
        HEAD + "DAG('a', default_args={'bash_command': Variable.get('a')})\n", id="default arguments"
    ),
    pytest.param(
        HEAD + DAG + "    @task\n    def f():\n        BashOperator(task_id='a', bash_command=Variable.get('a'))\n",
        id="in a task",
    ),
    # who else may want it
    *(
        pytest.param(given("X", f"X = Variable.get('a')\n{more}\n"), id=name)
        for name, more in {
            "printed too": "print(X)",
            "compared too": "if X == 'a':\n    pass",
            "looped over too": "for one in X:\n    pass",
            "bound twice": "X = X or 'true'",
            "added to": "X += 'true'",
            "deleted": "del X",
            "used in a task too": "@task\ndef f():\n    return X",
            "changed by a function": "def f():\n    global X\n    X = 'b'",
            "listed for others": "__all__ = ['X']",
            "read by its name": "print(globals()['X'])",
            "an attribute is read": "Y = X.upper()",
            "converted in an f-string": "Y = f'{X!r}'\nBashOperator(task_id='b', bash_command=Y)",
            "formatted in an f-string": "Y = f'{X:>5}'\nBashOperator(task_id='b', bash_command=Y)",
            "an expression in an f-string": "Y = f'{X + X}{X * 2}'\nBashOperator(task_id='b', bash_command=Y)",
            "within a template of an f-string": "Y = f'{{{{ var.value.{X} }}}}'\n"
            "BashOperator(task_id='b', bash_command=Y)",
            "returned": "def f():\n    return X\nf()",
            "an argument of a function": "def f(x=X):\n    return x",
        }.items()
    ),
    pytest.param(given("X", "if FAST:\n    X = Variable.get('a')\nelse:\n    X = 'b'\n"), id="one of two"),
    pytest.param(
        given("X", "try:\n    X = Variable.get('a')\nexcept KeyError:\n    pass\n"), id="its error is waited for"
    ),
    pytest.param(
        given("X", "from contextlib import suppress\nwith suppress(KeyError):\n    X = Variable.get('a')\n"),
        id="its error is suppressed",
    ),
    pytest.param(given("'x'", "X = Variable.get('a')\n"), id="not used"),
    pytest.param(given("C.X", "class C:\n    X = Variable.get('a')\n"), id="in a class"),
    pytest.param(given("X", "X, Y = Variable.get('a'), Variable.get('b')\n"), id="unpacked"),
    pytest.param(given("X", "def x():\n    return Variable.get('a')\nX = x()\n"), id="returned by a function"),
    pytest.param(given("X", "X = Y = Variable.get('a')\n"), id="two names at once"),
    pytest.param(given("(X := Variable.get('a'))"), id="bound in passing"),
    # how the DAG renders
    *(
        pytest.param(
            HEAD + f"with DAG('a', {argument}):\n    BashOperator(task_id='a', bash_command=Variable.get('a'))\n",
            id=argument,
        )
        for argument in (
            "render_template_as_native_obj=True",
            "render_template_as_native_obj=NATIVE",
            "user_defined_macros={'var': 1}",
            "user_defined_macros=MACROS",
            "jinja_environment_kwargs={'variable_start_string': '<<'}",
            "**SETTINGS",
            "**{'render_template_as_native_obj': True}",
            "**{**SETTINGS}",
        )
    ),
    pytest.param(HEAD + "BashOperator(task_id='a', bash_command=Variable.get('a'))\n", id="the DAG is elsewhere"),
    # what it is
    pytest.param(given("Variable.get('a')").replace("DAG, Variable", "DAG"), id="a name of nobody"),
    pytest.param(given("Variable.get('a')", "Variable = dict(a='b')\n"), id="a shadowed name"),
    pytest.param(
        given("Variable.get('a')", "if FAST:\n    from team import Variable\n"), id="perhaps another class"
    ),
    pytest.param(
        given("BaseHook.get_connection('a').host", "from airflow.sdk import BaseHook\n"), id="a connection"
    ),
]  # fmt: skip


@pytest.mark.parametrize("source", MUST_STAY)
def test_any_other_look_up_stays(source: str) -> None:
    assert templated(source) is None


def test_a_name_that_another_module_imports_from_here_stays() -> None:
    source = given("X", "X = Variable.get('a')\n")
    assert templated(source) is not None
    assert templated(source, {"dags/dag.py": source, "dags/other.py": "from dag import X\n"}) is None


def test_another_field_of_that_operator_becomes_a_template() -> None:
    source = (
        "from airflow.providers.google.cloud.transfers.gcs_to_gcs import GCSToGCSOperator\n"
        + HEAD
        + DAG
        + "    GCSToGCSOperator(task_id='a', source_bucket=Variable.get('a'), source_object='b')\n"
    )
    assert 'source_bucket="{{ var.value.a }}"' in (templated(source) or "")


def test_a_field_that_the_old_airflow_does_not_render_stays() -> None:
    source = given("'x', cwd=Variable.get('a')")
    facts = facts_of(source, "dags/dag.py")
    (hit,) = check(facts, context())
    fields = [context().index.signature(BASH, version).template_fields for version in ("2.10.3", "3.3.1")]  # type: ignore[union-attr]
    assert bool(hit.rewrites) is all("cwd" in known for known in fields)


BASH = "airflow.operators.bash.BashOperator"


def test_it_is_for_people_to_ask_for_and_a_second_run_finds_nothing() -> None:
    source = given("X + Variable.get('b', 'true')", "X = Variable.get('a')\n")
    (first, second) = judge(facts_of(source, "dags/dag.py"), context()).findings
    assert first.applicability is second.applicability is Applicability.UNSAFE
    assert not fix_file("dags/dag.py", source.encode(), context()).changed
    once = fix_file("dags/dag.py", source.encode(), context(), unsafe=True)
    assert [one.code for one in once.fixed] == ["AS903", "AS903"]
    again = fix_file("dags/dag.py", once.after, context(), unsafe=True)
    assert not again.changed
    assert not again.left


def test_code_of_airflow_2_takes_a_second_round_for_the_old_argument() -> None:
    source = """\
        from airflow import DAG
        from airflow.models import Variable
        from airflow.operators.bash import BashOperator

        with DAG("load", schedule=None):
            BashOperator(task_id="a", bash_command=Variable.get("a", default_var="true"))
        """
    fixed = fix_file("dags/dag.py", dedent(source).encode(), context(), unsafe=True)
    assert {one.code for one in fixed.fixed} >= {"AS414", "AS903"}
    assert fixed.after.decode() == dedent(
        """\
        from airflow import DAG
        from airflow.providers.standard.operators.bash import BashOperator

        with DAG("load", schedule=None):
            BashOperator(task_id="a", bash_command="{{ var.value.get('a', 'true') }}")
        """
    )
