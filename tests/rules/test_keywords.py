"""Parameters of DAGs, operators and decorators: what is flagged, where, and what stays silent."""

from __future__ import annotations

import json

import pytest

from airshift.catalogue import Catalogue
from airshift.rules import default_args, keywords
from airshift.rules.base import is_triggered
from airshift.rules.parameters import parameters
from rules.checking import codes, context, findings


def judged(source: str, target: str = "3.3.1", **others: str) -> list[tuple[str, int, str]]:
    """Findings of this family only."""
    files = {name.replace("__", "/") + ".py": text for name, text in others.items()}
    return [found for found in codes(source, target, "dags/dag.py", files) if "AS201" <= found[0] <= "AS249"]


DAG_FORMS = [
    pytest.param("from airflow import DAG\nDAG('x', schedule_interval='@daily')", 2, id="airflow.DAG"),
    pytest.param(
        "from airflow.models import DAG\nDAG('x', schedule_interval='@daily')", 2, id="airflow.models"
    ),
    pytest.param("from airflow.models.dag import DAG as D\nD('x', schedule_interval=None)", 2, id="an alias"),
    pytest.param("import airflow\nairflow.DAG('x', schedule_interval=None)", 2, id="a dotted name"),
    pytest.param("import airflow.models as m\nm.DAG('x', schedule_interval=None)", 2, id="a module alias"),
    pytest.param("from airflow import *\nDAG('x', schedule_interval=None)", 2, id="a star import"),
    pytest.param("from airflow.sdk import DAG\nDAG('x', schedule_interval=None)", 2, id="the SDK"),
    pytest.param(
        "from airflow import DAG\nwith DAG('x', **{'schedule_interval': None}) as d:\n    pass",
        2,
        id="a splat",
    ),
    pytest.param(
        "from airflow import DAG\nA = {'schedule_interval': None}\nDAG('x', **A)",
        2,
        id="a dictionary variable",
    ),
    pytest.param(
        "from airflow import DAG\nA = dict(schedule_interval=None)\nDAG('x', **A)", 2, id="a dict() variable"
    ),
    pytest.param(
        "from airflow import DAG\nA = {}\nA['schedule_interval'] = None\nDAG('x', **A)", 3, id="a stored key"
    ),
    pytest.param(
        "from airflow import DAG\nA = {}\nA.update(schedule_interval=None)\nDAG('x', **A)", 3, id="an update"
    ),
    pytest.param(
        "from airflow import DAG\nA = {'schedule_interval': None}\nB = {**A, 'tags': []}\nDAG('x', **B)",
        2,
        id="a merged dictionary",
    ),
    pytest.param(
        "from airflow import DAG\nA = {'schedule_interval': None}\nB = A | {'tags': []}\nDAG('x', **B)",
        2,
        id="a union of dictionaries",
    ),
    pytest.param(
        "from airflow import DAG\nA = {'schedule_interval': None}\nB = A.copy()\nDAG('x', **B)",
        2,
        id="a copy",
    ),
    pytest.param(
        "import copy\nfrom airflow import DAG\nA = {'schedule_interval': None}\nDAG('x', **copy.deepcopy(A))",
        3,
        id="a deep copy",
    ),
    pytest.param(
        "from airflow import DAG\ndef args():\n    return {'schedule_interval': None}\nDAG('x', **args())",
        3,
        id="a function's dictionary",
    ),
    pytest.param(
        "from functools import partial\nfrom airflow import DAG\nmake = partial(DAG, schedule_interval=None)",
        3,
        id="functools.partial",
    ),
    pytest.param(
        "import functools\nfrom airflow import DAG\nmake = functools.partial(DAG, schedule_interval=None)",
        3,
        id="a dotted functools.partial",
    ),
    pytest.param(
        "from airflow import DAG\nclass D(DAG):\n    def __init__(self, x, **kw):\n"
        "        super().__init__(x, schedule_interval=None, **kw)",
        4,
        id="super().__init__",
    ),
    pytest.param(
        "from airflow import DAG\nclass D(DAG):\n    def __init__(self, x, **kw):\n"
        "        DAG.__init__(self, x, schedule_interval=None, **kw)",
        4,
        id="Base.__init__",
    ),
    pytest.param(
        "from airflow import DAG\nclass D(DAG):\n    pass\nD('x', schedule_interval=None)", 4, id="a subclass"
    ),
    pytest.param(
        "from airflow import DAG\ndef make(x, **kw):\n    return DAG(x, **kw)\n"
        "make('x', schedule_interval=None)",
        4,
        id="a factory",
    ),
    pytest.param(
        "from airflow.decorators import dag\n@dag(schedule_interval=None)\ndef f():\n    pass", 2, id="@dag"
    ),
    pytest.param(
        "from airflow.models.dag import dag\n@dag(schedule_interval=None)\ndef f():\n    pass",
        2,
        id="@dag of models",
    ),
    pytest.param(
        "from airflow import DAG\nfor n in range(3):\n"
        "    with DAG(f'x{n}', schedule_interval=None):\n        pass",
        3,
        id="a loop",
    ),
]


