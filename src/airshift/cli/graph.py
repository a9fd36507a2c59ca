"""`airshift graph`: how DAGs depend on each other, as text or a picture."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.inventory import EnvironmentOption, FromJson, Live, read_inventory
from airshift.errors import UsageError
from airshift.estate.graph import ClusterBy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from airshift.estate.graph import Graph
    from airshift.findings import Problem


class GraphFormat(StrEnum):
    """How the graph is printed."""

    JSON = "json"
    DOT = "dot"
    MERMAID = "mermaid"
    SVG = "svg"
    HTML = "html"


def graph(
    paths: options.Paths,
    output_format: Annotated[
        GraphFormat, typer.Option("--format", "-f", help="How to print.")
    ] = GraphFormat.MERMAID,
    why: Annotated[
        tuple[str, str], typer.Option("--why", help="Print the chain of edges between two DAGs instead.")
    ] = ("", ""),
    focus: Annotated[
        str, typer.Option("--focus", help="Only this DAG, what comes before it and what follows.")
    ] = "",
    cluster: Annotated[
        ClusterBy, typer.Option("--cluster", help="What DAGs are grouped by.")
    ] = ClusterBy.FOLDER,
    soft: Annotated[
        bool,
        typer.Option("--soft", help="Also edges of what DAGs share: modules, pools, variables, connections."),
    ] = False,
    from_json: FromJson = None,
    live: Live = "",
    environment: EnvironmentOption = "",
    output: options.OutputOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    quiet: options.QuietOption = False,
) -> int:
    """Show how DAGs depend on each other; nothing is run."""
    from airshift.estate.graph import build_graph

    settings = options.config_of(paths, config=config, isolated=isolated)
    found, _, problems = read_inventory(paths, settings, from_json, environment, live, quiet=quiet)
    whole = build_graph(found, cluster, soft=soft)
    for problem in problems:
        options.note(f"not read: {problem.path}: {problem.reason}", quiet=quiet)
    for dag_id in (*why, focus):
        _check(whole, dag_id)
    if why[0]:
        return _why(whole, *why, output)
    options.emit(_text(whole, output_format, focus, problems), output)
    return options.INCOMPLETE if problems else 0


def _check(whole: Graph, dag_id: str) -> None:
    if dag_id and dag_id not in whole.nodes:
        from difflib import get_close_matches

        similar = get_close_matches(dag_id, whole.nodes, 1)
        raise UsageError(f"no DAG {dag_id}" + (f"; did you mean {similar[0]}?" if similar else ""))


def _why(whole: Graph, first: str, last: str, output: Path | None) -> int:
    from airshift.estate.graph import chain
    from airshift.output.graph_text import why_lines

    steps = chain(whole, first, last)
    back = chain(whole, last, first) if steps is None else None
    if steps is not None:
        options.emit("\n".join(why_lines(steps)) or f"{first} is one DAG", output)
        return 0
    if back is not None:
        options.emit("\n".join([f"{first} follows {last}:", *why_lines(back)]), output)
        return 0
    options.emit(f"no chain of edges between {first} and {last}", output)
    return 1


def _text(whole: Graph, output_format: GraphFormat, focus: str, problems: Sequence[Problem]) -> str:
    from airshift.estate.graph import neighbourhood
    from airshift.output import graph_text

    shown = neighbourhood(whole, focus) if focus else whole
    match output_format:
        case GraphFormat.JSON:
            import json

            return json.dumps(graph_text.graph_document(shown, problems), indent=2)
        case GraphFormat.DOT:
            return graph_text.graph_dot(shown)
        case GraphFormat.MERMAID:
            return graph_text.graph_mermaid(shown)
        case GraphFormat.SVG:
            from airshift.output.graph_svg import graph_svg

            return graph_svg(shown)
        case GraphFormat.HTML:
            from airshift.output.pages import graph_html

            return graph_html(whole, focus or None)
        case _:
            assert_never(output_format)
