"""A graph becomes tables: nodes are read as organisations, edges as ties.

The other way in beside a scenario's own organisations and rules, for a graph that was edited by
hand or made elsewhere. The graph is only looked at, so nothing here needs networkx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.schema.entries import PLACES
from crisis_abm.tables.build import Ties, assemble, holdings
from crisis_abm.tables.layout import Tables
from crisis_abm.tables.links import SupplyDraft
from crisis_abm.tables.problems import Findings
from crisis_abm.tables.rows import FIGURES, Columns, Holdings

if TYPE_CHECKING:
    import networkx

    from crisis_abm.scenario import Scenario

__all__ = ["EDGE_KINDS", "from_graph"]

EDGE_KINDS = ("supply", "aid", "referral")


def from_graph(graph: networkx.MultiDiGraph, scenario: Scenario) -> Tables:
    """Return the tables of a graph, with recipes, behaviour, events and hazard of a scenario.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        As `network.to_graph` makes it, perhaps edited. A figure left out is that of the node's
        kind; a `share` left out is an equal part of what the customer's other edges leave.
        Contracts and nominal workloads follow from the rest and are not read.
    scenario : Scenario
        Its organisations, links and rules are not looked at.

    Raises
    ------
    ScenarioError
        For what the graph has wrong.
    """
    findings = Findings(scenario)
    columns = _read_nodes(graph, scenario, findings)
    findings.stop()
    inputs, outputs = holdings(scenario, columns)
    ties = _read_edges(graph, scenario, columns, inputs, outputs, findings)
    findings.stop()
    return assemble(scenario, columns, inputs, outputs, ties, findings)


def _read_nodes(graph: Any, scenario: Scenario, findings: Findings) -> Columns:
    nodes = [(str(node), attributes) for node, attributes in graph.nodes(data=True)]
    for node, attributes in nodes:
        for name in ("kind", "area"):
            if name not in attributes:
                findings.problem(f"node {node}", f"has no {name}", f"give the node a {name}")
    if len({node for node, _ in nodes}) < len(nodes):
        findings.problem("nodes", "two have the same name", "give each node its own")
    findings.stop()
    kinds = sorted({attributes["kind"] for _, attributes in nodes})
    areas = sorted({*scenario.areas_in_play(), *(node["area"] for _, node in nodes)})
    kind_row = {name: row for row, name in enumerate(kinds)}
    area_row = {name: row for row, name in enumerate(areas)}
    recipe = {}
    for kind in kinds:
        try:
            recipe[kind] = scenario.recipe(kind)
        except (KeyError, ValueError):
            message = f"the scenario has no kind {kind}"
            findings.problem("nodes", message, f"declare [kinds.{kind}] or use another kind", kind)
    findings.stop()

    def column(name: str) -> np.ndarray:
        found = [node.get(name, getattr(recipe[node["kind"]], name)) for _, node in nodes]
        return np.array(found, dtype=np.float64)

    stay = [node.get("stay", recipe[node["kind"]].stay) for _, node in nodes]
    place = [(node.get("x", np.nan), node.get("y", np.nan)) for _, node in nodes]
    return Columns(
        ids=[identity for identity, _ in nodes],
        names=[str(node.get("name", identity)) for identity, node in nodes],
        kinds=kinds,
        areas=areas,
        kind=np.array([kind_row[node["kind"]] for _, node in nodes], dtype=np.int32),
        area=np.array([area_row[node["area"]] for _, node in nodes], dtype=np.int32),
        stay=np.array([np.inf if ticks is None else ticks for ticks in stay], dtype=np.float64),
        position=np.array(place, dtype=np.float64).reshape(-1, 2),
        **{name: column(name) for name in FIGURES},
    )


def _read_edges(
    graph: Any,
    scenario: Scenario,
    columns: Columns,
    inputs: Holdings,
    outputs: Holdings,
    findings: Findings,
) -> Ties:
    resources = list(scenario.resources_in_play())
    needs = {name: inputs.at(row) for row, name in enumerate(resources)}
    makes = {name: outputs.at(row) for row, name in enumerate(resources)}
    supply: list[tuple[Any, ...]] = []
    aid: list[tuple[int, int]] = []
    places: list[tuple[int, int]] = []
    referrals: list[tuple[int, int, float]] = []
    for one, other, tie in graph.edges(data=True):
        first, second = columns.row[str(one)], columns.row[str(other)]
        kind, resource = tie.get("kind", "supply"), tie.get("resource")
        place = f"edge from {one} to {other}"
        if kind == "referral":
            referrals.append((first, second, float(tie.get("share", np.nan))))
        elif kind == "aid" and resource == PLACES:
            places.append((first, second))
        elif kind not in EDGE_KINDS:
            findings.problem(place, "is of no known kind", f"use one of {EDGE_KINDS}", kind)
        elif resource not in needs:
            remedy = f"use one of {', '.join(resources)}"
            findings.problem(place, "is not of a resource in play", remedy, resource)
        elif needs[resource][second] < 0 or (kind == "aid" and needs[resource][first] < 0):
            wanting = other if needs[resource][second] < 0 else one
            findings.problem(place, f"{wanting} does not need {resource}", "take it away")
        elif kind == "aid":
            aid.append((needs[resource][first], needs[resource][second]))
        elif makes[resource][first] < 0:
            findings.problem(place, f"{one} does not make {resource}", "take it away")
        else:
            terms = _terms(tie)
            supply.append((makes[resource][first], needs[resource][second], *terms, -1))
    way = _table(referrals, 3)
    if np.isnan(way[:, 2]).any():
        findings.problem("referral edges", "some have no share", "give every one a share")
    return Ties(
        supply=_draft(supply),
        aid=_pairs(aid),
        places=_pairs(places),
        referrals=(way[:, 0].astype(np.int64), way[:, 1].astype(np.int64), way[:, 2].copy()),
    )


def _terms(tie: dict[str, Any]) -> tuple[float, int, int, float, float]:
    share = tie.get("share")
    return (
        np.nan if share is None else share,
        tie.get("lead_time", 0),
        tie.get("lead_time_spread", 0),
        tie.get("capacity", np.inf),
        tie.get("reliability", 1.0),
    )


def _table(rows: list[Any], width: int) -> np.ndarray:
    return np.array(rows, dtype=np.float64).reshape(-1, width)


def _pairs(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = _table(rows, 2).astype(np.int64)
    return table[:, 0].copy(), table[:, 1].copy()


def _draft(rows: list[tuple[Any, ...]]) -> SupplyDraft:
    table = _table(rows, len(SupplyDraft._fields))
    whole = {"supplier", "customer", "lead_time", "spread", "origin"}
    columns = {
        name: table[:, n].astype(np.int64 if name in whole else np.float64)
        for n, name in enumerate(SupplyDraft._fields)
    }
    return SupplyDraft(**columns)