@pytest.mark.parametrize(("source", "line"), DAG_FORMS)
def test_a_dropped_dag_parameter_is_found_wherever_it_reaches_the_constructor(source: str, line: int) -> None:
    """The finding points at the keyword or key itself."""
    assert judged(source) == [("AS201", line, "schedule_interval")]


@pytest.mark.parametrize(
    ("old", "code"),
    [
        ("schedule_interval", "AS201"),
        ("timetable", "AS201"),
        ("concurrency", "AS202"),
        ("fail_stop", "AS202"),
        ("default_view", "AS203"),
        ("orientation", "AS203"),
        ("full_filepath", "AS203"),
    ],
)
@pytest.mark.parametrize("target", ["3.0.6", "3.1.8", "3.2.1", "3.3.1"])
def test_every_dropped_dag_parameter_has_its_code(old: str, code: str, target: str) -> None:
    """All of them go in 3.0 and stay gone."""
    assert judged(f"from airflow import DAG\nDAG('x', {old}=None)", target) == [(code, 2, old)]


OPERATORS = [
    pytest.param("from airflow.operators.bash import BashOperator as O", id="operators.bash"),
    pytest.param("from airflow.providers.standard.operators.bash import BashOperator as O", id="standard"),
    pytest.param("from airflow.sensors.filesystem import FileSensor as O", id="a sensor"),
    pytest.param("from airflow.models import BaseOperator as O", id="BaseOperator"),
    pytest.param("from airflow.providers.amazon.aws.operators.s3 import S3ListOperator as O", id="amazon"),
    pytest.param("from airflow.contrib.operators.ssh_operator import SSHOperator as O", id="contrib"),
    pytest.param("from airflow.sensors.external_task import ExternalTaskMarker as O", id="a marker"),
]


@pytest.mark.parametrize("imported", OPERATORS)
@pytest.mark.parametrize(
    "call",
    [
        "O(task_id='x', task_concurrency=1)",
        "O.partial(task_id='x', task_concurrency=1)",
        "O(**{'task_id': 'x', 'task_concurrency': 1})",
        "O.partial(task_id='x').expand(task_concurrency=[1])",
    ],
)
def test_task_concurrency_is_found_on_every_operator(imported: str, call: str) -> None:
    """Classes are recognised by their dotted name, in any form of call."""
    assert judged(f"{imported}\n{call}") == [("AS206", 2, "task_concurrency")]


DECORATED = [
    "@task(task_concurrency=1)\ndef f(): ...",
    "@task.bash(task_concurrency=1)\ndef f(): ...",
    "@task.sensor(task_concurrency=1)\ndef f(): ...",
    "@task.branch(task_concurrency=1)\ndef f(): ...",
]


@pytest.mark.parametrize("text", DECORATED)
@pytest.mark.parametrize("module", ["airflow.decorators", "airflow.sdk"])
def test_task_decorators_take_the_same_parameters(text: str, module: str) -> None:
    """`@task` and its relatives construct operators."""
    assert judged(f"from {module} import task\n{text}") == [("AS206", 2, "task_concurrency")]


