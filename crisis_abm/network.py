"""The dependency graph: the tables for people to look at, edit, lay out and export.

Nodes are organisations, edges run the way things move: from supplier to customer
(``kind="supply"``), between partners in both directions (``"aid"``; those of ``resource="places"``
take over people), along the ways people move on (``"referral"``). Node and edge attributes carry
the names that tables beside a scenario use (`crisis_abm.scenario.io.imports`), so an exported graph
can be read in again, and `from_graph` of `to_graph` gives the same tables.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.atomic_write import write_files
from crisis_abm.scenario.io.imports import LINK_COLUMNS, ORGANISATION_COLUMNS
from crisis_abm.scenario.problems import unprintable
from crisis_abm.scenario.schema.entries import PLACES
from crisis_abm.spreadsheet import MARK, csv_text
from crisis_abm.tables.build import from_graph
from crisis_abm.tables.layout import Tables
from crisis_abm.tables.positions import AreaPositions, place_organisations
from crisis_abm.tables.rows import FIGURES, Columns

if TYPE_CHECKING:
    import networkx

__all__ = ["export", "from_graph", "positions", "to_graph"]

PEOPLE = "people"


def to_graph(tables: Tables) -> networkx.MultiDiGraph:
    """Return the dependency graph of tables.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    networkx.MultiDiGraph
        Nodes are ids in row order with `name`, `kind`, `area`, `capacity`, `caseload`, `demand`,
        `arrivals`, `population`, `stay` (left out where nobody finishes), `x`, `y` and
        `nominal_workload`. Every edge has `kind` and `resource`; supply edges have `share`,
        `lead_time`, `lead_time_spread`, `capacity`, `reliability` and `contract`, referral edges
        `share`. Figures are plain Python numbers.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    graph.add_nodes_from(_nodes(tables))
    graph.add_edges_from(_supply_edges(tables))
    graph.add_edges_from(_other_edges(tables))
    return graph


def _nodes(tables: Tables) -> list[tuple[str, dict[str, Any]]]:
    rows = tables.world.organisations
    figures = {name: getattr(rows, name).tolist() for name in (*FIGURES, "nominal_workload")}
    stay, place = rows.stay.tolist(), tables.positions.tolist()
    kind, area = rows.kind.tolist(), rows.area.tolist()
    nodes = []
    for row, identity in enumerate(tables.ids):
        attributes = {
            "name": tables.names[row],
            "kind": tables.kinds[kind[row]],
            "area": tables.areas[area[row]],
            **{name: column[row] for name, column in figures.items()},
            "x": place[row][0],
            "y": place[row][1],
        }
        if np.isfinite(stay[row]):
            attributes["stay"] = stay[row]
        nodes.append((identity, attributes))
    return nodes


def _supply_edges(tables: Tables) -> list[tuple[str, str, dict[str, Any]]]:
    supply, inputs, outputs = tables.world.supply, tables.world.inputs, tables.world.outputs
    columns = zip(
        outputs.organisation[supply.supplier].tolist(),
        inputs.organisation[supply.customer].tolist(),
        inputs.resource[supply.customer].tolist(),
        supply.share.tolist(),
        supply.lead_time.tolist(),
        supply.spread.tolist(),
        supply.capacity.tolist(),
        supply.reliability.tolist(),
        supply.contract.tolist(),
        strict=True,
    )
    names = ("share", "lead_time", "lead_time_spread", "capacity", "reliability", "contract")
    return [
        (
            tables.ids[supplier],
            tables.ids[customer],
            {
                "kind": "supply",
                "resource": tables.resources[resource],
                **dict(zip(names, terms, strict=True)),
            },
        )
        for supplier, customer, resource, *terms in columns
    ]


def _other_edges(tables: Tables) -> list[tuple[str, str, dict[str, Any]]]:
    ids, resources = tables.ids, tables.resources
    aid, places, referrals = tables.world.aid, tables.world.places, tables.world.referrals
    holder = tables.world.inputs.organisation
    resource_of = tables.world.inputs.resource[aid.donor].tolist()
    edges: list[tuple[str, str, dict[str, Any]]] = []
    pairs = zip(holder[aid.donor].tolist(), holder[aid.partner].tolist(), resource_of, strict=True)
    for donor, partner, resource in pairs:
        tie = {"kind": "aid", "resource": resources[resource]}
        edges.append((ids[donor], ids[partner], tie))
    for donor, partner in zip(places.donor.tolist(), places.partner.tolist(), strict=True):
        edges.append((ids[donor], ids[partner], {"kind": "aid", "resource": PLACES}))
    ways = (referrals.origin.tolist(), referrals.target.tolist(), referrals.share.tolist())
    for origin, target, share in zip(*ways, strict=True):
        tie = {"kind": "referral", "resource": PEOPLE, "share": share}
        edges.append((ids[origin], ids[target], tie))
    return edges


