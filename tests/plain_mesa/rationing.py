"""How a supplier shares out a stock that falls short of its orders (7.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.plain_mesa.things import EPSILON, Output

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel


def by_contract(output: Output, orders: list[float]) -> list[float]:
    """Pro rata to nominal quantity; what one customer does not claim is not redistributed."""
    links, stock = output.links, output.stock
    contracts = sum(link.contract for link in links)
    if contracts > 0:
        allotments = [stock * link.contract / contracts for link in links]
    else:
        allotments = [stock / len(links)] * len(links)
    return [min(order, part) for order, part in zip(orders, allotments, strict=True)]


def by_priority(output: Output, orders: list[float], model: PlainModel) -> list[float]:
    """Water-fill the stock in proportion to claims."""
    levers = output.owner.levers
    values = [link.customer.value for link in output.links]
    mean = sum(o * v for o, v in zip(orders, values, strict=True)) / sum(orders)
    claims, standings = [], []
    for link, order, value in zip(output.links, orders, values, strict=True):
        rank = link.customer.owner.kind.rank - model.parameters.highest_rank
        standing = levers.parity + (1 - levers.parity) * 3.0**rank
        need = order + link.knowledge * standing * (link.known_need - order)
        worth = value / mean if mean > 0 else 1.0
        weight = (1 - levers.agenda) * order + levers.agenda * need * worth
        claims.append(weight * standing)
        standings.append(standing)
    _note_levers(output, orders, values, standings, model)
    return water_fill(output.stock, orders, claims)


def water_fill(stock: float, orders: list[float], claims: list[float]) -> list[float]:
    """Share out a stock in proportion to claims, nobody above its order.

    Rounds: what is left is offered to the open orders in proportion to claim; those offered enough
    get what they ordered and are closed; a round that closes none is the last.
    """
    amounts = [0.0] * len(orders)
    unfilled = [k for k, order in enumerate(orders) if order > 0]
    rest = stock
    while unfilled:
        total = sum(claims[k] for k in unfilled)
        basis = claims if total > EPSILON else orders
        if basis is orders:
            total = sum(orders[k] for k in unfilled)
        offers = {k: rest * basis[k] / total for k in unfilled}
        closed = [k for k in unfilled if offers[k] >= orders[k] - EPSILON]
        if not closed:
            for k in unfilled:
                amounts[k] = offers[k]
            break
        for k in closed:
            amounts[k] = orders[k]
            rest = max(0.0, rest - orders[k])
        unfilled = [k for k in unfilled if offers[k] < orders[k] - EPSILON]
    return amounts


def _note_levers(
    output: Output,
    orders: list[float],
    values: list[float],
    standings: list[float],
    model: PlainModel,
) -> None:
    rivals = [k for k, order in enumerate(orders) if order > 0]
    if len(rivals) > 1 and output.stock > 0:
        links = [output.links[k] for k in rivals]
        if len({standings[k] for k in rivals}) > 1:
            model.note_lever("parity", output.owner)
        untrue = any(k.knowledge > 0 and k.deliverable > k.known_need for k in links)
        if untrue or len({values[k] for k in rivals}) > 1:
            model.note_lever("agenda", output.owner)