def test_override_of_a_decorated_function_is_judged() -> None:
    """`.override(...)` takes operator parameters, `.partial(...)` the function's own."""
    source = """
    from airflow.decorators import task

    @task
    def f(task_concurrency, x): ...

    f.override(task_concurrency=1)(1, 2)
    f.partial(task_concurrency=1).expand(x=[1])
    """
    assert judged(source) == [("AS206", 7, "task_concurrency")]


def test_own_subclasses_are_judged_wherever_they_are_defined() -> None:
    """A keyword travels through `**kwargs` of own constructors, unless one of them takes it."""
    source = """
    from common.ops import Leaf, Taking

    Leaf(task_id="a", task_concurrency=1)
    Taking(task_id="a", task_concurrency=1)
    """
    base = """
    from airflow.models import BaseOperator

    class Root(BaseOperator):
        def __init__(self, table, **kwargs):
            super().__init__(**kwargs)

    class Leaf(Root):
        pass

    class Taking(Root):
        def __init__(self, task_concurrency, **kwargs):
            super().__init__(max_active_tis_per_dag=task_concurrency, **kwargs)
    """
    assert judged(source, plugins__common__ops=base) == [("AS206", 4, "task_concurrency")]


DEFAULT_ARGS = [
    pytest.param("A = {'task_concurrency': 1}\nDAG('x', default_args=A)", 2, id="a variable"),
    pytest.param("DAG('x', default_args={'task_concurrency': 1})", 2, id="inline"),
    pytest.param("DAG('x', default_args=dict(task_concurrency=1))", 2, id="dict()"),
    pytest.param("B = {'task_concurrency': 1}\nDAG('x', default_args={**B, 'owner': 'a'})", 2, id="merged"),
    pytest.param("A = {}\nA['task_concurrency'] = 1\nDAG('x', default_args=A)", 3, id="stored"),
    pytest.param("A = {}\nA.update({'task_concurrency': 1})\nDAG('x', default_args=A)", 3, id="updated"),
    pytest.param("K = {'default_args': {'task_concurrency': 1}}\nDAG('x', **K)", 2, id="inside a splat"),
    pytest.param(
        "from airflow.utils.task_group import TaskGroup\n"
        "TaskGroup('g', default_args={'task_concurrency': 1})",
        3,
        id="of a task group",
    ),
    pytest.param(
        "DEFAULTS = {'owner': 'a', 'retries': 1, 'retry_delay': 2, 'task_concurrency': 1}",
        2,
        id="a module of defaults",
    ),
    pytest.param(
        "def defaults():\n    return {'owner': 'a', 'retries': 1, 'start_date': 2, 'task_concurrency': 1}",
        3,
        id="a function of defaults",
    ),
]


@pytest.mark.parametrize(("text", "line"), DEFAULT_ARGS)
def test_default_args_lose_keys_silently(text: str, line: int) -> None:
    """Nothing is raised, so the finding is about behaviour."""
    (found,) = [f for f in findings(f"from airflow import DAG\n{text}") if f.code == "AS206"]
    assert (found.place.line, found.kind, found.severity) == (line, "behaviour", "warning")