def positions(
    graph: networkx.MultiDiGraph, areas: AreaPositions | None = None
) -> dict[Hashable, tuple[float, float]]:
    """Return where to draw each node, as `networkx.draw` takes it.

    Nodes with `x` and `y` stay there. Others are placed by area, side by side, the rarest kind in
    the middle (`crisis_abm.tables.positions`): the same at every call, 2,000 nodes in a few
    milliseconds.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        Nodes with `area` and `kind`; one without stands in an area, or is of a kind, of its own.
    areas : dict of str to (float, float), optional
        Where the areas are.
    """
    nodes = list(graph.nodes(data=True))
    if not nodes:
        return {}
    of_kind = [str(attributes.get("kind", "")) for _, attributes in nodes]
    of_area = [str(attributes.get("area", "")) for _, attributes in nodes]
    kinds, areas_found = sorted(set(of_kind)), sorted(set(of_area))
    kind_row = {name: row for row, name in enumerate(kinds)}
    area_row = {name: row for row, name in enumerate(areas_found)}
    none = np.zeros(len(nodes))
    place = [(node.get("x", np.nan), node.get("y", np.nan)) for _, node in nodes]
    columns = Columns(
        ids=[str(node) for node, _ in nodes],
        names=[],
        kinds=kinds,
        areas=areas_found,
        kind=np.array([kind_row[name] for name in of_kind], dtype=np.int32),
        area=np.array([area_row[name] for name in of_area], dtype=np.int32),
        stay=none,
        position=np.array(place, dtype=np.float64),
        **dict.fromkeys(FIGURES, none),
    )
    rarity = -np.bincount(columns.kind, minlength=len(kinds)).astype(np.float64)
    found = place_organisations(columns, rarity, areas).tolist()
    return {node: (x, y) for (node, _), (x, y) in zip(nodes, found, strict=True)}


def export(graph: networkx.MultiDiGraph, path: str | Path) -> list[Path]:
    """Write a graph to disk, whole or not at all.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
    path : str or Path
        The ending decides: ``.graphml``; ``.json`` (node-link form, no figure where there is no
        limit); ``.csv`` makes two files, ``net-organisations.csv`` and ``net-links.csv`` for
        ``net.csv``. GraphML and CSV are what `[tables]` of a scenario reads.
        Names may not hold what cannot be printed.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ValueError
        For another ending, or a name that could not be read again.
    OSError
        If the folder or disk does not take it.
    """
    path = Path(path)
    ending = path.suffix.lower()
    _refuse_unprintable(graph)
    if ending == ".graphml":
        contents = {path: _graphml(graph)}
    elif ending == ".json":
        contents = {path: _json(graph)}
    elif ending == ".csv":
        nodes = [{"id": node, **attributes} for node, attributes in graph.nodes(data=True)]
        edges = [{"from": one, "to": other, **tie} for one, other, tie in graph.edges(data=True)]
        contents = {
            path.with_name(f"{path.stem}-organisations{path.suffix}"): _csv(
                nodes, ORGANISATION_COLUMNS
            ),
            path.with_name(f"{path.stem}-links{path.suffix}"): _csv(edges, LINK_COLUMNS),
        }
    else:
        raise ValueError(f"{path.name}: a graph is written as .graphml, .json or .csv")
    write_files(contents)
    return list(contents)


def _refuse_unprintable(graph: networkx.MultiDiGraph) -> None:
    for called, entry in (
        *((node, {"id": node, **attributes}) for node, attributes in graph.nodes(data=True)),
        *((f"{one} to {other}", tie) for one, other, tie in graph.edges(data=True)),
    ):
        for key, value in entry.items():
            if isinstance(value, str) and (which := unprintable(value)):
                raise ValueError(f"{called!r}, {key}: cannot be written, since {which}")


def _graphml(graph: Any) -> bytes:
    import networkx

    known = networkx.MultiDiGraph()
    known.add_nodes_from((n, _only(a, ORGANISATION_COLUMNS)) for n, a in graph.nodes(data=True))
    known.add_edges_from((a, b, _only(tie, LINK_COLUMNS)) for a, b, tie in graph.edges(data=True))
    text = io.BytesIO()
    networkx.write_graphml(known, text)
    return text.getvalue()


def _only(attributes: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: attributes[name] for name in names if name in attributes}


def _json(graph: Any) -> bytes:
    import networkx

    data = networkx.node_link_data(graph, edges="edges")
    for part in ("nodes", "edges"):
        data[part] = [
            {name: v for name, v in entry.items() if not (isinstance(v, float) and math.isinf(v))}
            for entry in data[part]
        ]
    return json.dumps(data, indent=1, allow_nan=False).encode()


def _csv(rows: list[dict[str, Any]], columns: Iterable[str]) -> bytes:
    columns = list(columns)
    lines = ([row.get(column, "") for column in columns] for row in rows)
    return (MARK + csv_text([columns, *lines])).encode()
