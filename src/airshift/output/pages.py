"""Self-contained HTML pages of the inventory and the graph: own style and script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airshift._data import data_folder
from airshift.estate.graph import Graph
from airshift.estate.layout import HEIGHT, WIDTH, boxes
from airshift.estate.model import EdgeKind, Inventory
from airshift.output.graph_text import COLOURS, MEANING
from airshift.output.inventory import shown as value_shown
from airshift.report.plain import shown

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_BARE = frozenset({"graph"})
"""Pages that need all their height, and have a bar of their own."""
OPEN_UP_TO = 200
"""DAGs of a graph whose clusters start open."""


def graph_html(graph: Graph, focus: str | None = None) -> str:
    """The page of `airshift graph --format html`."""
    return data_page("graph", _graph_data(graph, focus), dags=len(graph.nodes), edges=len(graph.edges))


def inventory_html(inventory: Inventory) -> str:
    """The page of `airshift inventory --format html`."""
    rows = [
        [
            shown(dag.key),
            shown(value_shown(dag.schedule)) if dag.schedule_given else "default",
            len(dag.tasks),
            shown(", ".join(dag.owners)),
            shown(", ".join(dag.tags)),
            shown(f"{dag.path}:{dag.line}"),
            [shown(text) for text in dag.unknown],
        ]
        for dag in inventory.dags
    ]
    return data_page("inventory", {"rows": rows}, dags=len(inventory.dags), edges=len(inventory.edges))


def _graph_data(graph: Graph, focus: str | None) -> dict[str, Any]:
    found = boxes(graph)
    number = {name: index for index, name in enumerate(graph.nodes)}
    cluster = {box.name: index for index, box in enumerate(found)}
    places = {name: place for box in found for name, place in box.places.items()}
    kinds = list(EdgeKind)
    return {
        "size": [WIDTH, HEIGHT],
        "focus": None if focus is None else number[focus],
        "open": len(graph.nodes) <= OPEN_UP_TO,
        "clusters": [[shown(box.name), box.width, box.height, len(box.places)] for box in found],
        "dags": [
            [
                shown(node.key),
                cluster[node.cluster],
                *places[node.key],
                shown(f"{node.path}:{node.line}") if node.known else "",
                node.tasks,
                shown(", ".join(node.owners)),
            ]
            for node in graph.nodes.values()
        ],
        "edges": [
            [
                number[edge.source],
                number[edge.target],
                kinds.index(edge.kind),
                int(edge.certain),
                shown(f"{edge.via + ', ' if edge.via else ''}{edge.path}:{edge.line}"),
            ]
            for edge in graph.edges
        ],
        "kinds": [[kind.value, COLOURS[kind], MEANING[kind]] for kind in kinds],
    }


def data_page(name: str, data: dict[str, Any], **values: Any) -> str:
    """The page `reports/NAME.html.jinja` with its script, its style sheet and its data inside."""
    from markupsafe import Markup

    script = (data_folder("reports") / f"{name}.js").read_text(encoding="utf-8")
    return page(name, script=script, data=Markup(_json(data)), **values)


def page(
    name: str,
    *,
    script: str = "",
    drawn: str = "",
    filters: Mapping[str, Callable[..., Any]] | None = None,
    **values: object,
) -> str:
    """The page `reports/NAME.html.jinja` with its style sheet inside, below that of the band all pages have.

    `drawn` is the style of a picture on the page, which its content security policy allows, too.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = data_folder("reports")
    sheets = (folder / f"{sheet}.css" for sheet in ("band", name) if sheet == name or name not in _BARE)
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update({"shown": shown, **(filters or {})})
    return environment.get_template(f"{name}.html.jinja").render(
        style=Markup(style), script=Markup(script), policy=_policy((style, drawn), script), **values
    )


def _json(data: dict[str, Any]) -> str:
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _policy(styles: Iterable[str], script: str) -> str:
    """The content security policy of a page that holds these styles and this script, and fetches nothing."""
    allowed = f"script-src {_digest(script)}; " if script else ""
    looks = " ".join(_digest(style) for style in styles if style)
    return f"default-src 'none'; style-src {looks}; {allowed}base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