HANDED = [
    pytest.param("from common.args import ARGS\nDAG('x', default_args=ARGS)", "AS206", id="default_args"),
    pytest.param(
        "from common import args\nDAG('x', default_args=args.ARGS)", "AS206", id="through the module"
    ),
    pytest.param(
        "from common.args import ARGS\nDAG('x', default_args={**ARGS, 'owner': 'a'})", "AS206", id="merged"
    ),
    pytest.param(
        "from common.args import ARGS\nmine = dict(ARGS, owner='a')\nDAG('x', default_args=mine)",
        "AS206",
        id="through a local variable",
    ),
    pytest.param("from common.args import make\nDAG('x', default_args=make())", "AS206", id="a function"),
    pytest.param("from common.args import DAG_ARGS\nDAG('x', **DAG_ARGS)", "AS201", id="unpacked into a DAG"),
    pytest.param("from common.args import DAG_ARGS\nDAG(**{**DAG_ARGS})", "AS201", id="merged and unpacked"),
    pytest.param(
        "from common.args import ARGS\nfrom airflow.operators.empty import EmptyOperator as O\nO(**ARGS)",
        "AS206",
        id="unpacked into a task",
    ),
]
HELPER = """
ARGS = {"task_concurrency": 1}
DAG_ARGS = {"schedule_interval": None}
OTHER = {"schedule_interval": None, "task_concurrency": 1}

def make():
    return {"task_concurrency": 1}

def other():
    return {"task_concurrency": 1}
"""


@pytest.mark.parametrize(("user", "code"), HANDED)
def test_dictionaries_are_judged_where_they_are_written_when_another_module_uses_them(
    user: str, code: str
) -> None:
    """The fix belongs into the shared module; what nobody hands to Airflow stays silent."""
    users = {"dags/user.py": f"from airflow import DAG\n{user}"}
    found = codes(HELPER, path="dags/common/args.py", others=users)
    line = 3 if code == "AS201" else 7 if "make" in user else 2
    assert [(c, at) for c, at, _ in found] == [(code, line)]


def test_a_shared_dictionary_nobody_hands_over_stays_silent() -> None:
    """Importing it is not enough."""
    users = {
        "dags/user.py": "from airflow import DAG\nfrom common.args import ARGS, other\nprint(ARGS, other())"
    }
    assert codes(HELPER, path="dags/common/args.py", others=users) == []


def test_provide_context_breaks_calls_but_is_only_dead_in_default_args() -> None:
    """Airflow 2 ignored the key in default_args already."""
    source = """
    from airflow import DAG
    from airflow.operators.python import PythonOperator

    with DAG("x", default_args={"provide_context": True}):
        PythonOperator(task_id="a", python_callable=print, provide_context=True)
    """
    found = [(f.place.line, f.kind, f.severity) for f in findings(source) if f.code == "AS207"]
    assert found == [(5, "behaviour", "info"), (6, "parse", "error")]


POSITIONAL = [
    pytest.param("DAG('x', 'about')", "3.3.1", "parse", id="two arguments"),
    pytest.param("DAG('x', 'about', '@daily')", "3.1.8", "parse", id="three arguments"),
    pytest.param("DAG('x', 'about', '@daily')", "3.0.6", "behaviour", id="swallowed on 3.0"),
    pytest.param("DAG('x', 'about', None, None)", "3.0.6", "parse", id="too many even for 3.0"),
    pytest.param("DAG('x', *more)", "3.3.1", "parse", id="unpacked arguments"),
]


@pytest.mark.parametrize(("call", "target", "kind"), POSITIONAL)
def test_positional_dag_arguments(call: str, target: str, kind: str) -> None:
    """3.0 swallows two of them, later versions raise."""
    found = [
        (f.code, f.kind) for f in findings(f"from airflow import DAG\n{call}", target) if f.code == "AS204"
    ]
    assert found == [("AS204", kind)]


TRIGGER_RULES = [
    "from airflow.operators.empty import EmptyOperator\nEmptyOperator(task_id='x', trigger_rule='dummy')",
    "from airflow import DAG\nDAG('x', default_args={'trigger_rule': 'dummy'})",
    "from airflow.decorators import task\n@task(trigger_rule='dummy')\ndef f(): ...",
    "from airflow.utils.trigger_rule import TriggerRule\nTriggerRule.DUMMY",
    "from airflow.utils.trigger_rule import TriggerRule\nTriggerRule.DUMMY.value",
    "import airflow.utils.trigger_rule as t\nt.TriggerRule.DUMMY",
    "from airflow.utils.trigger_rule import TriggerRule\nTriggerRule('dummy')",
]


