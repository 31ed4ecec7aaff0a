"""A scenario, or a graph, becomes tables: the only place that makes them.

`build` reads the organisations, lets rules and written links say who deals with whom, and hands
over to `assemble`, which settles capacities, workloads and contracts and puts everything in row
order. `from_graph` enters there too, for a graph that was edited by hand or made elsewhere: nodes
are organisations, edges ties. It is only looked at, so nothing here needs networkx.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.problems import Findings
from crisis_abm.scenario.schema.entries import PLACES
from crisis_abm.tables import layout
from crisis_abm.tables.exceptions import with_exceptions, with_own_sizes
from crisis_abm.tables.hazard import compile_hazard
from crisis_abm.tables.layout import Response, Tables, World
from crisis_abm.tables.partners import (
    Pairs,
    aid_pairs,
    finish_aid,
    finish_places,
    finish_referrals,
    place_pairs,
    referral_draft,
)
from crisis_abm.tables.positions import place_organisations
from crisis_abm.tables.rows import FIGURES, Columns, Holdings, Setup, read_members, spread, starts
from crisis_abm.tables.schedule import compile_events, longest_delay
from crisis_abm.tables.supply import (
    SupplyDraft,
    draft_supply,
    finish_supply,
    nominal_workload,
    refuse_runaway,
    settle_capacity,
)

if TYPE_CHECKING:
    import networkx

    from crisis_abm.scenario import Scenario, SupplyRule
    from crisis_abm.scenario.recipes import Recipe


COORDINATION = "coordination"
LARGEST_TRIED = 5000  # organisations; a network of more takes long to build


@dataclass
class Ties:
    """Who deals with whom, before it is put in row order."""

    supply: SupplyDraft
    aid: Pairs
    places: Pairs
    referrals: tuple[np.ndarray, np.ndarray, np.ndarray]
    rules: Sequence[SupplyRule] | None = None  # that the supply is of; None: a graph's edges


def build(scenario: Scenario) -> Tables:
    """Build the tables of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Checked. Its network is drawn with a constant seed: the same under every run seed.

    Raises
    ------
    ScenarioError
        With everything found wrong: somebody without a supplier, shares that do not sum to 1, …
    """
    columns = read_members(scenario)
    setup = Setup(scenario, columns, *holdings(scenario, columns), Findings(scenario))
    ties = Ties(
        supply=draft_supply(setup),
        aid=aid_pairs(setup),
        places=place_pairs(setup),
        referrals=referral_draft(setup),
        rules=scenario.supply,
    )
    setup.columns = with_own_sizes(scenario, columns, setup.findings)
    return with_exceptions(scenario, assemble(setup, ties), setup.findings)


def try_building(scenario: Scenario) -> None:
    """Build the tables of a scenario, unless it is large, only to see whether they can be.

    Raises
    ------
    ScenarioError
        As `build`.
    """
    if sum(scenario.census().values()) <= LARGEST_TRIED:
        build(scenario)


def recipes_of(scenario: Scenario, kinds: list[str]) -> list[Recipe]:
    """Return the recipes of kinds, also of some that a graph brings in."""
    known = scenario.recipes()
    return [known[kind] if kind in known else scenario.recipe(kind) for kind in kinds]


def holdings(scenario: Scenario, columns: Columns) -> tuple[Holdings, Holdings]:
    """Return what the organisations use and what they make, by the recipes of their kinds."""
    row = {name: r for r, name in enumerate(scenario.resources_in_play())}
    recipes = recipes_of(scenario, columns.kinds)
    needs = [{row[name]: need for name, need in recipe.needs.items()} for recipe in recipes]
    makes = [{row[name]: make for name, make in recipe.makes.items()} for recipe in recipes]
    return (
        spread(columns.kind, needs, ("use", "criticality", "cover", "safety")),
        spread(columns.kind, makes, ("make", "cover")),
    )


def assemble(setup: Setup, ties: Ties) -> Tables:
    """Put organisations and their ties in row order and settle what follows from them."""
    scenario, columns, findings = setup.scenario, setup.columns, setup.findings
    resources, inputs, outputs = setup.resources, setup.inputs, setup.outputs
    supply = finish_supply(ties.supply, setup, ties.rules)
    settle_capacity(setup, supply)
    workload = nominal_workload(columns, inputs, outputs, supply)
    refuse_runaway(setup, workload)
    wanted = inputs.values["use"] * workload[inputs.organisation]
    supply = supply._replace(contract=supply.share * wanted[supply.customer])
    events = compile_events(setup, supply)
    hazard = compile_hazard(setup)
    referrals = finish_referrals(ties.referrals, columns, findings)
    findings.stop()
    kinds = _kinds(scenario, columns)
    group, groups = _groups(columns)
    rows = len(columns.ids)
    coordination = np.full(rows, -1, dtype=np.int32)
    if COORDINATION in resources:
        coordination = inputs.at(resources.index(COORDINATION)).astype(np.int32)
    world = World(
        parameters=_parameters(scenario, kinds, longest_delay(events, supply)),
        kinds=kinds,
        organisations=layout.Organisations(
            kind=columns.kind,
            area=columns.area,
            key=columns.key,
            group=group,
            capacity=columns.capacity,
            caseload=columns.caseload,
            demand=columns.demand,
            arrivals=columns.arrivals,
            population=columns.population,
            stay=columns.stay,
            nominal_workload=workload,
            input_start=inputs.start,
            output_start=outputs.start,
            coordination=coordination,
        ),
        resources=_resources(scenario),
        inputs=layout.Inputs(
            inputs.organisation,
            inputs.resource,
            **inputs.values,
            link_start=starts(supply.customer, len(inputs.organisation)),
        ),
        outputs=layout.Outputs(
            outputs.organisation,
            outputs.resource,
            **outputs.values,
            link_start=starts(supply.supplier, len(outputs.organisation)),
        ),
        supply=supply,
        aid=finish_aid(ties.aid, inputs),
        places=finish_places(ties.places, columns),
        referrals=referrals,
        events=events,
        hazard=hazard,
    )
    drawn = {
        name: (area.position[0], area.position[1])
        for name, area in scenario.areas_in_play().items()
        if area.position is not None
    }
    return Tables(
        world=world,
        ids=columns.ids,
        names=columns.names,
        kinds=columns.kinds,
        areas=columns.areas,
        resources=resources,
        groups=groups,
        positions=place_organisations(columns, kinds.rank, drawn),
        warnings=findings.warnings,
    )


def _kinds(scenario: Scenario, columns: Columns) -> layout.Kinds:
    own = recipes_of(scenario, columns.kinds)

    def column(name: str) -> np.ndarray:
        return np.array([getattr(recipe, name) for recipe in own], dtype=np.float64)

    rank = column("rank")
    highest = rank.max(initial=-math.inf)
    return layout.Kinds(
        rank=rank,
        standing=np.array([math.pow(3.0, one - highest) for one in rank]),
        harm=column("harm"),
        response=np.array([Response[recipe.response.upper()] for recipe in own], dtype=np.int8),
        threshold=column("threshold"),
        adjustment=column("adjustment"),
        patience=column("patience"),
        recovery=np.array([recipe.recovery for recipe in own], dtype=np.int64),
        absence=column("absence"),
    )


def _resources(scenario: Scenario) -> layout.Resources:
    own = scenario.resources_in_play().values()
    return layout.Resources(
        storable=np.array([resource.storable for resource in own], dtype=np.bool_),
        by_contract=np.array([r.rationing == "contract" for r in own], dtype=np.bool_),
    )


def _groups(columns: Columns) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Number the pairs of kind and area that occur, in their order."""
    areas = len(columns.areas)
    codes, group = np.unique(
        columns.kind.astype(np.int64) * areas + columns.area, return_inverse=True
    )
    pairs = [(columns.kinds[code // areas], columns.areas[code % areas]) for code in codes.tolist()]
    return group.astype(np.int32), pairs


def _parameters(scenario: Scenario, kinds: layout.Kinds, delay: int) -> layout.Parameters:
    behaviour = scenario.behaviour
    return layout.Parameters(
        steps=scenario.time.steps,
        hoarding=float(behaviour.hoarding),
        keep=float(behaviour.keep),
        smoothing=float(behaviour.smoothing),
        forecast_window=behaviour.forecast_window,
        communication_cost=float(behaviour.communication_cost),
        altruism=float(behaviour.altruism),
        transit=delay + 1,
        highest_rank=float(kinds.rank.max()) if len(kinds.rank) else 0.0,
    )


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
    setup = Setup(scenario, columns, *holdings(scenario, columns), findings)
    ties = _read_edges(graph, setup)
    findings.stop()
    return assemble(setup, ties)


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


def _read_edges(graph: Any, setup: Setup) -> Ties:
    columns, resources, findings = setup.columns, setup.resources, setup.findings
    needs = {name: setup.inputs.at(row) for row, name in enumerate(resources)}
    makes = {name: setup.outputs.at(row) for row, name in enumerate(resources)}
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
