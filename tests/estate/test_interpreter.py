"""What is read off DAG files without running them, and what honestly stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.estates import edges, inventory_of, only, tasks

HEAD = """
import os
from datetime import datetime
from airflow import DAG
from airflow.decorators import dag, task, task_group, setup, teardown
from airflow.models.baseoperator import chain, chain_linear, cross_downstream
from airflow.operators.empty import EmptyOperator as E
from airflow.utils.edgemodifier import Label
from airflow.utils.task_group import TaskGroup
"""
BODY = HEAD + "with DAG('d', schedule=None) as the_dag:\n"

FIXTURE_TASKS = """
@setup
def up(): pass
@teardown
def down(): pass
with DAG('d', schedule=None):
"""


def indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.strip("\n").splitlines())


EXACT = [
    ("E(task_id='a') >> E(task_id='b')", "a b", "a>b"),
    ("E(task_id='a') << E(task_id='b')", "a b", "b>a"),
    (
        "a = E(task_id='a')\na >> [E(task_id='b'), E(task_id='c')] >> E(task_id='z')",
        "a b c z",
        "a>b a>c b>z c>z",
    ),
    ("n = 'x'\nE(task_id=f'load_{n}')", "load_x", ""),
    (
        "E(task_id='load_{}'.format('x'))\nE(task_id='l_%s' % 'y')\nE(task_id='p' + '_q')",
        "l_y load_x p_q",
        "",
    ),
    ("for n in ['x', 'y']:\n    E(task_id=f't_{n}')", "t_x t_y", ""),
    ("for i in range(3):\n    E(task_id=f't{i}')", "t0 t1 t2", ""),
    ("for k, v in {'a': 1, 'b': 2}.items():\n    E(task_id=f'{k}{v}')", "a1 b2", ""),
    ("for i, n in enumerate('ab'):\n    E(task_id=f'{n}{i}')", "a0 b1", ""),
    (
        "last = None\nfor n in 'abc':\n    now = E(task_id=n)\n    if last:\n        last >> now\n    last = now",
        "a b c",
        "a>b b>c",
    ),
    ("ts = [E(task_id=f't{n}') for n in (1, 2) if n > 1]\nts >> E(task_id='z')", "t2 z", "t2>z"),
    ("ts = {n: E(task_id=n) for n in 'ab'}\nts['a'] >> ts['b']", "a b", "a>b"),
    (
        "def make(name, after=None):\n    made = E(task_id=name)\n    if after:\n        after >> made\n    return made\nmake('b', make('a'))",
        "a b",
        "a>b",
    ),
    ("if True:\n    E(task_id='a')\nelse:\n    E(task_id='b')", "a", ""),
    (
        "chain(E(task_id='a'), [E(task_id='b'), E(task_id='c')], [E(task_id='x'), E(task_id='y')], E(task_id='z'))",
        "a b c x y z",
        "a>b a>c b>x c>y x>z y>z",
    ),
    (
        "chain_linear(E(task_id='a'), [E(task_id='b'), E(task_id='c')], [E(task_id='x'), E(task_id='y')])",
        "a b c x y",
        "a>b a>c b>x b>y c>x c>y",
    ),
    (
        "cross_downstream([E(task_id='a'), E(task_id='b')], [E(task_id='x'), E(task_id='y')])",
        "a b x y",
        "a>x a>y b>x b>y",
    ),
    ("a, b = E(task_id='a'), E(task_id='b')\na.set_downstream(b)", "a b", "a>b"),
    ("a, b = E(task_id='a'), E(task_id='b')\na.set_upstream([b])", "a b", "b>a"),
    ("E(task_id='a') >> Label('why') >> E(task_id='b')", "a b", "a>b"),
    ("with TaskGroup('g'):\n    E(task_id='a') >> E(task_id='b')", "g.a g.b", "g.a>g.b"),
    ("with TaskGroup('g', prefix_group_id=False):\n    E(task_id='a')", "a", ""),
    (
        "with TaskGroup('g') as g:\n    with TaskGroup('h'):\n        E(task_id='a')\ng >> E(task_id='z')",
        "g.h.a z",
        "g.h.a>z",
    ),
    (
        "with TaskGroup('g') as g:\n    E(task_id='a') >> E(task_id='b')\nE(task_id='s') >> g >> E(task_id='z')",
        "g.a g.b s z",
        "g.a>g.b s>g.a g.b>z",
    ),
    ("@task\ndef a(): return 1\n@task\ndef b(x): pass\nb(a())", "a b", "a>b"),
    ("@task\ndef a(): pass\na() >> a()", "a a__1", "a>a__1"),
    ("@task(task_id='x')\ndef a(): pass\na()\na.override(task_id='y')()", "x y", ""),
    ("@task\ndef a(): return [1]\n@task\ndef b(x): pass\nb.expand(x=a())", "a b", "a>b"),
    ("@task\ndef b(x, y): pass\nb.partial(y=1).expand(x=[1, 2])", "b", ""),
    ("@task.branch\ndef pick(): return 'z'\npick() >> E(task_id='z')", "pick z", "pick>z"),
    ("@task(multiple_outputs=True)\ndef a(): return {}\n@task\ndef b(x): pass\nb(a()['k'])", "a b", "a>b"),
    (
        "@task_group\ndef g():\n    @task\n    def a(): pass\n    return a()\ng() >> E(task_id='z')",
        "g.a z",
        "g.a>z",
    ),
    ("E.partial(task_id='m').expand(doc=['a'])", "m", ""),
    (
        "s, w, t = E(task_id='s'), E(task_id='w'), E(task_id='t')\ns >> w >> t.as_teardown(setups=s)",
        "s t w",
        "s>w w>t s>t",
    ),
    (
        "@setup\ndef up(): pass\n@teardown\ndef down(): pass\nup() >> E(task_id='w') >> down()",
        "down up w",
        "up>w w>down",
    ),
]


@pytest.mark.parametrize(("body", "ids", "pairs"), EXACT)
def test_read_exactly(tmp_path: Path, body: str, ids: str, pairs: str) -> None:
    dag = only(inventory_of(tmp_path, d__py=BODY + indented(body)))
    assert dag.unknown == ()
    assert tasks(dag) == ids.split()
    assert edges(dag) == set(pairs.split())


UNKNOWN = [
    "E(task_id=os.environ['T'])",
    "E(task_id=f\"t_{os.getenv('T')}\")",
    "for n in open('/etc/tables').read().split():\n    E(task_id=n)",
    "for n in os.listdir('.'):\n    E(task_id=f't_{n}')",
    "if os.environ.get('PROD'):\n    E(task_id='a')",
    "a, b = E(task_id='a'), E(task_id='b')\nif os.environ.get('PROD'):\n    a >> b",
    "while os.environ.get('MORE'):\n    E(task_id='a')",
    "E(task_id='a') >> os.environ['X']",
    "[E(task_id=n) for n in os.environ['N'].split()]",
    "import requests\nfor n in requests.get('http://x').json():\n    E(task_id=n)",
    "def f(n):\n    if n == os.getenv('A'):\n        return\n    E(task_id=n)\nf('x')",
    "match os.getenv('A'):\n    case 'b':\n        E(task_id='a')",
    "chain([E(task_id='a')], [E(task_id='b'), E(task_id='c')])",
    "with TaskGroup(os.environ['G']):\n    E(task_id='a')",
]


@pytest.mark.parametrize("body", UNKNOWN)
def test_unknown_stays_unknown(tmp_path: Path, body: str) -> None:
    dag = only(inventory_of(tmp_path, d__py=BODY + indented(body)))
    assert not dag.exact
    assert not dag.task_edges


IDS = [
    (
        "for n in ('a', 'b'):\n    with DAG(f'load_{n}', schedule=None):\n        E(task_id='t')",
        "load_a load_b",
    ),
    (
        "def make(dag_id):\n    with DAG(dag_id, schedule=None) as made:\n        E(task_id='t')\n    return made\nx = make('one')\ny = make(dag_id='two')",
        "one two",
    ),
    ("for n in ['a', 'b']:\n    globals()[n] = DAG(dag_id=n)", "a b"),
    ("@dag(schedule=None)\ndef pipeline():\n    E(task_id='t')\npipeline()", "pipeline"),
    ("@dag(dag_id='named')\ndef pipeline():\n    pass\npipeline()", "named"),
    ("@dag()\ndef never_called():\n    E(task_id='t')", ""),
    (
        "CONFIG = {'a': {'s': '@daily'}, 'b': {'s': None}}\nfor k, c in CONFIG.items():\n    DAG(k, schedule=c['s'])",
        "a b",
    ),
]


@pytest.mark.parametrize(("source", "ids"), IDS)
def test_dag_ids(tmp_path: Path, source: str, ids: str) -> None:
    found = inventory_of(tmp_path, d__py=HEAD + source)
    assert [dag.dag_id for dag in found.dags] == ids.split()
    assert found.unlocated == ()


def test_an_id_from_the_environment_is_unlocated(tmp_path: Path) -> None:
    found = inventory_of(tmp_path, d__py=HEAD + "DAG(os.environ['NAME'])\n")
    assert found.dags == ()
    assert [place.name for place in found.unlocated] == ["os.environ['NAME']"]


def test_factories_and_settings_of_another_module(tmp_path: Path) -> None:
    common = HEAD + "DEFAULTS = {'owner': 'finance', 'depends_on_past': True}\nNAMES = ['a', 'b']\n"
    common += "def loader(name):\n    return E(task_id=f'load_{name}')\n"
    source = HEAD + "from common import DEFAULTS, NAMES, loader\n"
    source += "with DAG('d', default_args=DEFAULTS, schedule=None):\n    for n in NAMES:\n        loader(n)\n"
    dag = only(inventory_of(tmp_path, common__py=common, d__py=source))
    assert (tasks(dag), dag.owners, dag.depends_on_history) == (["load_a", "load_b"], ("finance",), True)


def test_a_loop_that_never_ends_is_bounded(tmp_path: Path) -> None:
    body = "for i in range(1000):\n    for j in range(1000):\n        x = i * j\nE(task_id='after')"
    dag = only(inventory_of(tmp_path, d__py=BODY + indented(body)))
    assert dag.unknown == ("the file's loops take more steps than are followed",)


@pytest.mark.parametrize(
    "source",
    [
        "def f(n):\n    return f(n + 1)\nf(0)\nDAG('d')\n",
        "def f(n):\n    return f(n) + f(n)\nDAG('d')\nf(0)\n",
        "x = []\nx.append(x)\nDAG('d', tags=x)\n",
        "x = {}\nx['x'] = x\nDAG('d', default_args=x)\n",
        "DAG('d')\nx = 'a' * 10 ** 9\n",
        "DAG('d')\nx = 10 ** 10 ** 8\n",
    ],
)
def test_hostile_files_end(tmp_path: Path, source: str) -> None:
    assert [dag.dag_id for dag in inventory_of(tmp_path, d__py=HEAD + source).dags] == ["d"]


ASSETS = [
    ("Dataset", "@task(outlets=[Dataset('s3://x')])\n    def t(): pass\n    t()", "[Dataset('s3://x')]"),
    ("Dataset", "X = Dataset('s3://x')\n    E(task_id='t', outlets=X)", "Dataset('s3://x')"),
    ("Dataset", "E(task_id='t', outlets=[Dataset('s3://x')])", "(Dataset('s3://x') | Dataset('s3://y'))"),
    (
        "Dataset",
        "E(task_id='t', outlets=[Dataset('s3://x')])",
        "Dataset('s3://y') & (Dataset('s3://x') | Dataset('s3://z'))",
    ),
    (
        "Dataset, DatasetAlias",
        "@task(outlets=[DatasetAlias('al')])\n    def t(): pass\n    t()",
        "[DatasetAlias('al')]",
    ),
]


@pytest.mark.parametrize(("names", "producer", "schedule"), ASSETS)
def test_assets_join_producer_and_consumer(tmp_path: Path, names: str, producer: str, schedule: str) -> None:
    source = HEAD + f"from airflow.datasets import {names}\nwith DAG('p', schedule=None):\n    {producer}\n"
    found = inventory_of(
        tmp_path, d__py=source + f"with DAG('c', schedule={schedule}):\n    E(task_id='t')\n"
    )
    assert [(edge.source, edge.target, edge.kind) for edge in found.edges] == [("p", "c", "asset")]


def test_inlets_make_no_edge(tmp_path: Path) -> None:
    source = HEAD + "from airflow.datasets import Dataset\nwith DAG('p', schedule=None):\n"
    source += "    @task(inlets=[Dataset('s3://x')])\n    def t(): pass\n    t()\nDAG('c', schedule=[Dataset('s3://x')])\n"
    assert inventory_of(tmp_path, d__py=source).edges == ()


def test_rest_and_command_line_triggers_are_not_certain(tmp_path: Path) -> None:
    source = HEAD + "from airflow.operators.bash import BashOperator\nwith DAG('a', schedule=None):\n"
    source += "    BashOperator(task_id='t', bash_command='airflow dags trigger b')\n"
    source += "    BashOperator(task_id='u', bash_command='curl -X POST h/api/v1/dags/c/dagRuns')\n"
    found = inventory_of(tmp_path, d__py=source)
    assert [(edge.target, edge.kind, edge.certain) for edge in found.edges] == [
        ("b", "api", False),
        ("c", "api", False),
    ]


def test_a_subclass_of_a_trigger_is_one(tmp_path: Path) -> None:
    own = "from airflow.operators.trigger_dagrun import TriggerDagRunOperator\nclass Start(TriggerDagRunOperator): pass\n"
    source = (
        HEAD
        + "from own import Start\nwith DAG('a', schedule=None):\n    Start(task_id='t', trigger_dag_id='b')\n"
    )
    found = inventory_of(tmp_path, own__py=own, d__py=source)
    assert [(edge.source, edge.target, edge.kind) for edge in found.edges] == [("a", "b", "trigger")]


FIXTURES = [
    ("with up():\n    E(task_id='w')", "up>w"),
    ("with up() >> down():\n    E(task_id='a') >> E(task_id='b')", "a>b b>down up>a up>down"),
    ("with down():\n    E(task_id='a')\n    E(task_id='b')", "a>down b>down"),
    ("with up() as scope:\n    scope.add_task(E.partial(task_id='m').expand(doc=['a']))", "up>m"),
    ("t = E(task_id='t')\nwith E(task_id='s').as_setup() >> t.as_teardown():\n    E(task_id='w')", "s>t s>w w>t"),
    ("with up():\n    with up():\n        E(task_id='w')", "up>up__1 up__1>w"),
    ("with up() >> down():\n    with up() >> down():\n        E(task_id='w')",
     "down__1>down up>down up>up__1 up__1>down__1 up__1>w w>down__1"),
    ("from airflow.decorators.setup_teardown import context_wrapper\nwith context_wrapper([up(), up()]):\n    E(task_id='w')", "up>w up__1>w"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "pairs"), FIXTURES)
def test_setup_and_teardown_contexts(tmp_path: Path, body: str, pairs: str) -> None:
    dag = only(inventory_of(tmp_path, d__py=HEAD + FIXTURE_TASKS + indented(body)))
    assert dag.unknown == ()
    assert edges(dag) == set(pairs.split())


def test_a_context_of_an_ordinary_task_is_doubted(tmp_path: Path) -> None:
    dag = only(inventory_of(tmp_path, d__py=BODY + "    with E(task_id='a'):\n        E(task_id='b')\n"))
    assert dag.unknown == ("edges inside a setup/teardown context",)


LATE = [
    ("a, b = E(task_id='a', dag=d), E(task_id='b')\na >> b", "a b", "a>b"),
    ("a, b, c = E(task_id='a', dag=d), E(task_id='b'), E(task_id='c')\na >> b >> c", "a b c", "a>b b>c"),
    ("a = E(task_id='a')\na.dag = d", "a", ""),
    ("a = E(task_id='a')\nd.add_task(a)", "a", ""),
    ("a, b = E(task_id='a'), E(task_id='b')\na >> b", "", ""),
    ("E(task_id='a')", "", ""),
]


@pytest.mark.parametrize(("body", "ids", "pairs"), LATE)
def test_a_task_may_get_its_dag_later(tmp_path: Path, body: str, ids: str, pairs: str) -> None:
    found = inventory_of(tmp_path, d__py=f"{HEAD}d = DAG('d', default_args={{'owner': 'me'}})\n{body}\n")
    assert (tasks(only(found)), edges(only(found))) == (ids.split(), set(pairs.split()))


NO_EDGES = [
    "a = E(task_id='a')\nE(task_id='b', doc=f'{a.output}')",
    "a = E(task_id='a')\nE(task_id='b', doc=str(a.output))",
    "a = E(task_id='a', doc='x')\nE(task_id='b', doc=a.doc)",
    "a = E(task_id='a')\nE(task_id='b', doc=a.task_id)",
]


@pytest.mark.parametrize("body", NO_EDGES)
def test_text_of_a_result_makes_no_edge(tmp_path: Path, body: str) -> None:
    dag = only(inventory_of(tmp_path, d__py=BODY + indented(body)))
    assert (tasks(dag), edges(dag)) == (["a", "b"], set())


def test_arguments_of_a_dag_function_are_params(tmp_path: Path) -> None:
    source = HEAD + "@dag(params={'x': 1})\ndef p(y: str = 'a', *, z=None):\n    pass\np()\n"
    assert only(inventory_of(tmp_path, d__py=source)).params == ("x", "y", "z")


OWN = """
from airflow.models import BaseOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor
class Load(BaseOperator):
    def __init__(self, table, schema='raw', **kwargs):
        name = f'load_{schema}_{table}'
        super().__init__(task_id=name, pool='loads', **kwargs)