@pytest.mark.parametrize("source", TRIGGER_RULES)
def test_old_trigger_rules_are_found_as_text_and_as_members(source: str) -> None:
    """Text counts only where Airflow reads it as a trigger rule."""
    assert judged(source) == [("AS208", 2, "dummy")]


VALUES = [
    pytest.param(
        "from airflow.operators.empty import EmptyOperator as O\nO(task_id='x', start_date='2024-01-01')",
        "AS210",
        id="a date as text",
    ),
    pytest.param(
        "import datetime\nfrom airflow.operators.empty import EmptyOperator as O\n"
        "O(task_id='x', start_date=datetime.date(2024, 1, 1))",
        "AS210",
        id="a plain date",
    ),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator as O\nO(task_id='x', depends_on_past=True)",
        "AS211",
        id="depends_on_past",
    ),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator as O\nO(task_id='x', wait_for_downstream=True)",
        "AS211",
        id="wait_for_downstream",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', default_args={'depends_on_past': True})",
        "AS211",
        id="depends_on_past in default_args",
    ),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator as O\nO(task_id='x', sla=delta)", "AS205", id="sla"
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', sla_miss_callback=tell)", "AS205", id="sla_miss_callback"
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', default_args={'sla': delta})", "AS205", id="sla in default_args"
    ),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator as O\nO(task_id='x', email='a@example.com')",
        "AS212",
        id="email",
    ),
    pytest.param(
        "from airflow.sdk import Variable\nVariable.get('x', default_var=1)",
        "AS213",
        id="default_var of the SDK",
    ),
    pytest.param("from airflow import Dataset\nDataset('s3://')", "AS214", id="a bucket is missing"),
    pytest.param(
        "from airflow.datasets import Dataset\nDataset(uri='postgres://host/db')",
        "AS214",
        id="a table is missing",
    ),
    pytest.param("from airflow import DAG\nd = DAG('x')\nd.tags[0]", "AS216", id="an index into tags"),
    pytest.param(
        "from airflow import DAG\nwith DAG('x') as d:\n    d.tags.append('a')", "AS216", id="append to tags"
    ),
    pytest.param(
        "from airflow import DAG\nd = DAG('x')\nd.tags += ['a']", "AS216", id="a list added to tags"
    ),
    pytest.param(
        "import datetime\nfrom airflow import DAG\nDAG('x', params={'a': datetime.date(2024, 1, 1)})",
        "AS217",
        id="a date in params",
    ),
    pytest.param("from airflow import DAG\nDAG('x', params={'a': {1, 2}})", "AS217", id="a set in params"),
    pytest.param("from airflow.models.param import Param\nParam(b'x')", "AS217", id="bytes in a Param"),
    pytest.param(
        "from airflow import DAG\nDAG('x', params={'a': [lambda: 1]})", "AS217", id="a function in a list"
    ),
    pytest.param(
        "from airflow.exceptions import AirflowException\nfrom airflow import DAG\ntry:\n"
        "    DAG('a b')\nexcept AirflowException:\n    pass",
        "AS218",
        id="a handler",
    ),
    pytest.param(
        "import pytest\nfrom airflow.exceptions import AirflowException as E\n"
        "from airflow import DAG\nwith pytest.raises(E):\n    DAG('a b')",
        "AS218",
        id="pytest.raises",
    ),
    pytest.param("from airflow import DAG\nDAG('x', default_args=None)", "AS219", id="default_args=None"),
]


@pytest.mark.parametrize(("source", "code"), VALUES)
def test_values_that_the_target_rejects_or_reads_differently(source: str, code: str) -> None:
    """One finding each."""
    assert [found[0] for found in judged(source)] == [code]


def test_datasets_are_unhashable_on_3_0_and_3_1_only() -> None:
    """Sets, frozensets and keys; lists stay fine everywhere."""
    source = "from airflow import Dataset\nd = Dataset('x')\na = {d}\nb = frozenset([d])\nc = {d: 1}\ne = [d]\nf = {1: d}"
    lines = [(line, code) for code, line, _ in judged(source, "3.0.6")]
    assert lines == [(3, "AS215"), (4, "AS215"), (5, "AS215")]
    assert [code for code, _, _ in judged(source, "3.1.8")] == ["AS215"] * 3
    assert judged(source, "3.2.1") == []


