"""The check that what each customer is promised of each resource sums to one.

Suppliers named by links without a share divide equally what links with one and rules leave. Members
of a kind in an area who are not named anywhere are alike, so one of them is looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from .facts import Cell, Facts, Near
from .problems import Problem
from .schema_links import SupplyRule

__all__ = ["shares", "unsupplied"]

SLACK = 1e-6


@dataclass(frozen=True)
class _Customer:
    """A customer of one resource: one named somewhere, or one standing for all like it."""

    cell: Cell
    id: str | None

    @property
    def called(self) -> str:
        return self.id or f"{self.cell[0]} in {self.cell[1]}"


@dataclass
class _Promised:
    """What a customer is promised: the sum, by which rows, and whether a link takes the rest."""

    total: float = 0.0
    links: list[int] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)
    out_of_reach: list[int] = field(default_factory=list)
    rest: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.links or self.rules or self.rest)


Promise = tuple[str, _Customer, _Promised]


def shares(facts: Facts, upset: bool) -> Iterator[Problem]:
    """Customers whose shares do not sum to one, and those whom nobody supplies.

    Parameters
    ----------
    facts : Facts
    upset : bool
        Whether other problems may be why somebody has no supplier; then that is not told.
    """
    seen: set[object] = set()
    for resource, customer, promised in _promises(facts):
        if promised.nothing:
            critical = facts.recipes[customer.cell[0]].needs[resource].criticality > 0
            if upset or not critical:
                continue  # without criticality it is a warning
        total = promised.total
        if abs(total - 1) <= SLACK or (promised.rest and total < 1 + SLACK):
            continue
        rules = (tuple(promised.rules), tuple(promised.out_of_reach))
        alike = (resource, customer.id or customer.cell[0], rules)
        if alike not in seen:
            seen.add(alike)
            yield _not_one(facts, resource, customer, promised)


def _not_one(facts: Facts, resource: str, customer: _Customer, promised: _Promised) -> Problem:
    lost = ", ".join(f"supply[{row}]" for row in promised.out_of_reach)
    unreached = f"{lost} finds no supplier within reach" if lost else ""
    if promised.nothing:
        message = f"nobody supplies {customer.called} with {resource}"
        if unreached:
            remedy = 'set within = "anywhere" there, or add a maker'
            place = f"supply[{promised.out_of_reach[0]}]"
            return facts.missing(place, f"{message}: {unreached}", remedy)
        remedy = f'add [[supply]] with resource = "{resource}", or drop the need: '
        remedy += f"kinds.{customer.cell[0]}.needs.{resource} = false"
        return facts.missing("supply", message, remedy)
    by = [facts.at("links", row)[1] for row in promised.links]
    by += [f"supply[{row}]" for row in promised.rules]
    message = f"the shares of {resource} promised to {customer.called} sum to {promised.total:.4g}"
    message += f" ({', '.join(by[:6])}{', …' if len(by) > 6 else ''})" if len(by) > 1 else ""
    message += f"; {unreached}" if unreached else ""
    remedy = "let them sum to 1"
    if promised.links:
        share = facts.scenario.all_links()[promised.links[0]].share
        return facts.problem_at("links", promised.links[0], "share", share, message, remedy)
    row = promised.rules[0]
    share = facts.scenario.supply[row].share
    return facts.problem_at("supply", row, "share", share, message, remedy)


def unsupplied(facts: Facts) -> Iterator[str]:
    """Warnings for inputs without criticality that nobody supplies: coordination, above all."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for resource, customer, promised in _promises(facts):
        if promised.nothing:  # where it is critical it is a problem
            kinds[resource].add(customer.cell[0])
    for resource, without in kinds.items():
        yield (
            f"nobody supplies {', '.join(sorted(without))} with {resource}: "
            f'add [[supply]] with resource = "{resource}" if somebody should'
        )


def _promises(facts: Facts) -> list[Promise]:
    found: list[Promise] = facts.once("promises", lambda: list(_made_promises(facts)))
    return found


def _made_promises(facts: Facts) -> Iterator[Promise]:
    explicit: dict[str, dict[str, _Promised]] = {name: {} for name in facts.resources}
    for row, link in enumerate(facts.scenario.all_links()):
        if link.resource in explicit:
            promised = explicit[link.resource].setdefault(link.to, _Promised())
            if link.share is None:
                promised.rest = True
            else:
                promised.total += link.share
                promised.links.append(row)
    for resource in facts.resources:
        if not facts.makers(resource):
            continue  # told as an input that nobody makes
        rules = [
            (row, rule, _makers(facts, rule))
            for row, rule in enumerate(facts.scenario.supply)
            if rule.resource == resource
        ]
        named = set(explicit[resource])
        for _, rule, _ in rules:
            named |= {n for n in [*(rule.to or ()), *(rule.from_ or ())] if n not in facts.kinds}
        for customer in _customers(facts, resource, named):
            promised = explicit[resource].get(customer.id or "", _Promised())
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
            yield _Customer(cell, identity)
    for cell, count in facts.census.items():
        if cell[0] in users and count > alone[cell]:
            yield _Customer(cell, None)


@dataclass(frozen=True)
class _Makers:
    """Who supplies under a rule, as kinds and as ids, and how many of them are where."""

    kinds: set[str]
    ids: set[str]
    near: Near

    def reach(self, customer: _Customer, rule: SupplyRule) -> int:
        """Suppliers within reach of a customer, who does not supply itself."""
        reach = self.near.within(customer.cell[1], rule.within)
        if rule.within == "elsewhere":
            return reach
        return reach - (customer.cell[0] in self.kinds or customer.id in self.ids)


def _makers(facts: Facts, rule: SupplyRule) -> _Makers:
    able = set(facts.makers(rule.resource))
    names = able if rule.from_ is None else set(rule.from_)
    kinds = names & able
    ids = {n for n in names - facts.kinds if (facts.cell_of(n) or ("",))[0] in able - kinds}
    near = facts.near(Counter({cell: n for cell, n in facts.census.items() if cell[0] in kinds}))
    for identity in ids:
        cell = facts.cell_of(identity)
        if cell is not None:
            near.add(cell[1], 1)
    return _Makers(kinds, ids, near)


def _add_rule(
    row: int, rule: SupplyRule, makers: _Makers, customer: _Customer, promised: _Promised
) -> None:
    if rule.to is not None and customer.cell[0] not in rule.to and customer.id not in rule.to:
        return
    if makers.reach(customer, rule) > 0:
        promised.total += rule.share
        promised.rules.append(row)
    else:
        promised.out_of_reach.append(row)
