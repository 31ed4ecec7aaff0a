"""Cycles of flows that cannot recover: each organisation waits for the next one's full output.

Where the criticalities along a cycle of flows multiply to 1, a dip in one service comes back to it
undiminished: the cycle stays down (docs/model.md 7.10). It may be meant, so it is a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from crisis_abm.scenario.facts import Facts

__all__ = ["unrecoverable_cycles"]

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
