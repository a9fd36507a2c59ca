"""The dependency graph as one SVG picture."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from airshift.estate.graph import Graph
from airshift.estate.layout import HEIGHT, WIDTH, Layout, layout
from airshift.estate.model import Edge, EdgeKind
from airshift.output.graph_text import COLOURS, MEANING
from airshift.report.plain import shown

_MARGIN = 24
_LEGEND = 26
_LONGEST = 27
_STYLE = (
    "text{font:13px system-ui,'DejaVu Sans',sans-serif;fill:#15212c}"
    ".c{fill:#f4f6f8;stroke:#cfd7de}.t{font-weight:600;fill:#52606d}"
    ".d{fill:#fff;stroke:#8593a0}.o{stroke-dasharray:4 3}.e{fill:none;stroke-width:1.6}.s{stroke-dasharray:5 4}"
)


def graph_svg(graph: Graph) -> str:
    """Draw the graph with all clusters open; nothing in it runs or is fetched."""
    drawn = layout(graph)
    kinds = [kind for kind in EdgeKind if any(edge.kind is kind for edge in graph.edges)]
    width = max(drawn.width + 2 * _MARGIN, 640)
    height = drawn.height + 2 * _MARGIN + _LEGEND * len(kinds)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="Dependencies between DAGs">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        "<defs>",
        *(_arrow(kind) for kind in kinds),
        "</defs>",
        *_legend(kinds),
        f'<g transform="translate({_MARGIN} {_MARGIN + _LEGEND * len(kinds)})">',
        *_clusters(drawn),
        *_edges(graph, drawn),
        *_dags(graph, drawn),
        "</g></svg>",
    ]
    return "\n".join(parts)


def _arrow(kind: EdgeKind) -> str:
    return (
        f'<marker id="a-{kind.value}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{COLOURS[kind]}"/></marker>'
    )


def _legend(kinds: list[EdgeKind]) -> Iterator[str]:
    for number, kind in enumerate(kinds):
        y = _MARGIN + _LEGEND * number
        yield _path(f"M{_MARGIN} {y}h44", kind, certain=True)
        yield f'<text x="{_MARGIN + 56}" y="{y + 4}">{kind.value}: {escape(MEANING[kind])}</text>'


def _clusters(drawn: Layout) -> Iterator[str]:
    for box, x, y in drawn.boxes:
        yield f'<rect class="c" x="{x}" y="{y}" width="{box.width}" height="{box.height}" rx="10"/>'
        yield f'<text class="t" x="{x + 16}" y="{y + 20}">{_text(box.name, box.width // 8)}</text>'


def _dags(graph: Graph, drawn: Layout) -> Iterator[str]:
    for dag_id, (x, y) in drawn.places().items():
        node = graph.nodes[dag_id]
        place = f" ({node.path}:{node.line})" if node.known else " (no file defines it)"
        yield (
            f'<g><title>{escape(shown(dag_id + place))}</title><rect class="d{"" if node.known else " o"}" '
            f'x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
            f'<text x="{x + 10}" y="{y + 18}">{_text(dag_id, _LONGEST)}</text></g>'
        )


def _edges(graph: Graph, drawn: Layout) -> Iterator[str]:
    places = drawn.places()
    for edge in graph.edges:
        yield _edge(edge, places[edge.source], places[edge.target])


def _edge(edge: Edge, source: tuple[int, int], target: tuple[int, int]) -> str:
    x1, y1 = source[0] + WIDTH, source[1] + HEIGHT // 2
    x2, y2 = target[0], target[1] + HEIGHT // 2
    bend = max(30, abs(x2 - x1) // 2) if x2 > x1 else 60
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    title = f"{edge.source} → {edge.target}: {edge.kind.value}, {edge.path}:{edge.line}"
    return f"<g><title>{escape(shown(title))}</title>{_path(path, edge.kind, certain=edge.certain)}</g>"


def _path(path: str, kind: EdgeKind, *, certain: bool) -> str:
    return (
        f'<path class="e{"" if certain else " s"}" d={quoteattr(path)} stroke="{COLOURS[kind]}" '
        f'marker-end="url(#a-{kind.value})"/>'
    )


def _text(text: str, longest: int) -> str:
    text = shown(text)
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")
