"""Checks of links written out and of the rules that make links: who supplies, helps, takes whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crisis_abm.scenario.facts import Cell, Facts
from crisis_abm.scenario.problems import Problem, nearest
from crisis_abm.scenario.schema.entries import PLACES, Within

__all__ = ["kinds_that_stay", "links", "rules", "unrecoverable_cycles", "whole_rules"]


def links(facts: Facts) -> Iterator[Problem]:
    """Faults of links written out or read from tables."""
    seen: dict[tuple[str, str, str], int] = {}
    for row, link in enumerate(facts.scenario.all_links()):
        if link.resource not in facts.resources:
            message = "is no resource of this scenario"
            remedy = nearest(link.resource, facts.resources, "resources")
            yield facts.problem_at("links", row, "resource", link.resource, message, remedy)
            continue
        for key, identity in (("from", link.from_), ("to", link.to)):
            cell = facts.cell_of(identity)
            recipe = facts.recipes.get(cell[0]) if cell else None
            if cell is None:
                message = "is no organisation of this scenario"
                remedy = nearest(identity, facts.ids(), "organisations")
                yield facts.problem_at("links", row, key, identity, message, remedy)
            elif recipe is not None:
                good = link.resource in (recipe.makes if key == "from" else recipe.needs)
                if not good:
                    does = "make" if key == "from" else "need"
                    message = f"is a {cell[0]}, which does not {does} {link.resource}"
                    remedy = f"add [kinds.{cell[0]}.{does}s.{link.resource}] or take the link away"
                    yield facts.problem_at("links", row, key, identity, message, remedy)
        key_of = (link.from_, link.to, link.resource)
        if key_of in seen:
            file, place = facts.at("links", seen[key_of])
            message = f"is the same link as {place}" + (
                "" if file == facts.scenario.source else f" of {file}"
            )
            yield facts.problem_at("links", row, "to", link.to, message, "keep one of them")
        seen.setdefault(key_of, row)


def rules(facts: Facts) -> Iterator[Problem]:
    """Names in rules that mean nothing, or not what the rule takes them for."""
    scenario = facts.scenario
    yield from _regions(facts)
    for row, rule in enumerate(scenario.supply):
        place = f"supply[{row}]"
        if rule.split == "catchment" and (rule.within == "elsewhere" or rule.suppliers == "all"):
            key = "within" if rule.within == "elsewhere" else "suppliers"
            message = 'is not possible with split = "catchment"'
            remedy = 'write within = "area"' if key == "within" else "write how many streets: 1"
            yield facts.problem(f"{place}.{key}", getattr(rule, key), message, remedy)
        yield from facts.unknown_resource(f"{place}.resource", rule.resource)
        yield from facts.unknown_names("supply", row, "from", rule.from_)
        yield from facts.unknown_names("supply", row, "to", rule.to)
        if rule.resource in facts.resources:
            yield from _role(facts, f"{place}.from", rule.from_, rule.resource, "make")
            yield from _role(facts, f"{place}.to", rule.to, rule.resource, "need")
    for row, aid in enumerate(scenario.all_aid()):
        if aid.resource != PLACES and aid.resource not in facts.resources:
            message = "is no resource of this scenario"
            remedy = nearest(aid.resource, [*facts.resources, PLACES], "resources")
            yield facts.problem_at("aid", row, "resource", aid.resource, message, remedy)
        yield from facts.unknown_names("aid", row, "between", aid.between)
    for row, referral in enumerate(scenario.all_referral()):
        yield from facts.unknown_names("referral", row, "from", referral.from_)
        yield from facts.unknown_names("referral", row, "to", referral.to)
        for key, names in (("from", referral.from_), ("to", referral.to)):
            yield from _nobody_stays(facts, row, key, names)


def _regions(facts: Facts) -> Iterator[Problem]:
    """Rules that reach through a region where some area is in none."""
    areas = facts.scenario.areas_in_play()
    without = sorted(name for name, area in areas.items() if area.region is None)
    if not without:
        return
    shown = ", ".join(without[:3]) + (", …" if len(without) > 3 else "")
    remedy = f"add region = … under [areas.{without[0]}]"
    listed: dict[str, Sequence[Any]] = {
        "supply": facts.scenario.supply,
        "aid": facts.scenario.all_aid(),
        "referral": facts.scenario.all_referral(),
    }
    for name, rules in listed.items():
        for row, rule in enumerate(rules):
            if rule.within == "region":
                message = f"needs the region of every area; these have none: {shown}"
                yield facts.problem_at(name, row, "within", "region", message, remedy)


def _kinds_named(facts: Facts, names: Sequence[str] | None) -> dict[str, str]:
    """Kind of each name, whether it is a kind or an id."""
    found = {}
    for name in names or ():
        cell = facts.cell_of(name)
        if name in facts.kinds:
            found[name] = name
        elif cell is not None:
            found[name] = cell[0]
    return found


def _role(
    facts: Facts, place: str, names: Sequence[str] | None, resource: str, does: str
) -> Iterator[Problem]:
    for name, kind in _kinds_named(facts, names).items():
        recipe = facts.recipes.get(kind)
        if recipe is None:
            continue
        if resource not in (recipe.makes if does == "make" else recipe.needs):
            message = f"does not {does} {resource}"
            remedy = f"take it away, or add [kinds.{kind}.{does}s.{resource}]"
            yield facts.problem(place, name, message, remedy)


def _nobody_stays(facts: Facts, row: int, key: str, names: Sequence[str]) -> Iterator[Problem]:
    some_stay = kinds_that_stay(facts)
    for name, kind in _kinds_named(facts, names).items():
        recipe = facts.recipes.get(kind)
        if recipe is None or recipe.stay is not None or kind in some_stay:
            continue
        message = "does not say how long people stay there"
        remedy = f"add stay = … under [kinds.{kind}]"
        yield facts.problem_at("referral", row, key, name, message, remedy)


def whole_rules(facts: Facts) -> Iterator[Problem]:
    """Aid that ties nobody, targets out of reach, referral shares above one."""
    yield from _aid_reaches(facts)
    yield from _referral_reaches(facts)


def _nobody(facts: Facts, listed: str, row: int, why: str) -> Problem:
    file, place = facts.at(listed, row)
    remedy = "correct its names or its reach (within), or take the rule away"
    return Problem(file, place, message=f"matches nobody: {why}", remedy=remedy)


def _others(
    facts: Facts, found: Counter[Cell], cells: Iterable[Cell], within: Within
) -> Iterator[tuple[Cell, int]]:
    """Members of `found` within reach of a member of each cell, itself not counted."""
    near = facts.near(found)
    for cell in cells:
        itself = 1 if cell in found and within != "elsewhere" else 0
        yield cell, near.within(cell[1], within) - itself


def _some_reach(facts: Facts, found: Counter[Cell], cells: Iterable[Cell], within: Within) -> bool:
    return any(count > 0 for _, count in _others(facts, found, cells, within))


def _aid_reaches(facts: Facts) -> Iterator[Problem]:
    for row, aid in enumerate(facts.scenario.all_aid()):
        partners = facts.named(aid.between or list(facts.recipes))
        able = Counter({c: n for c, n in partners.items() if _can_lend(facts, c[0], aid.resource)})
        if not able:
            what = "has people in its care" if aid.resource == PLACES else f"uses {aid.resource}"
            yield _nobody(facts, "aid", row, f"nobody among them {what}")
        elif not _some_reach(facts, able, able, aid.within):
            yield _nobody(facts, "aid", row, "nobody has a partner within reach")


def _can_lend(facts: Facts, kind: str, resource: str) -> bool:
    recipe = facts.recipes.get(kind)
    if recipe is None:
        return False
    if resource == PLACES:
        return recipe.stay is not None or kind in kinds_that_stay(facts)
    return resource in recipe.needs or resource in recipe.makes


def kinds_that_stay(facts: Facts) -> set[str]:
    """Kinds of which some organisation says itself how long people stay."""
    kinds = {entry.kind for entry in facts.scenario.all_organisations() if entry.stay is not None}
    return kinds | {group.kind for group in facts.scenario.groups if group.stay is not None}


def _referral_reaches(facts: Facts) -> Iterator[Problem]:
    totals: dict[str, float] = defaultdict(float)
    for row, rule in enumerate(facts.scenario.all_referral()):
        sources, targets = facts.named(rule.from_), facts.named(rule.to)
        if not sources:
            yield _nobody(facts, "referral", row, "there is nobody to come from")
            continue
        for name in rule.from_:
            totals[name] += rule.share
            if totals[name] > 1 + 1e-9:
                message = f"the shares of those who finish at {name} sum to {totals[name]:g}"
                remedy = "let them sum to at most 1; the rest complete"
                yield facts.problem_at("referral", row, "share", rule.share, message, remedy)
        reach = _others(facts, targets, sources, rule.within)
        lost = sorted({cell[1] for cell, count in reach if count <= 0})
        if lost:
            message = f"nobody of these can be reached from {', '.join(lost[:6])}"
            message += f' (within = "{rule.within}")'
            remedy = 'add a target there, or set within = "anywhere"'
            yield facts.problem_at("referral", row, "to", ", ".join(rule.to), message, remedy)


Edges = dict[str, set[str]]

_SHOWN = 5


def unrecoverable_cycles(facts: Facts) -> Iterator[str]:
    """A warning for each cycle found: among organisations by links, among kinds by rules."""
    by_link, by_kind = _edges(facts)
    own = {node for node in by_kind if node in by_kind[node] and facts.size([node]) > 1}
    told: list[list[str]] = list(_cycles(by_link))
    told += [cycle for cycle in _cycles(by_kind) if len(cycle) > 1 or cycle[0] in own]
    for cycle in told[:_SHOWN]:
        yield (
            f"{' → '.join([*cycle, cycle[0]])}: a cycle of flows whose criticalities multiply to "
            "1 cannot recover from any dip; lower a criticality if that is not meant"
        )
    if len(told) > _SHOWN:
        yield f"and {len(told) - _SHOWN} more cycles of flows that cannot recover"


def _edges(facts: Facts) -> tuple[Edges, Edges]:
    """Who waits in full for whom: by links written out, and by rules between kinds."""
    critical = {
        (kind, resource)
        for kind, recipe in facts.recipes.items()
        for resource, need in recipe.needs.items()
        if need.criticality >= 1 - 1e-9 and not facts.resources[resource].storable
    }
    by_link: Edges = defaultdict(set)
    by_kind: Edges = defaultdict(set)
    for link in facts.scenario.all_links():
        customer, supplier = facts.cell_of(link.to), facts.cell_of(link.from_)
        if customer and supplier and (customer[0], link.resource) in critical:
            by_link[link.to].add(link.from_)
    for rule in facts.scenario.supply:
        makers = {k for k, _ in facts.named(rule.from_ or facts.makers(rule.resource))}
        for kind, _ in facts.named(rule.to or facts.users(rule.resource)):
            if (kind, rule.resource) in critical:
                by_kind[kind] |= makers
    if by_kind:
        for customer_id, suppliers in by_link.items():
            customer = facts.cell_of(customer_id)
            for supplier_id in suppliers:
                supplier = facts.cell_of(supplier_id)
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
