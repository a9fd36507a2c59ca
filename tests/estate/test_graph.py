"""The dependency graph: neighbourhoods, chains, layout and what is printed of it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.cli.app import run
from airshift.estate.graph import OUTSIDE, ClusterBy, Graph, build_graph, chain, neighbourhood
from airshift.estate.layout import HEIGHT, WIDTH, layers, layout
from airshift.estate.model import Dag, Edge, EdgeKind, Inventory
from airshift.output.graph_svg import graph_svg
from airshift.output.graph_text import graph_document, graph_dot, graph_mermaid, why_lines
from airshift.output.pages import graph_html, inventory_html

HOSTILE = '</script><img src=x onerror="alert(1)">\n"]; click d0 "javascript:alert(1)"'


def edge(source: str, target: str, kind: EdgeKind = EdgeKind.SENSOR, *, certain: bool = True) -> Edge:
    return Edge(source, target, kind, certain, f"dags/{target}.py", 7)


def graph(names: str, *edges: Edge, by: ClusterBy = ClusterBy.FOLDER) -> Graph:
    dags = tuple(
        Dag(name, f"dags/{name[0]}/{name}.py", 3, owners=(f"team {name[0]}",)) for name in names.split()
    )
    return build_graph(Inventory(dags=dags, edges=edges), by)


def test_a_dag_that_only_an_edge_names_is_outside() -> None:
    found = graph("a1", edge("elsewhere", "a1"))
    assert found.nodes["elsewhere"].cluster == OUTSIDE
    assert not found.nodes["elsewhere"].known


def test_clusters_by_folder_and_owner() -> None:
    assert list(graph("a1 a2 b1").clusters()) == ["dags/a", "dags/b"]
    assert list(graph("a1 b1", by=ClusterBy.OWNER).clusters()) == ["team a", "team b"]


def test_the_first_of_two_dags_with_one_id_counts() -> None:
    found = build_graph(Inventory(dags=(Dag("x", "a.py", 1), Dag("x", "b.py", 2))))
    assert found.nodes["x"].path == "a.py"


def test_neighbourhood_goes_up_and_down_but_not_sideways() -> None:
    found = graph(
        "a b c d e f", edge("a", "b"), edge("b", "c"), edge("c", "d"), edge("a", "e"), edge("f", "d")
    )
    assert set(neighbourhood(found, "c").nodes) == {"a", "b", "c", "d"}
    assert set(neighbourhood(found, "f").nodes) == {"d", "f"}
    assert neighbourhood(found, "e").edges == (edge("a", "e"),)


def test_chain_is_the_shortest_with_places() -> None:
    found = graph("a b c d", edge("a", "b"), edge("b", "c"), edge("c", "d"), edge("b", "d", EdgeKind.TRIGGER))
    steps = chain(found, "a", "d")
    assert steps is not None
    assert list(why_lines(steps)) == ["a -> b  sensor  dags/b.py:7", "b -> d  trigger  dags/d.py:7"]
    assert chain(found, "d", "a") is None
    assert chain(found, "a", "a") == ()


def test_chain_prefers_the_certain_edge_of_two() -> None:
    soft = edge("a", "b", EdgeKind.API, certain=False)
    assert chain(graph("a b", soft, edge("a", "b")), "a", "b") == (edge("a", "b"),)
    assert "not certain" in next(iter(why_lines([soft])))


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_laws(pairs: list[tuple[int, int]]) -> None:
    edges = [edge(f"d{a}", f"d{b}") for a, b in pairs if a != b]
    found = graph(" ".join(f"d{n}" for n in range(13)), *edges)
    for name in found.nodes:
        around = neighbourhood(found, name)
        for other in found.nodes:
            steps = chain(found, name, other)
            assert (steps is not None) <= (other in around.nodes)
            if steps:
                assert (steps[0].source, steps[-1].target) == (name, other)
                assert all(one.target == two.source for one, two in pairwise(steps))
    after = {name: [e.target for e in found.after.get(name, ())] for name in found.nodes}
    layer = layers(list(found.nodes), after)
    if not any(chain(found, e.target, e.source) is not None for e in found.edges):
        assert all(layer[e.source] < layer[e.target] for e in found.edges)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60))
def test_nothing_overlaps(pairs: list[tuple[int, int]]) -> None:
    names = [f"{'abc'[n % 3]}{n}" for n in range(31)]
    drawn = layout(graph(" ".join(names), *[edge(names[a], names[b]) for a, b in pairs if a != b]))
    places = drawn.places()
    assert places.keys() == set(names)
    corners = list(places.values())
    for number, (x, y) in enumerate(corners):
        assert 0 <= x <= drawn.width - WIDTH
        assert 0 <= y <= drawn.height - HEIGHT
        assert all(abs(x - u) >= WIDTH or abs(y - v) >= HEIGHT for u, v in corners[:number])


def test_a_cycle_is_drawn_and_a_long_chain_does_not_recurse() -> None:
    assert layers(["a", "b"], {"a": ["b"], "b": ["a"]}) == {"a": 0, "b": 1}
    names = [f"d{n:04}" for n in range(3000)]
    found = layers(names, {one: [two] for one, two in pairwise(names)})
    assert found["d2999"] == 2999


def test_an_empty_estate_has_a_graph() -> None:
    empty = graph("")
    assert graph_dot(empty).startswith("digraph")
    assert graph_mermaid(empty) == "flowchart LR"
    ET.fromstring(graph_svg(empty))
    assert "0 DAGs" in graph_html(empty)


def test_hostile_names_are_inert_everywhere() -> None:
    found = build_graph(Inventory(dags=(Dag(HOSTILE, "a.py", 1),), edges=(edge(HOSTILE, "b"),)))
    assert "<img" not in graph_html(found)
    assert "<img" not in inventory_html(Inventory(dags=(Dag(HOSTILE, "a.py", 1, unknown=(HOSTILE,)),)))
    picture = ET.fromstring(graph_svg(found))
    assert not picture.findall(".//{*}img")
    assert not picture.findall(".//{*}script")
    mermaid = graph_mermaid(found)
    assert "\n  click" not in mermaid
    assert all(line.count('"') in (0, 2) for line in mermaid.splitlines())
    for line in graph_dot(found).splitlines():
        assert len(re.findall(r'(?<!\\)"', line)) % 2 == 0


def test_dot_marks_what_is_not_certain() -> None:
    text = graph_dot(graph("a b", edge("a", "b", EdgeKind.API, certain=False)))
    assert '"a" -> "b" [label="api", color="#b83280", style=dashed];' in text


def test_the_document_has_dags_and_edges() -> None:
    document = graph_document(graph("a b", edge("a", "b")), ())
    assert document["status"] == "complete"
    assert [dag["dag_id"] for dag in document["dags"]] == ["a", "b"]
    assert document["edges"] == [
        {
            "source": "a",
            "target": "b",
            "kind": "sensor",
            "certain": True,
            "path": "dags/b.py",
            "line": 7,
            "via": "",
        }
    ]


ESTATE = {
    "up.py": "from airflow import DAG\nfrom airflow.operators.trigger_dagrun import TriggerDagRunOperator\n"
    "with DAG('up', schedule=None):\n    TriggerDagRunOperator(task_id='t', trigger_dag_id='down')\n",
    "down.py": "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n"
    "with DAG('down', schedule=None):\n    EmptyOperator(task_id='t')\n",
    "other.py": "from airflow import DAG\nDAG('other', schedule=None)\n",
}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    for name, text in ESTATE.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_why(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", str(estate), "-q", "--why", "up", "down"]) == 0
    assert capsys.readouterr().out == "up -> down  trigger t  up.py:4\n"
    assert run(["graph", str(estate), "-q", "--why", "down", "up"]) == 0
    assert capsys.readouterr().out.startswith("down follows up:\n")
    assert run(["graph", str(estate), "-q", "--why", "up", "other"]) == 1
    assert run(["graph", str(estate), "-q", "--why", "up", "dwn"]) == 2
    assert "did you mean down?" in capsys.readouterr().err


def test_focus_and_formats(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", str(estate), "-q", "--format", "json", "--focus", "down"]) == 0
    assert {dag["dag_id"] for dag in json.loads(capsys.readouterr().out)["dags"]} == {"up", "down"}
    for output_format in ("dot", "mermaid", "svg", "html"):
        assert run(["graph", str(estate), "-q", "--format", output_format]) == 0
        assert "other" in capsys.readouterr().out
    assert run(["inventory", str(estate), "-q", "--format", "html"]) == 0
    assert '"other"' in capsys.readouterr().out


def test_a_file_that_cannot_be_read_makes_the_graph_incomplete(estate: Path) -> None:
    (estate / "broken.py").write_text("from airflow import DAG\nDAG(")
    assert run(["graph", str(estate), "-q"]) == 3
