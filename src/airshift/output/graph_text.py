"""The dependency graph as JSON, Graphviz and Mermaid, and the chain between two DAGs as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from airshift.estate.graph import Graph
from airshift.estate.model import Edge, EdgeKind
from airshift.findings import Problem
from airshift.output.document import envelope
from airshift.output.text import printable

COLOURS = {
    EdgeKind.TRIGGER: "#c2571a",
    EdgeKind.SENSOR: "#2f6fd0",
    EdgeKind.MARKER: "#7a55c7",
    EdgeKind.ASSET: "#1d8a5b",
    EdgeKind.SUBDAG: "#64748b",
    EdgeKind.API: "#b83280",
    EdgeKind.MODULE: "#94803a",
    EdgeKind.RESOURCE: "#8a8f98",
}
MEANING = {
    EdgeKind.TRIGGER: "triggers the other DAG",
    EdgeKind.SENSOR: "the other DAG's sensor waits for it",
    EdgeKind.MARKER: "clearing it clears the other DAG",
    EdgeKind.ASSET: "writes the dataset or asset that schedules the other DAG",
    EdgeKind.SUBDAG: "contains the other DAG",
    EdgeKind.API: "starts the other DAG by REST or command line",
    EdgeKind.MODULE: "both use a module of the project",
    EdgeKind.RESOURCE: "both use a pool, variable or connection",
}


def edge_record(edge: Edge) -> dict[str, Any]:
    """An edge as JSON."""
    return {
        "source": edge.source,
        "target": edge.target,
        "kind": edge.kind.value,
        "certain": edge.certain,
        "path": edge.path,
        "line": edge.line,
        "via": edge.via,
    }


def graph_document(graph: Graph, problems: Sequence[Problem]) -> dict[str, Any]:
    """The JSON document of `airshift graph`."""
    return {
        **envelope(None, problems),
        "dags": [
            {
                "key": node.key,
                "dag_id": node.dag_id,
                "environment": node.environment or None,
                "cluster": node.cluster,
                "path": node.path or None,
                "line": node.line or None,
                "tasks": node.tasks,
                "owners": list(node.owners),
                "known": node.known,
            }
            for node in graph.nodes.values()
        ],
        "edges": [edge_record(edge) for edge in graph.edges],
    }


def graph_dot(graph: Graph) -> str:
    """The graph in Graphviz' language."""
    lines = [
        "digraph airflow {",
        "  rankdir=LR; compound=true;",
        '  node [shape=box, style=rounded, fontname="Helvetica"];',
    ]
    for number, (name, nodes) in enumerate(graph.clusters().items()):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_dot(name)};"]
        lines += [f"    {_dot(n.key)}{'' if n.known else ' [style=dashed]'};" for n in nodes]
        lines.append("  }")
    for edge in graph.edges:
        style = "solid" if edge.certain else "dashed"
        lines.append(
            f"  {_dot(edge.source)} -> {_dot(edge.target)} "
            f'[label="{edge.kind.value}", color="{COLOURS[edge.kind]}", style={style}];'
        )
    return "\n".join([*lines, "}"])


def _dot(text: str) -> str:
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def graph_mermaid(graph: Graph) -> str:
    """The graph in Mermaid's language, as Markdown on code hosts shows it."""
    number = {name: f"d{index}" for index, name in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for index, (name, nodes) in enumerate(graph.clusters().items()):
        lines.append(f'  subgraph c{index}["{_mermaid(name)}"]')
        lines += [f'    {number[node.key]}["{_mermaid(node.key)}"]' for node in nodes]
        lines.append("  end")
    for edge in graph.edges:
        arrow = "-->" if edge.certain else "-.->"
        lines.append(f"  {number[edge.source]} {arrow}|{edge.kind.value}| {number[edge.target]}")
    return "\n".join(lines)


def _mermaid(text: str) -> str:
    """Only harmless characters as they are; the rest as Mermaid's entity codes."""
    return re.sub(r"[^\w ./:-]", lambda match: f"#{ord(match.group())};", printable(text), flags=re.ASCII)


def why_lines(chain: Iterable[Edge]) -> Iterator[str]:
    """One line for each step of a chain, with the place in the source."""
    for edge in chain:
        sure = "" if edge.certain else ", not certain"
        via = f" {edge.via}" if edge.via else ""
        yield printable(
            f"{edge.source} -> {edge.target}  {edge.kind.value}{via}{sure}  {edge.path}:{edge.line}"
        )
