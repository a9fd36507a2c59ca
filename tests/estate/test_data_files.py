"""DAGs that a file builds from YAML and JSON beside it, and what is not followed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.estate.places import Files
from estate.estates import edges, inventory_of, only, tasks

HEAD = """
import glob, json, os, yaml
from datetime import datetime
from pathlib import Path
from airflow import DAG
from airflow.operators.empty import EmptyOperator as E
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = Path(__file__).resolve().parent
"""
MAKE = """
def make(config):
    with DAG(config["id"], schedule=config.get("schedule"), start_date=config.get("start")) as dag:
        last = None
        for name in config["tasks"]:
            now = E(task_id=name)
            if last:
                last >> now
            last = now
    return dag
"""
ONE = "id: one\nschedule: '@daily'\nstart: 2024-01-01\ntasks: [a, b]\n"
TWO = "id: two\ntasks: [a]\n"
FILES = {"dags_in_configs_in_one__yml": ONE, "dags_in_configs_in_two__yml": TWO}
LOOPS = [
    "for path in glob.glob(os.path.join(HERE, 'configs', '*.yml')):\n    with open(path) as file:\n        make(yaml.safe_load(file))",
    "for path in sorted(glob.glob(f'{HERE}/configs/*.yml')):\n    make(yaml.safe_load(open(path)))",
    "for path in (FOLDER / 'configs').glob('*.yml'):\n    make(yaml.safe_load(path.read_text()))",
    "for path in FOLDER.rglob('*.yml'):\n    globals()[path.stem] = make(yaml.load(path.read_text(), Loader=yaml.FullLoader))",
    "for name in os.listdir(os.path.join(HERE, 'configs')):\n    with open(os.path.join(HERE, 'configs', name), 'r') as file:\n        make(yaml.safe_load(file.read()))",
    "for path in FOLDER.joinpath('configs').iterdir():\n    with path.open() as file:\n        make(yaml.safe_load(file))",
    "def all_configs():\n    return [yaml.safe_load(p.read_text()) for p in (FOLDER / 'configs').glob('*.yml')]\nfor config in all_configs():\n    make(config)",
]


@pytest.mark.parametrize("loop", LOOPS)
def test_loops_over_files(tmp_path: Path, loop: str) -> None:
    found = inventory_of(tmp_path, dags_in_make__py=HEAD + MAKE + loop + "\n", **FILES)
    assert [dag.dag_id for dag in found.dags] == ["one", "two"]
    one = found.dags[0]
    assert (tasks(one), edges(one), one.schedule, one.exact) == (["a", "b"], {"a>b"}, "@daily", True)
    assert one.start_date == "date(2024, 1, 1)"
    assert found.unlocated == ()


PATHS = [
    "os.path.join(HERE, 'list.json')",
    "FOLDER / 'list.json'",
    "FOLDER.parent / 'dags' / 'list.json'",
    "os.path.join(HERE, '..', 'dags', 'list.json')",
    "'/usr/local/airflow/dags/list.json'",
    "'/opt/airflow/dags/list.json'",
    "'dags/list.json'",
    "'list.json'",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "load", ["json.load(open(P))", "json.loads(Path(P).read_text())", "json.loads(open(P).read())"]
)
def test_paths_that_are_followed(tmp_path: Path, path: str, load: str) -> None:
    source = f"{HEAD}P = {path}\nfor name in {load}:\n    DAG(f'load_{{name}}')\n"
    found = inventory_of(tmp_path, dags_in_make__py=source, dags_in_list__json='["a", "b"]')
    assert [dag.dag_id for dag in found.dags] == ["load_a", "load_b"]


UNKNOWN = [
    ("os.environ['CONFIG']", "[a]"),
    ("os.path.join(HERE, os.environ['CONFIG'])", "[a]"),
    ("'/etc/other.yml'", "[a]"),
    ("'/somewhere/else/list.yml'", "[a]"),
    ("os.path.join(HERE, '..', '..', '..', 'list.yml')", "[a]"),
    ("FOLDER / 'gone.yml'", "[a]"),
    ("FOLDER / 'list.yml'", "a: [unclosed"),
    ("FOLDER / 'list.yml'", "!!python/object/apply:os.system [echo]"),
    ("FOLDER / 'list.yml'", "a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n"
     "d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n"),
    ("FOLDER / 'list.yml'", "&a [*a]"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "content"), UNKNOWN)
def test_what_is_not_known_is_unlocated(tmp_path: Path, path: str, content: str) -> None:
    source = f"{HEAD}with open({path}) as file:\n    for name in yaml.safe_load(file):\n        DAG(name)\n"
    found = inventory_of(tmp_path, dags_in_make__py=source, dags_in_list__yml=content)
    assert found.dags == ()
    assert len(found.unlocated) == 1


def test_a_folder_of_unknown_place_gives_no_names(tmp_path: Path) -> None:
    ids = [
        "FOLDER.name", "os.path.basename(HERE)", "str(FOLDER)", "__file__", "f'x{__file__}'", "f'{__file__}x'",
        "'x' + __file__", "Path(__file__).stem", "__file__.split('/')[-1].replace('.py', '_too')",
    ]  # fmt: skip
    source = HEAD + "".join(f"DAG({text})\n" for text in ids)
    found = inventory_of(tmp_path, make__py=source)
    assert [dag.dag_id for dag in found.dags] == ["make", "make_too"]
    assert len(found.unlocated) == 7


def test_a_file_read_by_another_module(tmp_path: Path) -> None:
    common = "import yaml\nfrom pathlib import Path\ndef load():\n    return yaml.safe_load((Path(__file__).parent / 'x.yml').read_text())\n"
    source = HEAD + "from common import load\nDAG(load()['id'])\n"
    found = inventory_of(tmp_path, common__py=common, x__yml="id: read", d__py=source)
    assert only(found).dag_id == "read"


names = st.text("ab./*?[", max_size=8)


@given(st.lists(names), names, names)
def test_any_pattern_and_path_is_survived(paths: list[str], folder: str, pattern: str) -> None:
    from pathlib import PurePosixPath

    files = Files(paths)
    assert all(found.path.as_posix() for found in files.below(PurePosixPath(folder), pattern))
    files.named(pattern, PurePosixPath(folder))
