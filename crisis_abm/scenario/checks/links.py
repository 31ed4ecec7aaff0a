"""Checks of links written out and of the rules that make links, and of cycles among them.

Where the criticalities along a cycle of flows multiply to 1, a dip in one service comes back to it
undiminished: each organisation waits for the next one's full output, and the cycle stays down
(docs/model.md 7.10). It may be meant, so it is a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crisis_abm.scenario.problems import (
    Problem,
    nearest,
    problem_in,
    problem_of_entry,
    unknown_names,
    unknown_resource,
)
from crisis_abm.scenario.schema.entries import PLACES

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

Edges = dict[str, set[str]]

_SHOWN = 5


def links(scenario: Scenario) -> Iterator[Problem]:
    """Faults of links written out or read from tables."""
    seen: dict[tuple[str, str, str], int] = {}
    for row, link in enumerate(scenario.all_links()):
        if link.resource not in scenario.resources_in_play():
            message = "is no resource of this scenario"
            remedy = nearest(link.resource, scenario.resources_in_play(), "resources")
            yield problem_of_entry(
                scenario, "links", row, "resource", link.resource, message, remedy
            )
            continue
        for key, identity in (("from", link.from_), ("to", link.to)):
            cell = scenario.cell_of(identity)
            recipe = scenario.recipes().get(cell[0]) if cell else None
            if cell is None:
                message = "is no organisation of this scenario"
                remedy = nearest(identity, scenario.ids_to_suggest(), "organisations")
                yield problem_of_entry(scenario, "links", row, key, identity, message, remedy)
            elif recipe is not None:
                good = link.resource in (recipe.makes if key == "from" else recipe.needs)
                if not good:
                    does = "make" if key == "from" else "need"
                    message = f"is a {cell[0]}, which does not {does} {link.resource}"
                    remedy = f"add [kinds.{cell[0]}.{does}s.{link.resource}] or take the link away"
                    yield problem_of_entry(scenario, "links", row, key, identity, message, remedy)
        key_of = (link.from_, link.to, link.resource)
        if key_of in seen:
            file, place = scenario.place_of("links", seen[key_of])
            message = f"is the same link as {place}" + (
                "" if file == scenario.source else f" of {file}"
            )
            yield problem_of_entry(
                scenario, "links", row, "to", link.to, message, "keep one of them"
            )
        seen.setdefault(key_of, row)


def rules(scenario: Scenario) -> Iterator[Problem]:
    """Names in rules that mean nothing, or not what the rule takes them for."""
    yield from _regions(scenario)
    for row, rule in enumerate(scenario.supply):
        place = f"supply[{row}]"
        if rule.split == "catchment" and (rule.within == "elsewhere" or rule.suppliers == "all"):
            key = "within" if rule.within == "elsewhere" else "suppliers"
            message = 'is not possible with split = "catchment"'
            remedy = 'write within = "area"' if key == "within" else "write how many streets: 1"
            yield problem_in(scenario, f"{place}.{key}", getattr(rule, key), message, remedy)
        yield from unknown_resource(scenario, f"{place}.resource", rule.resource)
        yield from unknown_names(scenario, "supply", row, "from", rule.from_)
        yield from unknown_names(scenario, "supply", row, "to", rule.to)
        if rule.resource in scenario.resources_in_play():
            yield from _role(scenario, f"{place}.from", rule.from_, rule.resource, "make")
            yield from _role(scenario, f"{place}.to", rule.to, rule.resource, "need")
    for row, aid in enumerate(scenario.all_aid()):
        if aid.resource != PLACES and aid.resource not in scenario.resources_in_play():
            message = "is no resource of this scenario"
            remedy = nearest(aid.resource, [*scenario.resources_in_play(), PLACES], "resources")
            yield problem_of_entry(scenario, "aid", row, "resource", aid.resource, message, remedy)
        yield from unknown_names(scenario, "aid", row, "between", aid.between)
    for row, referral in enumerate(scenario.all_referral()):
        yield from unknown_names(scenario, "referral", row, "from", referral.from_)
        yield from unknown_names(scenario, "referral", row, "to", referral.to)
        for key, names in (("from", referral.from_), ("to", referral.to)):
            yield from _nobody_stays(scenario, row, key, names)


def _regions(scenario: Scenario) -> Iterator[Problem]:
    """Rules that reach through a region where some area is in none."""
    areas = scenario.areas_in_play()
    without = sorted(name for name, area in areas.items() if area.region is None)
    if not without:
        return
    shown = ", ".join(without[:3]) + (", …" if len(without) > 3 else "")
    remedy = f"add region = … under [areas.{without[0]}]"
    listed: dict[str, Sequence[Any]] = {
        "supply": scenario.supply,
        "aid": scenario.all_aid(),
        "referral": scenario.all_referral(),
    }
    for name, rules in listed.items():
        for row, rule in enumerate(rules):
            if rule.within == "region":
                message = f"needs the region of every area; these have none: {shown}"
                yield problem_of_entry(scenario, name, row, "within", "region", message, remedy)


def _kinds_named(scenario: Scenario, names: Sequence[str] | None) -> dict[str, str]:
    """Kind of each name, whether it is a kind or an id."""
    kinds = {}
    for name in names or ():
        cell = scenario.cell_of(name)
        if name in scenario.known_kinds():
            kinds[name] = name
        elif cell is not None:
            kinds[name] = cell[0]
    return kinds


def _role(
    scenario: Scenario, place: str, names: Sequence[str] | None, resource: str, does: str
) -> Iterator[Problem]:
    for name, kind in _kinds_named(scenario, names).items():
        recipe = scenario.recipes().get(kind)
        if recipe is None:
            continue
        if resource not in (recipe.makes if does == "make" else recipe.needs):
            message = f"does not {does} {resource}"
            remedy = f"take it away, or add [kinds.{kind}.{does}s.{resource}]"
            yield problem_in(scenario, place, name, message, remedy)


def _nobody_stays(
    scenario: Scenario, row: int, key: str, names: Sequence[str]
) -> Iterator[Problem]:
    some_stay = kinds_that_stay(scenario)
    for name, kind in _kinds_named(scenario, names).items():
        recipe = scenario.recipes().get(kind)
        if recipe is None or recipe.stay is not None or kind in some_stay:
            continue
        message = "does not say how long people stay there"
        remedy = f"add stay = … under [kinds.{kind}]"
        yield problem_of_entry(scenario, "referral", row, key, name, message, remedy)


def kinds_that_stay(scenario: Scenario) -> set[str]:
    """Kinds of which some organisation says itself how long people stay."""
    kinds = {entry.kind for entry in scenario.all_organisations() if entry.stay is not None}
    return kinds | {group.kind for group in scenario.groups if group.stay is not None}


def unrecoverable_cycles(scenario: Scenario) -> Iterator[str]:
    """A warning for each cycle found: among organisations by links, among kinds by rules."""
    by_link, by_kind = _edges(scenario)
    own = {node for node in by_kind if node in by_kind[node] and scenario.count_of([node]) > 1}
    cycles: list[list[str]] = list(_cycles(by_link))
    cycles += [cycle for cycle in _cycles(by_kind) if len(cycle) > 1 or cycle[0] in own]
    for cycle in cycles[:_SHOWN]:
        yield (
            f"{' → '.join([*cycle, cycle[0]])}: a cycle of flows whose criticalities multiply to "
            "1 cannot recover from any dip; lower a criticality if that is not meant"
        )
    if len(cycles) > _SHOWN:
        yield f"and {len(cycles) - _SHOWN} more cycles of flows that cannot recover"


def _edges(scenario: Scenario) -> tuple[Edges, Edges]:
    """Who waits in full for whom: by links written out, and by rules between kinds."""
    critical = {
        (kind, resource)
        for kind, recipe in scenario.recipes().items()
        for resource, need in recipe.needs.items()
        if need.criticality >= 1 - 1e-9 and not scenario.resources_in_play()[resource].storable
    }
    by_link: Edges = defaultdict(set)
    by_kind: Edges = defaultdict(set)
    for link in scenario.all_links():
        customer, supplier = scenario.cell_of(link.to), scenario.cell_of(link.from_)
        if customer and supplier and (customer[0], link.resource) in critical:
            by_link[link.to].add(link.from_)
    for rule in scenario.supply:
        makers = {k for k, _ in scenario.named(rule.from_ or scenario.makers(rule.resource))}
        for kind, _ in scenario.named(rule.to or scenario.users(rule.resource)):
            if (kind, rule.resource) in critical:
                by_kind[kind] |= makers
    if by_kind:
        for customer_id, suppliers in by_link.items():
            customer = scenario.cell_of(customer_id)
            for supplier_id in suppliers:
                supplier = scenario.cell_of(supplier_id)
                if customer and supplier and customer[0] != supplier[0]:
                    by_kind[customer[0]].add(supplier[0])
    return by_link, by_kind


def _cycles(edges: Edges) -> Iterator[list[str]]:
    """Cycles that share no member, so that every knot of cycles is told at least once.

    A walk along the edges, depth first; an edge back into the path walked closes a cycle. (networkx
    has this too, but takes longer to import than everything else here.)
    """
    done: set[str] = set()
    for start in sorted(edges):
        if start in done:
            continue
        path: list[str] = [start]
        on_path: dict[str, int] = {start: 0}
        ahead = [iter(sorted(edges[start]))]
        while path:
            following = next(ahead[-1], None)
            if following is None:
                ahead.pop()
                done.add(path[-1])
                del on_path[path.pop()]
            elif following in on_path:
                cycle = path[on_path[following] :]
                if not done & set(cycle):
                    yield cycle
                    done |= set(cycle)
            elif following not in done:
                on_path[following] = len(path)
                path.append(following)
                ahead.append(iter(sorted(edges.get(following, ()))))
