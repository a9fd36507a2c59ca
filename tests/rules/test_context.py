"""Context keys in Python: found wherever a function certainly receives the context, and nowhere else."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.fix.apply import rewrite
from airshift.judge import find_hits
from rules.checking import codes, context, facts_of, findings

PREAMBLE = """\
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator, BranchPythonOperator
from airflow.sdk import BaseOperator, BaseNotifier, get_current_context, task
"""
LINES = PREAMBLE.count("\n")


def ours(
    source: str, others: dict[str, str] | None = None, path: str = "dag.py"
) -> list[tuple[str, int, str]]:
    """Findings of the context family, lines counted after the preamble."""
    found = codes(PREAMBLE + dedent(source), others=others, path=path)
    return [(code, line - LINES, symbol) for code, line, symbol in found if code in OURS]


OURS = ("AS301", "AS302", "AS303", "AS304", "AS310")

FOUND = {
    "kwargs of a PythonOperator callable": (
        """
        def load(**context):
            return context["execution_date"]
        PythonOperator(task_id="a", python_callable=load)
        """,
        [("AS301", 3, "execution_date")],
    ),
    "lambda": (
        'PythonOperator(task_id="a", python_callable=lambda **kw: kw["next_ds"])',
        [("AS301", 1, "next_ds")],
    ),
    "branch callable": (
        """
        def pick(**kwargs):
            return kwargs["tomorrow_ds_nodash"]
        BranchPythonOperator(task_id="a", python_callable=pick)
        """,
        [("AS301", 3, "tomorrow_ds_nodash")],
    ),
    "functools.partial": (
        """
        from functools import partial
        def load(table, **kwargs):
            return kwargs["prev_ds"]
        PythonOperator(task_id="a", python_callable=partial(load, "orders"))
        """,
        [("AS301", 4, "prev_ds")],
    ),
    "method as callable": (
        """
        class Loader:
            def run(self, **kwargs):
                return kwargs["yesterday_ds"]
        PythonOperator(task_id="a", python_callable=Loader().run)
        """,
        [("AS301", 4, "yesterday_ds")],
    ),
    "operator methods": (
        """
        class Load(BaseOperator):
            def pre_execute(self, context):
                context["next_execution_date"]
            def execute(self, ctx):
                self._load(ctx)
            def _load(self, found):
                found["conf"].get("core", "x")
        """,
        [("AS301", 4, "next_execution_date"), ("AS301", 8, "conf")],
    ),
    "notifier": (
        """
        class Tell(BaseNotifier):
            def notify(self, context):
                context["execution_date"]
        """,
        [("AS301", 4, "execution_date")],
    ),
    "callback keyword, list and default_args": (
        """
        def one(context): context["next_ds"]
        def two(c): c["prev_ds"]
        def three(context): context["tomorrow_ds"]
        default_args = {"on_retry_callback": three}
        BashOperator(task_id="a", bash_command="x", on_failure_callback=[one, two], default_args=default_args)
        """,
        [("AS301", 2, "next_ds"), ("AS301", 3, "prev_ds"), ("AS301", 4, "tomorrow_ds")],
    ),
    "callback stored in a dictionary": (
        """
        def one(context): context["next_ds"]
        shared = {}
        shared["on_failure_callback"] = one
        """,
        [("AS301", 2, "next_ds")],
    ),
    "get_current_context": (
        """
        def anywhere():
            return get_current_context()["execution_date"]
        """,
        [("AS301", 3, "execution_date")],
    ),
    "renamed, copied and passed on twice": (
        """
        def deepest(values): return values["next_ds"]
        def helper(ctx, table): return deepest(ctx)
        def load(**kwargs):
            context = kwargs
            again = dict(context)
            helper(again, "orders")
        PythonOperator(task_id="a", python_callable=load)
        """,
        [("AS301", 2, "next_ds")],
    ),
    "passed on as keywords": (
        """
        def helper(execution_date, **rest): return rest["next_ds"]
        def load(**kwargs): helper(**kwargs)
        PythonOperator(task_id="a", python_callable=load)
        """,
        [("AS303", 2, "execution_date"), ("AS301", 2, "next_ds")],
    ),
    "annotated parameter": (
        """
        from airflow.sdk import Context
        def helper(values: Context): return values["execution_date"]
        """,
        [("AS301", 3, "execution_date")],
    ),
    "get, in and pop": (
        """
        @task
        def load(**context):
            context.get("execution_date")
            "next_ds" in context
            context.pop("prev_ds", None)
            context.pop("prev_ds")
        """,
        [
            ("AS302", 4, "execution_date"),
            ("AS302", 5, "next_ds"),
            ("AS302", 6, "prev_ds"),
            ("AS301", 7, "prev_ds"),
        ],
    ),
    "key in a variable": (
        """
        KEY = "next_ds"
        @task
        def load(**context):
            return context[KEY]
        """,
        [("AS301", 5, "next_ds")],
    ),
    "parameters of a callable": (
        """
        def load(ds, execution_date, next_ds=None, **context): ...
        PythonOperator(task_id="a", python_callable=load)
        """,
        [("AS303", 2, "execution_date"), ("AS304", 2, "next_ds")],
    ),
    "parameters of a task nobody fills": (
        """
        @task
        def load(rows, execution_date=None): ...
        load([1])
        """,
        [("AS304", 3, "execution_date")],
    ),
    "tested but not replaced": (
        """
        @task
        def load(**context):
            if "execution_date" in context:
                print("old")
            context["next_ds"] or context["ds"]
            return context.get("logical_date", context["execution_date"])
        """,
        [("AS302", 4, "execution_date"), ("AS301", 6, "next_ds"), ("AS301", 7, "execution_date")],
    ),
    "closure": (
        """
        @task
        def load(**context):
            def inner():
                return context["execution_date"]
            return inner()
        """,
        [("AS301", 5, "execution_date")],
    ),
    "events by URI": (
        """
        @task
        def load(*, outlet_events):
            outlet_events["s3://lake/orders"].extra = {}
        """,
        [("AS310", 4, "outlet_events")],
    ),
    "execution_date_fn": (
        'BashOperator(task_id="a", execution_date_fn=lambda execution_date, **kw: kw["next_ds"])',
        [("AS301", 1, "next_ds")],
    ),
}

SILENT = {
    "ordinary function": 'def load(execution_date, next_ds=None, **kwargs): return kwargs["execution_date"]',
    "dict of another kind": 'row = {"execution_date": 1}\nrow["execution_date"]\nrow.get("next_ds")',
    "data frame column": """
        @task
        def load(frame):
            return frame["execution_date"]
        """,
    "task filled by its caller": """
        @task
        def load(execution_date: str): ...
        load("2024-01-01")
        """,
    "task filled by name": """
        @task
        def load(rows, conf=None): ...
        load([1], conf={"a": 1})
        """,
    "task filled by expand and partial": """
        @task
        def load(execution_date, next_ds): ...
        load.partial(next_ds="x").expand(execution_date=[1, 2])
        """,
    "task called elsewhere": """
        @task
        def load(execution_date, conf=None): ...
        """,
    "filled by op_kwargs": """
        def load(execution_date): ...
        PythonOperator(task_id="a", python_callable=load, op_kwargs={"execution_date": "{{ logical_date }}"})
        """,
    "filled by op_args": """
        def load(execution_date): ...
        PythonOperator(task_id="a", python_callable=load, op_args=["{{ logical_date }}"])
        """,
    "filled by an unknown op_kwargs": """
        def load(execution_date): ...
        PythonOperator(task_id="a", python_callable=load, op_kwargs=arguments())
        """,
    "filled by partial": """
        from functools import partial
        def load(execution_date): ...
        PythonOperator(task_id="a", python_callable=partial(load, execution_date=1))
        """,
    "date function's own date": """
        def other(execution_date, **context): return execution_date
        BashOperator(task_id="a", execution_date_fn=other)
        """,
    "kept keys": """
        @task
        def load(**context):
            return context["logical_date"], context["ds"], context.get("run_id"), "ti" in context
        """,
    "new key first": """
        @task
        def load(**context):
            return context.get("logical_date") or context["execution_date"]
        """,
    "old key first, new one as fallback": """
        @task
        def load(**context):
            return context.get("execution_date") or context["logical_date"]
        """,
    "test for the key": """
        @task
        def load(**context):
            if "execution_date" in context:
                day = context["execution_date"]
            else:
                day = context["logical_date"]
            return context["next_ds"] if "next_ds" in context else day
        """,
    "KeyError is caught": """
        @task
        def load(**context):
            try:
                return context["logical_date"]
            except KeyError:
                return context["execution_date"]
        """,
    "version is tested": """
        from airflow import __version__ as airflow_version
        @task
        def load(**context):
            if airflow_version < "3":
                return context["execution_date"]
        """,
    "written, not read": """
        @task
        def load(**context):
            context["execution_date"] = context["logical_date"]
        """,
    "a mapping inside the context": """
        @task
        def load(**context):
            return context["params"]["execution_date"], context["dag_run"].conf["next_ds"]
        """,
    "execute of something else": """
        class Query:
            def execute(self, context):
                return context["execution_date"]
        """,
    "name rebound to something else": """
        @task
        def load(**context):
            context = {"execution_date": 1}
            return context["execution_date"]
        """,
    "events by asset": """
        from airflow.sdk import Asset
        @task
        def load(*, outlet_events):
            outlet_events[Asset("s3://lake/orders")].extra = {}
        """,
}


@pytest.mark.parametrize(("source", "expected"), FOUND.values(), ids=FOUND.keys())
def test_finds(source: str, expected: list[tuple[str, int, str]]) -> None:
    """Code, line and key of what the source reads."""
    assert sorted(ours(source)) == sorted(expected)


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_stays_silent(source: str) -> None:
    """What is not the context, or still there."""
    assert ours(source) == []


def test_a_callback_is_recognised_by_the_file_that_uses_it() -> None:
    """The module that defines it cannot know."""
    callbacks = "def tell(context):\n    print(context['execution_date'])\n"
    user = "from common.callbacks import tell\ndefault_args = {'on_failure_callback': tell}\n"
    assert codes(callbacks, path="dags/common/callbacks.py") == []
    found = codes(callbacks, path="dags/common/callbacks.py", others={"dags/sales.py": user})
    assert found == [("AS301", 2, "execution_date")]


def test_a_callable_of_another_file_knows_what_op_kwargs_fill() -> None:
    """The names travel with the summary."""
    tasks = "def load(execution_date, next_ds):\n    print(execution_date, next_ds)\n"
    user = (
        "from airflow.providers.standard.operators.python import PythonOperator\nfrom tasks import load\n"
        "PythonOperator(task_id='a', python_callable=load, op_kwargs={'execution_date': 1})\n"
    )
    assert codes(tasks, path="tasks.py", others={"dag.py": user}) == [("AS303", 1, "next_ds")]


FIXED = {
    'context["execution_date"]': 'context["logical_date"]',
    "context['execution_date']": "context['logical_date']",
    'context.get("execution_date", 1)': 'context.get("logical_date", 1)',
    '"execution_date" in context': '"logical_date" in context',
    'context["tomorrow_ds"]': 'context["logical_date"].add(days=1).strftime("%Y-%m-%d")',
    'context["yesterday_ds_nodash"]': 'context["logical_date"].add(days=-1).strftime("%Y%m%d")',
    'context["next_ds"]': 'context["data_interval_end"].strftime("%Y-%m-%d")',
    'context["next_execution_date"]': 'context["data_interval_end"]',
    'context["triggering_dataset_events"]': 'context["triggering_asset_events"]',
    'context["prev_ds"]': 'context["prev_ds"]',
    'context["test_mode"]': 'context["test_mode"]',
    '"next_ds" in context': '"next_ds" in context',
    'context.get("next_ds", 1)': 'context.get("next_ds", 1)',
    'context["execution\\x5fdate"]': 'context["execution\\x5fdate"]',
}


def fixed(source: str) -> str:
    """The source with every rewrite of this family applied."""
    facts = facts_of(source)
    hits = [hit for hit in find_hits(facts, context()) if hit.code in OURS]
    return rewrite(facts, hits).utf8.decode()


@pytest.mark.parametrize(("before", "after"), FIXED.items())
def test_rewrites(before: str, after: str) -> None:
    """One expression; those without an equivalent stay as they are."""
    head = "from airflow.sdk import task\n@task\ndef load(**context):\n    return "
    assert fixed(f"{head}{before}\n") == f"{head}{after}\n"


def test_conf_is_imported() -> None:
    """The object itself still exists."""
    source = "from airflow.sdk import task\n@task\ndef load(**context):\n    return context['conf'].get('core', 'x')\n"
    after = fixed(source)
    assert "from airflow.configuration import conf" in after
    assert "return conf.get('core', 'x')" in after


def test_a_parameter_is_renamed_with_its_uses() -> None:
    """And left alone where the new name is taken."""
    head = "from airflow.providers.standard.operators.python import PythonOperator\n"
    call = "PythonOperator(task_id='a', python_callable=load)\n"
    source = f"{head}def load(execution_date, ds):\n    print(execution_date, execution_date.day)\n{call}"
    assert fixed(source) == source.replace("execution_date", "logical_date")
    taken = f"{head}def load(execution_date, logical_date):\n    print(execution_date)\n{call}"
    assert fixed(taken) == taken


def test_an_alias_is_looked_up_as_an_alias() -> None:
    source = """
        from airflow.sdk import Asset, AssetAlias, task
        @task(outlets=[AssetAlias("mine")])
        def load(*, outlet_events):
            outlet_events["mine"].add(Asset("a"))
            outlet_events["s3://a"]
        """
    found = [finding.message for finding in findings(source) if finding.code == "AS310"]
    assert [message.rpartition("Write ")[2] for message in found] == [
        '`AssetAlias("mine")`.',
        '`Asset("s3://a")`.',
    ]
