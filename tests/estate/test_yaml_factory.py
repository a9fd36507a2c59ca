"""DAGs that dag-factory builds from YAML files of the estate."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.estates import edges, inventory_of, only, tasks

CONFIG = """
default:
  default_args: {owner: finance, retries: 1}
  catchup: false
nightly:
  schedule: "0 3 * * *"
  default_args: {start_date: 2024-01-01}
  task_groups:
    load: {dependencies: [extract]}
  tasks:
    extract:
      operator: airflow.operators.bash.BashOperator
      bash_command: echo
    clean:
      operator: airflow.operators.bash.BashOperator
      task_group_name: load
    store:
      operator: airflow.operators.trigger_dagrun.TriggerDagRunOperator
      trigger_dag_id: reports
      task_group_name: load
      dependencies: [clean]
"""


@pytest.mark.parametrize(
    "path",
    [
        'Path(__file__).parent / "nightly.yml"',
        'str(Path(__file__).resolve().parent / "nightly.yml")',
        'os.path.join(os.path.dirname(__file__), "nightly.yml")',
        '"/usr/local/airflow/dags/nightly.yml"',
        'os.environ["HOME"] + "/dags/nightly.yml"',
        "f\"{os.environ['HOME']}/dags/nightly.yml\"",
    ],
)
def test_a_file_beside_the_dag_is_read(tmp_path: Path, path: str) -> None:
    source = f"import os\nfrom pathlib import Path\nimport dagfactory\nP = {path}\nf = dagfactory.DagFactory(P)\nf.generate_dags(globals())\n"
    found = inventory_of(tmp_path, dags_in_make__py=source, dags_in_nightly__yml=CONFIG)
    dag = only(found)
    assert (dag.dag_id, dag.schedule, dag.catchup, dag.owners) == (
        "nightly",
        "0 3 * * *",
        False,
        ("finance",),
    )
    assert (dag.path, dag.line) == ("dags/make.py", 5)
    assert tasks(dag) == ["extract", "load.clean", "load.store"]
    assert edges(dag) == {"extract>load.clean", "load.clean>load.store"}
    assert [(edge.source, edge.target, edge.kind) for edge in found.edges] == [
        ("nightly", "reports", "trigger")
    ]
    assert dag.exact


def test_load_yaml_dags_and_lists(tmp_path: Path) -> None:
    config = """
    a:
      tasks:
        - {task_id: one, operator: x.Y, outlets: ["s3://b/t"]}
        - {task_id: two, operator: x.Y, dependencies: [one]}
    b:
      schedule: {datasets: ["s3://b/t"]}
      tasks: []
    """
    source = "from dagfactory import load_yaml_dags\nload_yaml_dags(globals_dict=globals(), config_filepath='x.yaml')\n"
    found = inventory_of(tmp_path, make__py=source, x__yaml=config)
    assert [dag.dag_id for dag in found.dags] == ["a", "b"]
    assert edges(found.dags[0]) == {"one>two"}
    assert [(edge.source, edge.target, edge.kind) for edge in found.edges] == [("a", "b", "asset")]


@pytest.mark.parametrize(
    ("path", "config"),
    [
        ("os.environ['CONFIG']", CONFIG),
        ("'other.yml'", CONFIG),
        ("Path(__file__).parent / '..' / 'nightly.yml'", CONFIG),
        ("'nightly.yml'", "- a list\n"),
        ("'nightly.yml'", "a: [unclosed\n"),
    ],
)
def test_what_is_not_found_is_reported_not_guessed(tmp_path: Path, path: str, config: str) -> None:
    source = f"import os\nfrom pathlib import Path\nimport dagfactory\ndagfactory.DagFactory({path})\n"
    found = inventory_of(tmp_path, make__py=source, nightly__yml=config)
    assert found.dags == ()
    assert [(reference.path, reference.line) for reference in found.unlocated] == [("make.py", 4)]


def test_hostile_groups_and_dependencies_are_doubts(tmp_path: Path) -> None:
    config = """
    a:
      task_groups: {g: {parent_group_name: h}, h: {parent_group_name: g}}
      tasks: {one: {operator: x.Y, dependencies: [nowhere], task_group_name: g}, two: {}}
    """
    dag = only(
        inventory_of(tmp_path, make__py="import dagfactory\ndagfactory.DagFactory('x.yml')\n", x__yml=config)
    )
    assert dag.unknown == ("operator of task two", "dependency of one: nowhere")


MORE = [
    ("load_yaml_dags(globals_dict=globals())", "nightly other"),
    ("load_yaml_dags(globals_dict=globals(), dags_folder=str(Path(__file__).parent / 'sub'))", "other"),
    ("load_yaml_dags(globals_dict=globals(), config_dict={'given': {'tasks': {}}})", "given"),
    ("load_yaml_dags(globals_dict=globals(), config_filepath=os.path.join(os.environ['H'], 'dags', 'sub', 'x.yaml'))", "other"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "ids"), MORE)
def test_folders_and_mappings(tmp_path: Path, call: str, ids: str) -> None:
    source = f"import os\nfrom pathlib import Path\nfrom dagfactory import load_yaml_dags\n{call}\n"
    found = inventory_of(
        tmp_path,
        dags_in_make__py=source,
        dags_in_nightly__yml=CONFIG,
        dags_in_sub_in_x__yaml="other: {tasks: {}}\n",
    )
    assert [dag.dag_id for dag in found.dags] == ids.split()


def test_an_id_from_the_environment_is_unlocated(tmp_path: Path) -> None:
    source = "import dagfactory\ndagfactory.DagFactory('x.yml')\n"
    found = inventory_of(tmp_path, make__py=source, x__yml="${TEAM}_load: {tasks: {}}\nother: {tasks: {}}\n")
    assert [dag.dag_id for dag in found.dags] == ["other"]
    assert [place.name for place in found.unlocated] == ["${TEAM}_load"]
