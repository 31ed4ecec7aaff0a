"""Lending between partners: places for people, stock and staff (7.7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.plain_mesa.organisation import Organisation, knowledge
from tests.plain_mesa.serving import estimate
from tests.plain_mesa.things import EPSILON, AidLink, Input, PlacesLink

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel


def lend(model: PlainModel) -> None:
    """Everyone lends, in row order: first places, then stock and staff."""
    for link in model.places:
        link.today = 0.0
        link.partner.deficit = _people_without_place(link.partner)
    for donor in model.organisations:
        if donor.takes_over:
            _lend_places(donor, model)
    for one in model.inputs:
        one.received = 0.0
        if one.aid:
            one.deficit = _lacking(one, model.parameters.keep)
    for link in model.aid:
        link.today = 0.0
    for one in model.inputs:
        if one.aid:
            _lend_stock(one, model)
    for home in model.homes:
        labour = home.residents.labour
        needed = labour.required() if labour else 0.0
        home.residents.lent_share = min(1.0, labour.received / needed) if needed > EPSILON else 0.0


def trust(link: AidLink | PlacesLink, scale: float, altruism: float) -> float:
    """Trust in a partner, less the more was given to it without return."""
    balance = link.given - link.reverse.given
    if scale <= 0:
        return 1.0 if balance <= 0 else altruism
    returned = 2 / (1 + math.exp(min(700.0, balance / scale)))
    return min(1.0, altruism + (1 - altruism) * returned)


def _share_out(surplus: float, weights: list[float]) -> list[float]:
    wanted = sum(weights)
    part = min(1.0, surplus / wanted) if wanted > 0 else 0.0
    return [weight * part for weight in weights]


def _people_without_place(one: Organisation) -> float:
    if one.is_failed:
        return one.caseload
    return min(one.caseload, max(0.0, one.people - one.capacity))


def _lend_places(donor: Organisation, model: PlainModel) -> None:
    if donor.is_failed:
        return
    surplus = donor.levers.reciprocity * max(0.0, donor.capacity - donor.people)
    weights = []
    for link in donor.takes_over:
        known = (1 + knowledge(donor, link.partner)) / 2
        believed = trust(link, 5 * link.partner.planned, model.parameters.altruism)
        weights.append(link.partner.deficit * known * believed)
    for link, amount in zip(donor.takes_over, _share_out(surplus, weights), strict=True):
        if amount > 0:
            link.today = amount
            link.given += amount
            link.partner.deficit -= amount
            _take_over(donor, link.partner, amount)
            model.occurred["aid in places"] += 1
            model.note_lever("reciprocity", donor)


def _take_over(donor: Organisation, partner: Organisation, people: float) -> None:
    """Move people, and with them the same part of everything that is theirs."""
    part = people / partner.caseload
    donor.caseload += people
    donor.hazard_caseload += part * partner.hazard_caseload
    if donor.residents:
        if partner.residents:
            donor.residents.susceptible += part * partner.residents.susceptible
            donor.residents.exposed += part * partner.residents.exposed
            donor.residents.infectious += part * partner.residents.infectious
        else:
            donor.residents.susceptible += people
    partner.shrink(1 - part)
    estimate(donor)
    estimate(partner)


def _lacking(one: Input, keep: float) -> float:
    if one.owner.is_failed:
        return 0.0
    wanted = one.for_ticks(keep) if one.resource.storable else one.required()
    return max(0.0, wanted - one.stock)


def _lend_stock(one: Input, model: PlainModel) -> None:
    donor, keep = one.owner, model.parameters.keep
    if donor.is_failed or donor.levers.reciprocity == 0:
        return
    reserve = one.required()
    if one.resource.storable:
        ticks = keep + (1 - donor.levers.reciprocity) * max(0.0, one.cover - keep)
        reserve = one.for_ticks(ticks)
    surplus = donor.levers.reciprocity * max(0.0, one.stock - reserve)
    if surplus == 0:
        return
    weights = []
    for link in one.aid:
        partner = link.partner
        known = (1 + knowledge(donor, partner.owner)) / 2
        scale = 5 * partner.use * partner.owner.planned
        weights.append(partner.deficit * known * trust(link, scale, model.parameters.altruism))
    for link, amount in zip(one.aid, _share_out(surplus, weights), strict=True):
        if amount > 0:
            link.today = amount
            link.given += amount
            one.stock -= amount
            link.partner.stock += amount
            link.partner.received += amount
            link.partner.deficit -= amount
            model.occurred["aid in stock" if one.resource.storable else "aid in staff"] += 1
            model.note_lever("reciprocity", donor)