SILENT = [
    pytest.param("def DAG(*a, **k): ...\nDAG('x', schedule_interval=1)", id="a function of the same name"),
    pytest.param("class DAG: ...\nDAG('x', 'y', schedule_interval=1)", id="a class of the same name"),
    pytest.param("from networkx import DAG\nDAG('x', 'y', concurrency=1)", id="a class of another library"),
    pytest.param("from airflow import DAG\nDAG('x', schedule='@daily')", id="the new name"),
    pytest.param(
        "from airflow import DAG\nDAG(dag_id='x', max_active_tasks=1, max_active_runs=1)", id="current names"
    ),
    pytest.param("from airflow import DAG\nprint('x', concurrency=1)", id="another callee"),
    pytest.param(
        "from airflow import DAG\nschedule_interval = '@daily'\nDAG('x', schedule=schedule_interval)",
        id="a variable of the old name",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', default_args={'schedule_interval': None})",
        id="a key default_args never applied",
    ),
    pytest.param(
        "from airflow import DAG\nSETTINGS = {'concurrency': 3, 'default_view': 'x'}",
        id="an unrelated dictionary",
    ),
    pytest.param("from airflow import DAG\nDAG('x', **load_settings())", id="an unknown splat"),
    pytest.param(
        "from airflow import DAG\ndef f(schedule_interval): ...\nf(schedule_interval=1)", id="an own function"
    ),
    pytest.param(
        "from airflow import DAG\ndef make(x, schedule_interval, **kw):\n"
        "    return DAG(x, schedule=schedule_interval, **kw)\n"
        "make('x', schedule_interval=None)",
        id="a factory that takes the name itself",
    ),
    pytest.param(
        "from airflow import DAG\nclass D(DAG):\n"
        "    def __init__(self, x, concurrency):\n"
        "        super().__init__(x, max_active_tasks=concurrency)\nD('x', concurrency=1)",
        id="a subclass that takes the name itself",
    ),
    pytest.param(
        "from airflow import DAG\nclass D(DAG):\n    def __init__(self, x, about):\n"
        "        super().__init__(x, description=about)\nD('x', 'about')",
        id="positional arguments of a subclass",
    ),
    pytest.param(
        "class Mine:\n    def __init__(self, **kw):\n        super().__init__(task_concurrency=1)",
        id="super of an ordinary class",
    ),
    pytest.param(
        "from airflow.operators.bash import BashOperator\n"
        "BashOperator(task_id='x', bash_command='y', max_active_tis_per_dag=1)",
        id="the new operator parameter",
    ),
    pytest.param(
        "from airflow.operators.python import PythonOperator\n"
        "PythonOperator(task_id='x', python_callable=f, op_kwargs={'provide_context': 1, 'task_concurrency': 2})",
        id="keys of op_kwargs",
    ),
    pytest.param(
        "from airflow.decorators import task\n@task\ndef f(task_concurrency): ...\nf(task_concurrency=1)",
        id="an argument of a task function",
    ),
    pytest.param("trigger_rule = 'dummy'\nprint('none_failed_or_skipped')", id="the words alone"),
    pytest.param("class TriggerRule:\n    DUMMY = 1\nTriggerRule.DUMMY", id="an own enumeration"),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator\n"
        "EmptyOperator(task_id='dummy', trigger_rule='always')",
        id="a current trigger rule",
    ),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator\n"
        "EmptyOperator(task_id='x', depends_on_past=True, ignore_first_depends_on_past=True)",
        id="the first run is settled",
    ),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator\n"
        "EmptyOperator(task_id='x', depends_on_past=False)",
        id="no dependence on the past",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', default_args={'start_date': '2024-01-01'})",
        id="text that the DAG parses",
    ),
    pytest.param("from airflow import DAG\nDAG('x', sla_miss_callback=None)", id="no callback"),
    pytest.param(
        "from airflow.operators.empty import EmptyOperator\nEmptyOperator(task_id='x', sla=None, email=None)",
        id="nothing set",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', default_args={'email_on_failure': False, 'email': []})",
        id="no mail",
    ),
    pytest.param(
        "from airflow.models import Variable\nVariable.get('x', default_var=1)",
        id="the class of airflow.models",
    ),
    pytest.param(
        "from airflow import Dataset\nDataset('s3://bucket/key')\nDataset('orders')\nDataset('x-mine://')",
        id="accepted URIs",
    ),
    pytest.param(
        "from airflow import Dataset\nDataset('postgres://host/db/schema/table')\nDataset(name)",
        id="a complete URI",
    ),
    pytest.param(
        "from airflow import Dataset\nDataset('')\nDataset('airflow://x')",
        id="URIs that Airflow 2 rejects too",
    ),
    pytest.param("from huggingface import Dataset\n{Dataset('s3://')}", id="another Dataset"),
    pytest.param(
        "from airflow import DAG\nd = DAG('x')\n"
        "print(d.tags, len(d.tags), 'a' in d.tags)\nfor t in d.tags: ...",
        id="tags as any collection",
    ),
    pytest.param("post = load()\npost.tags[0]\npost.tags.append(1)", id="tags of something else"),
    pytest.param(
        "from airflow import DAG\nDAG('x', params={'a': 1, 'b': [None, 'c'], 'd': (1, 2), 'e': {'f': True}})",
        id="params that are JSON",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', params=settings, user_defined_macros={'a': {1}})",
        id="unknown params, and macros",
    ),
    pytest.param("import requests\nrequests.get('x', params={'a': {1}})", id="params of another library"),
    pytest.param(
        "from airflow.exceptions import AirflowException\ntry:\n    run()\n"
        "except AirflowException:\n    pass",
        id="a handler around other code",
    ),
    pytest.param(
        "from airflow.exceptions import AirflowException\nfrom airflow import DAG\ntry:\n"
        "    DAG('a b')\nexcept (AirflowException, ValueError):\n    pass",
        id="a wide handler",
    ),
    pytest.param(
        "from airflow.exceptions import AirflowException\nfrom airflow import DAG\ntry:\n"
        "    def f():\n        DAG('x')\nexcept AirflowException:\n    pass",
        id="a definition inside a handler",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', description=None, max_active_runs=None)", id="None that 3.3 takes"
    ),
]