class LoadFacts(Load):
    def __init__(self, *args, **kwargs):
        super(LoadFacts, self).__init__(*args, schema='facts', **kwargs)
class Silent(LoadFacts):
    template_fields = ()
class Next(TriggerDagRunOperator):
    def __init__(self, team, **kwargs):
        super().__init__(trigger_dag_id=f'{team}_next', **kwargs)
class Wait(ExternalTaskSensor):
    def __init__(self, team, **kwargs):
        kwargs['external_dag_id'] = f'{team}_before'
        super().__init__(**kwargs)
class Never(BaseOperator):
    def __init__(self, **kwargs):
        self.kwargs = kwargs
class Team(DAG):
    def __init__(self, name, **kwargs):
        super().__init__(f'team_{name}', schedule='@daily', default_args={'owner': name}, **kwargs)
"""
CONSTRUCTORS = [
    ("Load('x')", "load_raw_x"),
    ("Load(table='x', schema='a')", "load_a_x"),
    ("Silent('x')", "load_facts_x"),
    ("Never(task_id='n')", "n"),
    ("Load(table=os.environ['T'])", ""),
    ("Next('bi', task_id='n')", "n"),
]


@pytest.mark.parametrize(("body", "ids"), CONSTRUCTORS)
@pytest.mark.parametrize("elsewhere", [True, False])
def test_constructors_of_own_operators(tmp_path: Path, body: str, ids: str, elsewhere: bool) -> None:
    own = {"own__py": HEAD + OWN} if elsewhere else {}
    source = HEAD + ("from own import *\nfrom own import Load, Silent, Never, Next\n" if elsewhere else OWN)
    dag = only(inventory_of(tmp_path, d__py=f"{source}with DAG('d', schedule=None):\n    {body}\n", **own))
    assert tasks(dag) == ids.split()
    assert dag.exact == bool(ids)


def test_subclasses_that_name_the_other_dag_themselves(tmp_path: Path) -> None:
    source = f"{HEAD}{OWN}with Team('a'):\n    Next('bi', task_id='n')\n    Wait('bi', task_id='w')\n"
    found = inventory_of(tmp_path, d__py=source)
    assert [(edge.source, edge.target, edge.kind) for edge in found.edges] == [
        ("bi_before", "team_a", "sensor"),
        ("team_a", "bi_next", "trigger"),
    ]
    assert (found.dags[0].owners, found.dags[0].schedule, found.dags[0].exact) == (("a",), "@daily", True)


def test_templates_without_an_end_take_no_time(tmp_path: Path) -> None:
    source = f"{BODY}    E(task_id='a', doc={'{{' * 100_000!r})\n    E(task_id='b', doc='{{{{ ds }}}} {{% if x %}}')\n"
    dag = only(inventory_of(tmp_path, d__py=source))
    assert (tasks(dag), dag.uses_date_keys) == (["a", "b"], True)


FACTS = [
    ("E(task_id='t', on_failure_callback=print)", "callbacks", ("on_failure_callback",)),
    ("E(task_id='t', on_failure_callback=None)", "callbacks", ()),
    ("E(task_id='t', deferrable=True)", "is_deferrable", True),
    ("E(task_id='t', deferrable=False)", "is_deferrable", False),
    ("ExternalTaskSensor(task_id='t', external_dag_id='x')", "uses_sensors", True),
    ("@task.sensor\ndef s(): pass\ns()", "uses_sensors", True),
    ("E(task_id='sensor')", "uses_sensors", False),
    ("E(task_id='t', pool='p', queue='q')", "pools", ("p",)),
    ("E(task_id='t', pool='p', queue='q')", "queues", ("q",)),
    ("E(task_id='t', owner='me')", "owners", ("me",)),
    ("E(task_id='t', include_prior_dates=True)", "depends_on_history", True),
    ("E(task_id='t', doc='{{ prev_start_date_success }}')", "depends_on_history", True),
    ("E(task_id='t', doc='{{ data_interval_start }}')", "uses_date_keys", True),
    ("E(task_id='t', doc='data_interval_start')", "uses_date_keys", False),
    ("@task\ndef f(ds=None): pass\nf()", "uses_date_keys", True),
    ("@task\ndef f(dsn): pass\nf('x')", "uses_date_keys", False),
]


@pytest.mark.parametrize(("body", "name", "value"), FACTS)
def test_facts_of_a_dag(tmp_path: Path, body: str, name: str, value: object) -> None:
    head = BODY.replace(
        "import os\n", "import os\nfrom airflow.sensors.external_task import ExternalTaskSensor\n"
    )
    assert getattr(only(inventory_of(tmp_path, d__py=head + indented(body))), name) == value


def test_arguments_of_a_dag(tmp_path: Path) -> None:
    arguments = (
        "default_args={'owner': 'me', 'retries': 2}, params={'day': 1, 'x': None}, sla_miss_callback=print, "
        "tags=['b', 'a'], catchup=False, schedule='@daily', start_date=datetime(2024, 1, 1)"
    )
    dag = only(inventory_of(tmp_path, d__py=f"{HEAD}DAG('d', {arguments})\n"))
    assert (dag.default_args, dag.params, dag.callbacks) == (
        ("owner", "retries"),
        ("day", "x"),
        ("sla_miss_callback",),
    )
    assert (dag.tags, dag.catchup, dag.schedule, dag.start_date) == (
        ("a", "b"), False, "@daily", "datetime(2024, 1, 1)",
    )  # fmt: skip
