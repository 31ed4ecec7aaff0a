"""Organisations and links of a GraphML file: nodes and edges, whatever program wrote it.

Attributes of other names (colours, sizes, positions on a screen) are left alone. Entities are
refused before the XML is read, since they could expand without end.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .imports import Row
from .load import KeptFile, read_text
from .problems import NOTHING, Problem, ScenarioError

__all__ = ["LARGEST_GRAPH", "read_graph"]

LARGEST_GRAPH = 100_000_000

_ENTITIES = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def read_graph(
    path: Path | KeptFile, name: str, node_columns: Sequence[str], edge_columns: Sequence[str]
) -> tuple[list[Row], list[Row]]:
    """Nodes as rows of organisations, edges as rows of links.

    Parameters
    ----------
    path : Path or KeptFile
    name : str
        What to call the file in messages.
    node_columns, edge_columns : sequence of str
        The attributes to take; a node's `id` is the node itself.

    Raises
    ------
    ScenarioError
    """
    text = read_text(path, LARGEST_GRAPH, name)
    if _ENTITIES.search(text):
        message = "declares XML entities, which no graph needs"
        remedy = "save it anew without a document type"
        raise ScenarioError(Problem(name, "", NOTHING, message, remedy))
    if re.match(r"<\?xml[^>]*encoding=[\"'](?!utf-?8[\"'])", text, re.IGNORECASE):
        remedy = "save it as UTF-8"
        raise ScenarioError(Problem(name, "", NOTHING, "is not declared as UTF-8", remedy))
    graph = _parsed(text, name)
    nodes = [
        (f"node {node}", {"id": str(node), **_attributes(data, node_columns)})
        for node, data in graph.nodes(data=True)
    ]
    edges: list[Row] = []
    for source, target, data in graph.edges(data=True):
        ends = {"from": str(source), "to": str(target)}
        edges.append((f"edge {source} to {target}", {**_attributes(data, edge_columns), **ends}))
    return nodes, edges


def _parsed(text: str, name: str) -> Any:
    import networkx as nx

    try:
        graph = nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)
    except Exception as error:  # networkx lets through whatever XML and its conversions raise
        line = getattr(error, "position", (None,))[0]
        message = f"is not GraphML: {error}"
        place = f"line {line}" if line else ""
        problem = Problem(name, place, NOTHING, message, "save it as GraphML", line)
        raise ScenarioError(problem) from None
    if not graph.is_directed():
        message = "is an undirected graph; it does not say who supplies whom"
        remedy = 'save it with edgedefault="directed"'
        raise ScenarioError(Problem(name, "", NOTHING, message, remedy))
    return graph


def _attributes(data: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    return dict(_given(data, columns))


def _given(data: Mapping[str, Any], columns: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for key in columns:
        value = data.get(key)
        if key == "id" or value is None or value == "":
            continue
        if key == "stay" and isinstance(value, float) and math.isnan(value):
            continue  # how graphs without empty cells say that nobody stays
        yield key, value
