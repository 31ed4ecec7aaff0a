"""The check that what each customer is promised of each resource sums to one.

Suppliers named by links without a share divide equally what links with one and rules leave. Members
of a kind in an area who are not named anywhere are alike, so one of them is looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from .check_links import within_reach
from .facts import Cell, Facts
from .problems import Problem
from .schema_links import SupplyRule

__all__ = ["shares", "unsupplied"]

SLACK = 1e-6


@dataclass(frozen=True)
class _Customer:
    """A customer of one resource: one named somewhere, or one standing for all like it."""

    cell: Cell
    id: str | None
    called: str


@dataclass
class _Promised:
    """What a customer is promised: the sum, by whom, and whether a link takes the rest."""

    total: float = 0.0
    by: list[str] = field(default_factory=list)
    out_of_reach: list[str] = field(default_factory=list)
    rest: bool = False


def shares(facts: Facts, upset: bool) -> Iterator[Problem]:
    """Customers whose shares do not sum to one, and those whom nobody supplies.

    Parameters
    ----------
    facts : Facts
    upset : bool
        Whether other problems may be why somebody has no supplier; then that is not told.
    """
    seen: set[tuple[str, ...]] = set()
    for resource, customer, promised in _promises(facts):
        need = facts.recipes[customer.cell[0]].needs[resource]
        if not promised.by and not promised.rest and (upset or need.criticality == 0):
            continue  # without criticality it is a warning
        total = promised.total
        if abs(total - 1) <= SLACK or (promised.rest and total < 1 + SLACK):
            continue
        alike = (resource, customer.id or customer.cell[0], *promised.by, "|")
        alike += tuple(promised.out_of_reach)
        if alike not in seen:
            seen.add(alike)
            yield _not_one(facts, resource, customer, promised)


def _not_one(facts: Facts, resource: str, customer: _Customer, promised: _Promised) -> Problem:
    if not promised.by and not promised.rest:
        message = f"nobody supplies {customer.called} with {resource}"
        if promised.out_of_reach:
            message += f": {', '.join(promised.out_of_reach)} finds no supplier within reach"
            remedy = 'set within = "anywhere" there, or add a maker'
            return facts.missing(promised.out_of_reach[0], message, remedy)
        remedy = f'add [[supply]] with resource = "{resource}", or drop the need: '
        remedy += f"kinds.{customer.cell[0]}.needs.{resource} = false"
        return facts.missing("supply", message, remedy)
    message = f"the shares of {resource} promised to {customer.called} sum to {promised.total:.4g}"
    message += f" ({', '.join(promised.by)})" if len(promised.by) > 1 else ""
    if promised.out_of_reach:
        message += f"; {', '.join(promised.out_of_reach)} finds no supplier within reach"
    first = promised.by[0]
    if "[" in first:
        return facts.missing(f"{first}.share", message, "let them sum to 1")
    return facts.missing(first, message, "let them sum to 1")


def unsupplied(facts: Facts) -> Iterator[str]:
    """Warnings for inputs without criticality that nobody supplies: coordination, above all."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for resource, customer, promised in _promises(facts):
        need = facts.recipes[customer.cell[0]].needs[resource]
        if not promised.by and not promised.rest and need.criticality == 0:
            kinds[resource].add(customer.cell[0])
    for resource, without in kinds.items():
        yield (
            f"nobody supplies {', '.join(sorted(without))} with {resource}: "
            f'add [[supply]] with resource = "{resource}" if somebody should'
        )


def _promises(facts: Facts) -> Iterator[tuple[str, _Customer, _Promised]]:
    explicit: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, link in enumerate(facts.scenario.all_links()):
        explicit[link.to, link.resource].append(row)
    for resource in facts.resources:
        if not facts.makers(resource):
            continue  # told as an input that nobody makes
        rules = [
            (row, rule, _makers_by_area(facts, rule))
            for row, rule in enumerate(facts.scenario.supply)
            if rule.resource == resource
        ]
        named = {to for to, r in explicit if r == resource}
        named |= {n for _, rule, _ in rules for n in rule.to or () if n not in facts.kinds}
        named |= {n for _, rule, _ in rules for n in rule.from_ or () if n not in facts.kinds}
        for customer in _customers(facts, resource, named):
            promised = _Promised()
            rows = explicit.get((customer.id or "", resource), [])
            _add_links(facts, rows, promised)
            for row, rule, makers in rules:
                _add_rule(row, rule, makers, customer, promised)
            yield resource, customer, promised


def _customers(facts: Facts, resource: str, named: set[str]) -> Iterator[_Customer]:
    users = set(facts.users(resource))
    alone: dict[Cell, int] = defaultdict(int)
    for identity in sorted(named):
        cell = facts.cell_of(identity)
        if cell is not None and cell[0] in users:
            alone[cell] += 1
            yield _Customer(cell, identity, identity)
    for cell, count in facts.census.items():
        if cell[0] in users and count > alone[cell]:
            yield _Customer(cell, None, f"{cell[0]} in {cell[1]}")


def _makers_by_area(facts: Facts, rule: SupplyRule) -> tuple[set[str], set[str], Counter[Cell]]:
    """Kinds and ids that supply under a rule, and how many of them are where."""
    makers = set(facts.makers(rule.resource))
    names = makers if rule.from_ is None else set(rule.from_)
    kinds = names & makers
    ids = {n for n in names - facts.kinds if (facts.cell_of(n) or ("",))[0] in makers - kinds}
    found: Counter[Cell] = Counter()
    for cell, count in facts.census.items():
        if cell[0] in kinds:
            found[cell] += count
    for identity in ids:
        cell_of = facts.cell_of(identity)
        assert cell_of is not None
        found[cell_of] += 1
    return kinds, ids, found


def _add_links(facts: Facts, rows: list[int], promised: _Promised) -> None:
    for row in rows:
        link = facts.scenario.all_links()[row]
        if link.share is None:
            promised.rest = True
        else:
            promised.total += link.share
            file, place = facts.at("links", row)
            own = file == facts.scenario.source
            promised.by.append(place if own else f"{file} {place}")


def _add_rule(
    row: int,
    rule: SupplyRule,
    makers: tuple[set[str], set[str], Counter[Cell]],
    customer: _Customer,
    promised: _Promised,
) -> None:
    kind, area = customer.cell
    if rule.to is not None and kind not in rule.to and customer.id not in rule.to:
        return
    kinds, ids, found = makers
    reach = within_reach(found, area, rule.within)
    if (kind in kinds or customer.id in ids) and rule.within != "elsewhere":
        reach -= 1  # nobody supplies itself
    if reach > 0:
        promised.total += rule.share
        promised.by.append(f"supply[{row}]")
    else:
        promised.out_of_reach.append(f"supply[{row}]")