@pytest.mark.parametrize("source", SILENT)
def test_stays_silent(source: str) -> None:
    """Only what certainly reaches Airflow counts."""
    assert judged(source) == []


def test_every_row_about_all_dags_or_tasks_triggers_its_rule() -> None:
    """A file that holds nothing but the dictionary must not be passed over."""
    rows = [row for row in Catalogue.load().rows("keywords", "parameter") if "role" in row]
    for row in rows:
        assert is_triggered(keywords, row["name"].encode())
        assert row["role"] != "operator" or is_triggered(default_args, row["name"].encode())


@pytest.mark.parametrize("target", ["3.0.6", "3.1.8", "3.2.1", "3.3.1"])
def test_no_row_contradicts_the_signature_that_was_read_off_the_install(target: str) -> None:
    """Where the index knows every keyword of a class, a row about it names none that is accepted."""
    rules = context(target)
    known = {
        qualified
        for file in (rules.index.folder / "signatures").glob("*.json")
        for qualified in json.loads(file.read_text())["classes"]
    }
    wrong = []
    for rows in parameters(rules.catalogue, rules.target).values():
        for row in rows:
            of_row = [q for q in known if q.rpartition(".")[2] in row.classes] if not row.kind else []
            wrong += [(q, row.name) for q in of_row if row.name in (rules.index.keywords(q, target) or ())]
    # It is looked at in `**kwargs` and handed on all the same; SSHHook raises TypeError.
    assert wrong == [("airflow.providers.sftp.hooks.sftp.SFTPHook", "ssh_hook")]
